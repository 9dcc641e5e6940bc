// The source cards of the home page: kind, files, size, health, last crawl. Folded to one line while a folder is open.
//   h5nuvola.sources() -> promise of the list, asked again after 20 s; `h5nuvola:sources` on document tells of a new one
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const KINDS = { s3: ["cloud", "S3"], nfs: ["server", "NFS"], local: ["device-desktop", "Local"] };
  let asked = null;
  let at = 0;

  function sources(fresh = false) {
    if (!asked || fresh || Date.now() - at > 20000) {
      at = Date.now();
      asked = h5nuvola.get("api/sources").then((answer) => answer.sources);
      asked.catch(() => { asked = null; });
    }
    return asked;
  }

  function health(source) {
    if (source.state === "problem") return ["alert-triangle", "warn", source.sentence || "Not reachable"];
    if (source.state === "crawling") return ["refresh", "acc", "Counting files"];
    return ["circle-check", "ok", "Healthy"];
  }

  function card(source, current) {
    const { el, icon } = h5nuvola;
    const [drawing, kind] = KINDS[source.kind] || ["database", source.kind];
    const [state, tone, words] = health(source);
    const files = `${h5nuvola.count(source.files)} ${source.files === 1 ? "file" : "files"}`;
    const short = tone === "warn" ? "Not reachable" : words;
    return el("a", { class: "source", href: h5nuvola.address.href("home", { s: source.name }), "data-nav": "", "aria-current": current ? "true" : null, title: tone === "warn" ? words : source.name },
      icon(drawing, { tone: current ? "acc" : "" }),
      el("div", { class: "source-name" }, el("div", { class: "name cut" }, source.name), el("div", { class: "meta cut fold" }, `${kind}, ${tone === "ok" ? files : words}`)),
      icon(state, { tone, label: short }),
      el("span", { class: "badge full" }, kind),
      el("div", { class: "source-line full" }, el("span", {}, el("b", {}, h5nuvola.count(source.files)), source.files === 1 ? " file" : " files"), el("span", { class: "mono dim" }, h5nuvola.size(source.nbytes))),
      el("div", { class: "source-line full" }, el("span", { class: `source-state tone-${tone}` }, el("span", { class: "dot" }), short),
        el("span", { class: "meta" }, source.crawled ? `counted ${h5nuvola.ago(source.crawled)}` : "not counted yet")));
  }

  class Sources {
    constructor(place) {
      this.place = place;
      place.replaceChildren(h5nuvola.skeleton(1, "Reading the sources"));
      this.draw();
      const follow = () => (place.isConnected ? this.draw() : document.removeEventListener("h5nuvola:address", follow));
      document.addEventListener("h5nuvola:address", follow);
    }

    async draw() {
      clearTimeout(this.timer);
      let list;
      try {
        list = await sources();
      } catch (problem) {
        this.place.replaceChildren(h5nuvola.card(problem, { retry: () => this.draw() }));
        return;
      }
      if (!this.place.isConnected) return;
      const current = h5nuvola.address.here().s || h5nuvola.firstSource(list);
      this.place.replaceChildren(...(list.length ? list.map((source) => card(source, source.name === current)) : [h5nuvola.empty({
        icon: "database", title: "No source yet", sentence: "This server was started without a folder or bucket to show.",
        facts: [["A folder", "h5nuvola serve /data"], ["A bucket", "h5nuvola serve s3://bucket/prefix"]], advice: "Ask the person who runs this server, or start it with one of these.",
      })]));
      document.dispatchEvent(new CustomEvent("h5nuvola:sources", { detail: list }));
      if (list.some((source) => source.state === "crawling")) this.timer = setTimeout(() => { if (this.place.isConnected && !document.hidden) sources(true).finally(() => this.draw()); }, 3000);
    }
  }

  // The source to show when the address names none: the one last used, else the first.
  h5nuvola.firstSource = (list) => {
    let last = "";
    try { last = localStorage.getItem("h5nuvola.source") || ""; } catch { /* no storage */ }
    return list.some((source) => source.name === last) ? last : list[0]?.name || "";
  };
  h5nuvola.sources = sources;
  h5nuvola.mount(".h5n-sources", (place) => new Sources(place));
})();
