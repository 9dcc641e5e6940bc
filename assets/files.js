// The left column's list: the files of the folder in which the open file lies, with a filter and the way up. Mounts on .h5n-files.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});

  class Files {
    constructor(place) {
      const { el, icon } = h5nuvola;
      this.place = place;
      this.up = el("a", { class: "tool", "data-nav": "", href: "#" }, icon("folder"));
      this.filter = el("input", { id: "files-filter", type: "search", placeholder: "Filter files", "aria-label": "Filter the files of this folder", autocomplete: "off", spellcheck: "false" });
      this.scroll = el("div", { class: "files-list" });
      this.note = el("div", { class: "tree-note", hidden: true });
      place.append(el("div", { class: "files-head" }, el("div", { class: "field" }, icon("filter", { size: 16 }), this.filter), this.up), this.note, this.scroll);
      this.rows = new h5nuvola.Rows(this.scroll, 48, (index) => this.row(index));
      this.rows.ondraw = (from, to) => {
        const { folder } = this;
        for (let index = from; folder && index < to; index += 1) if (!folder.entries[index]) folder.page(index).then(() => folder === this.folder && this.rows.draw(true), () => {});
      };
      this.filter.addEventListener("input", h5nuvola.debounce(() => this.load(), 80));
      this.filter.addEventListener("keydown", (event) => {
        if (event.key === "Enter") this.scroll.querySelector("a")?.click();
        else if (event.key === "Escape" && this.filter.value) { this.filter.value = ""; this.load(); }
        else if (event.key === "ArrowDown") this.scroll.querySelector("a")?.focus();
        else return;
        event.preventDefault();
      });
      this.scroll.addEventListener("keydown", (event) => {
        const row = document.activeElement?.closest?.("[data-index]");
        if (!row || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
        const index = Number(row.dataset.index) + (event.key === "ArrowDown" ? 1 : -1);
        if (index < 0) this.filter.focus();
        else if (index < this.rows.count) { this.rows.show(index); this.rows.draw(); this.rows.drawn.get(index)?.focus(); }
        event.preventDefault();
      });
      document.addEventListener("h5nuvola:address", () => this.locate());
      this.locate();
    }

    locate() {
      const { page, s, f } = h5nuvola.address.here();
      if (page !== "view" || !s || !f) return;
      const parent = f.split("/").slice(0, -1).join("/");
      const moved = s !== this.s || parent !== this.parent;
      Object.assign(this, { s, f, parent });
      this.up.href = h5nuvola.address.href("home", { s, f: parent });
      this.up.title = `Show the folder ${h5nuvola.visible([s, parent].filter(Boolean).join(" / "))}`;
      this.up.setAttribute("aria-label", this.up.title);
      const back = document.getElementById("back");
      if (back) back.href = this.up.href;
      if (moved) { this.filter.value = ""; this.load(); } else this.mark();
    }

    async load() {
      const folder = (this.folder = new h5nuvola.Folder({ s: this.s, f: this.parent, q: this.filter.value.trim() }));
      try {
        await folder.page(0);
      } catch (problem) {
        if (folder === this.folder) this.say(h5nuvola.el("p", { class: "dim", title: problem.message }, `${problem.title}. ${problem.advice || ""}`));
        return;
      }
      if (folder !== this.folder) return;
      this.say(folder.total ? null : h5nuvola.el("p", { class: "dim" }, folder.q ? "No name here has these letters." : "This folder is empty."));
      this.rows.set(folder.total);
      this.mark();
    }

    say(element) {
      this.note.replaceChildren(...(element ? [element] : []));
      this.note.hidden = !element;
    }

    row(index) {
      const { el, icon } = h5nuvola;
      const entry = this.folder.entries[index];
      if (!entry) return el("div", { class: "files-row" }, el("div", { class: "bone bone-row" }));
      const where = h5nuvola.address.href(entry.folder ? "home" : "view", { s: this.s, f: entry.file });
      const look = entry.problem ? ["file-alert", "err"] : entry.folder ? ["folder", "folder"] : [entry.likely ? "file-database" : "file", ""];
      return el("a", { class: "files-row", href: where, "data-nav": "", "data-index": index, title: entry.problem ? entry.problem.sentence : entry.label, "aria-current": entry.file === this.f ? "true" : null },
        icon(look[0], { tone: look[1] }), el("div", {}, el("div", { class: "name cut" }, entry.label),
          el("div", { class: "meta cut" }, entry.folder ? "Folder" : [h5nuvola.size(entry.size), h5nuvola.ago(entry.mtime)].join(" · "))));
    }

    mark() {
      const index = this.folder?.entries.findIndex((entry) => entry?.file === this.f);
      if (index >= 0) this.rows.show(index);
      this.rows.draw(true);
    }
  }
  h5nuvola.mount(".h5n-files", (place) => new Files(place));
})();
