// Pinned and recent files, kept in this browser; and the side panel of the home page that shows them or a preview.
//   h5nuvola.kept.pins() recent() pin(item) pinned(ref) visit(ref)      items: {s, f, p, title, at}
// Fires `h5nuvola:kept` on document when they change. `h5nuvola:select` with detail {s, f} (or null) shows a preview in the panel.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const MOST = { pins: 8, recent: 30 };

  function read(name) {
    try {
      const list = JSON.parse(localStorage.getItem(`h5nuvola.${name}`) || "[]");
      return Array.isArray(list) ? list.filter((item) => item && typeof item.s === "string" && typeof item.f === "string") : [];
    } catch { return []; }
  }
  function write(name, list) {
    try { localStorage.setItem(`h5nuvola.${name}`, JSON.stringify(list.slice(0, MOST[name]))); } catch { /* full or forbidden: nothing is kept */ }
    document.dispatchEvent(new CustomEvent("h5nuvola:kept"));
  }
  const same = (one, other) => one.s === other.s && one.f === other.f && (one.p || "/") === (other.p || "/");
  const kept = {
    pins: () => read("pins"),
    recent: () => read("recent"),
    pinned: (ref) => read("pins").some((item) => same(item, ref)),
    pin(item) {
      const list = read("pins");
      const rest = list.filter((one) => !same(one, item));
      write("pins", rest.length < list.length ? rest : [{ ...item, at: Date.now() / 1000 }, ...rest]);
    },
    visit({ s, f, p }) {
      if (s && f) write("recent", [{ s, f, p, at: Date.now() / 1000 }, ...read("recent").filter((one) => one.s !== s || one.f !== f)]);
    },
  };
  h5nuvola.kept = kept;

  const nameOf = (item) => h5nuvola.visible((item.p && item.p !== "/" ? item.p : item.f).split("/").pop());
  const placeOf = (item) => h5nuvola.visible(`${item.s} / ${item.f}`);

  function pinCard(item) {
    const { el, icon } = h5nuvola;
    const href = h5nuvola.address.href("view", { s: item.s, f: item.f, p: item.p });
    const picture = el("span", { class: "pin-picture" }, icon("file-database", { size: 26, tone: "dim" }));
    picture.append(h5nuvola.picture(h5nuvola.address.query({ s: item.s, f: item.f, p: item.p })));
    return el("div", { class: "pin" }, el("a", { href, "data-nav": "", title: placeOf(item) }, picture, el("span", { class: "name cut" }, nameOf(item)), el("span", { class: "meta cut" }, h5nuvola.visible(item.s))),
      el("button", { type: "button", class: "tool pin-off", title: "Unpin", "aria-label": `Unpin ${nameOf(item)}`, onclick: () => kept.pin(item) }, icon("x", { size: 16 })));
  }

  function recentRow(item) {
    const { el } = h5nuvola;
    const href = h5nuvola.address.href("view", { s: item.s, f: item.f, p: item.p });
    return el("a", { class: "recent", href, "data-nav": "", title: placeOf(item) },
      h5nuvola.thumb(h5nuvola.address.query({ s: item.s, f: item.f }), { icon: "file-database", tone: "scalar" }),
      el("div", {}, el("div", { class: "name cut" }, h5nuvola.visible(item.f.split("/").pop())), el("div", { class: "meta cut" }, `${h5nuvola.visible(item.s)}, opened ${h5nuvola.ago(item.at)}`)));
  }

  class Panel {
    constructor(place) {
      this.place = place;
      this.all = false;
      const on = (name, run) => {
        const listen = (event) => (place.isConnected ? run(event) : document.removeEventListener(name, listen));
        document.addEventListener(name, listen);
      };
      on("h5nuvola:kept", () => { if (!this.shown) this.draw(); });
      on("h5nuvola:select", (event) => { this.shown = event.detail; this.draw(); });
      on("h5nuvola:address", () => { this.shown = null; this.draw(); });
      this.draw();
    }

    draw() {
      const { el } = h5nuvola;
      this.place.classList.toggle("kept-preview", Boolean(this.shown));
      if (this.shown) {
        h5nuvola.preview(this.place, this.shown, { onclose: () => document.dispatchEvent(new CustomEvent("h5nuvola:select", { detail: null })) });
        return;
      }
      this.place.previewOf = null;
      const pins = kept.pins();
      const recent = kept.recent();
      const shown = this.all ? recent : recent.slice(0, 6);
      this.place.replaceChildren(
        el("section", {}, el("div", { class: "section-head" }, el("h2", { class: "label" }, "Pinned")),
          pins.length ? el("div", { class: "pins" }, pins.map(pinCard)) : el("p", { class: "kept-none" }, "Select a file in the list and press ", el("kbd", {}, "Space"), ": it stays here, in this browser.")),
        el("section", {}, el("div", { class: "section-head" }, el("h2", { class: "label" }, "Recent files"),
          recent.length > 6 ? el("button", { type: "button", class: "text-btn", onclick: () => { this.all = !this.all; this.draw(); } }, this.all ? "Show fewer" : "Show all") : null),
        recent.length ? shown.map(recentRow) : el("p", { class: "kept-none" }, "Files that you open in the workbench are listed here.")),
        el("section", {}, el("div", { class: "section-head" }, el("h2", { class: "label" }, "Keys")), h5nuvola.keyTable(["find", "move", "open", "tab", "help"])));
    }
  }
  h5nuvola.mount(".h5n-kept", (place) => new Panel(place));

  function visit() {
    const { page, s, f, p } = h5nuvola.address.here();
    if (page === "view") kept.visit({ s, f, p });
  }
  document.addEventListener("h5nuvola:address", visit);
  document.addEventListener("DOMContentLoaded", visit);
})();
