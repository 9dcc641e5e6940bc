// The folder table of the home page: folders first, then files, with a picture, what is inside, size and time. Mounts on .h5n-folder.
// Up and down move, Enter opens, Space pins, letters go to the filter. Sorting and filtering happen on the server; 10^5 entries are fine.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const COLUMNS = [["name", "Name"], ["", "Contains"], ["size", "Size"], ["mtime", "Modified"]];

  let refocus = 0;  // a key led to another folder: until this time its list takes the focus, also when Dash makes the page anew
  document.addEventListener("pointerdown", () => { refocus = 0; });

  class FolderTable {
    constructor(place) {
      const { el, icon } = h5nuvola;
      this.place = place;
      this.sort = "";
      this.desc = false;
      this.queue = [];
      this.busy = 0;
      this.crumbs = el("nav", { class: "folder-crumbs", "aria-label": "Folder" });
      this.filter = el("input", { id: "folder-filter", type: "search", placeholder: matchMedia("(max-width: 700px)").matches ? "Filter" : "Filter this folder", "aria-label": "Filter this folder", autocomplete: "off", spellcheck: "false" });
      this.head = el("div", { class: "folder-columns", role: "row" });
      this.scroll = el("div", { class: "folder-rows", role: "rowgroup", tabindex: "0", "aria-label": "Files" });
      this.grid = el("div", { class: "folder-grid", role: "grid", "aria-label": "Files of this folder" }, el("div", { role: "rowgroup" }, this.head), this.scroll);
      this.note = el("div", { class: "folder-note", hidden: true });
      this.foot = el("div", { class: "folder-foot meta" });
      place.replaceChildren(el("div", { class: "folder-head" }, this.crumbs, el("div", { class: "field" }, icon("filter", { size: 16 }), this.filter)), this.grid, this.note, this.foot);
      this.compact = matchMedia("(max-width: 700px)");
      this.rows = new h5nuvola.Rows(this.scroll, this.compact.matches ? 60 : 45, (index) => this.row(index));
      this.rows.ondraw = (from, to) => this.drawn(from, to);
      this.scroll.addEventListener("keydown", (event) => this.key(event));
      this.scroll.addEventListener("click", (event) => this.click(event));
      this.filter.addEventListener("input", h5nuvola.debounce(() => this.load(), 80));
      this.filter.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "Enter") { this.scroll.focus(); this.move(0); event.preventDefault(); }
        if (event.key === "Escape" && this.filter.value) { this.filter.value = ""; this.load(); event.preventDefault(); }
      });
      const follow = () => (place.isConnected ? this.locate() : document.removeEventListener("h5nuvola:address", follow));
      document.addEventListener("h5nuvola:address", follow);
      this.locate();
    }

    async locate() {
      const here = h5nuvola.address.here();
      if (here.page !== "home") return;
      const list = await h5nuvola.sources().catch(() => []);
      const s = here.s || h5nuvola.firstSource(list);
      this.sourceInfo = list.find((source) => source.name === s);
      if (!s) { this.place.hidden = true; return; }
      this.place.hidden = false;
      if (s === this.s && here.f === this.f) return;
      this.s = s;
      this.f = here.f;
      this.filter.value = "";
      try { localStorage.setItem("h5nuvola.source", s); } catch { /* no storage */ }
      this.scroll.scrollTop = 0;
      await this.load();
    }

    async load() {
      this.drawHead();
      const folder = (this.folder = new h5nuvola.Folder({ s: this.s, f: this.f, q: this.filter.value.trim(), sort: this.sort, desc: this.desc }));
      this.active = -1;
      this.queue = [];
      const slow = setTimeout(() => folder === this.folder && this.say(h5nuvola.skeleton(8, "Reading the folder")), 150);
      try {
        await folder.page(0);
      } catch (problem) {
        if (folder === this.folder) this.say(h5nuvola.card(problem, { where: h5nuvola.visible([this.s, this.f].filter(Boolean).join(" / ")), retry: () => this.load() }));
        return;
      } finally { clearTimeout(slow); }
      if (folder !== this.folder) return;
      this.say(null);
      this.grid.setAttribute("aria-rowcount", folder.total + 1);
      this.rows.set(folder.total);
      if (!folder.total) {
        this.say(h5nuvola.empty(folder.q
          ? { icon: "filter", title: "Nothing here has these letters", where: folder.q, sentence: "The filter looks at the names of this folder only.", advice: "The field at the top of the page searches everywhere." }
          : { icon: "inbox", title: "This folder is empty", where: h5nuvola.visible([this.s, this.f].filter(Boolean).join(" / ")), sentence: "It holds no files and no folders that you may read." }));
      }
      this.foot.hidden = !folder.total;
      if (performance.now() < refocus && folder.total) { this.scroll.focus({ preventScroll: true }); this.move(0); }
    }

    say(element) {
      this.note.replaceChildren(...(element ? [element] : []));
      this.note.hidden = !element;
      this.grid.hidden = Boolean(element);
    }

    drawHead() {
      const { el, icon } = h5nuvola;
      const parts = this.f ? this.f.split("/") : [];
      const trail = [el("a", { href: h5nuvola.address.href("home", { s: this.s }), "data-nav": "" }, h5nuvola.visible(this.s))];
      parts.forEach((part, index) => trail.push(el("span", { class: "slash" }, "/"), el("a", { href: h5nuvola.address.href("home", { s: this.s, f: parts.slice(0, index + 1).join("/") }), "data-nav": "" }, h5nuvola.visible(part))));
      if (this.compact.matches && parts.length) {
        const up = h5nuvola.address.href("home", { s: this.s, f: parts.slice(0, -1).join("/") });
        this.crumbs.replaceChildren(el("a", { class: "tool", href: up, "data-nav": "", "aria-label": "One folder up", title: "One folder up" }, icon("arrow-left")), el("strong", { class: "cut" }, h5nuvola.visible(parts.at(-1))));
      } else {
        trail.push(...trail.splice(-1).map((last) => el("strong", { class: "cut" }, last.textContent)));
        this.crumbs.replaceChildren(...trail);
      }
      this.head.replaceChildren(el("span", { role: "columnheader", class: "only-read" }, "Picture"), ...COLUMNS.map(([key, text]) => {
        const on = key && this.sort === key;
        const cell = el("span", { role: "columnheader", "aria-sort": on ? (this.desc ? "descending" : "ascending") : null }, key
          ? el("button", { type: "button", onclick: () => { this.desc = on ? !this.desc : key !== "name"; this.sort = key; this.load(); } }, text, on ? icon(this.desc ? "chevron-down" : "chevron-up", { size: 16 }) : null)
          : text);
        return cell;
      }));
    }

    row(index) {
      const { el } = h5nuvola;
      const entry = this.folder.entries[index];
      const props = { class: "folder-row", role: "row", id: `folder-row-${index}`, "aria-rowindex": index + 2, "data-index": index };
      if (!entry) return el("div", { ...props, "aria-busy": "true" }, el("span", { role: "gridcell", class: "bone" }));
      const ref = { s: this.s, f: entry.file };
      const bad = entry.problem;
      const look = bad ? { icon: "file-alert", tone: "err" } : entry.folder ? { icon: "folder", tone: "folder" } : { icon: entry.likely ? "file-database" : "file", tone: "scalar" };
      const tile = h5nuvola.thumb(h5nuvola.address.query(ref), look, { width: 40, height: 28, ok: !bad && !entry.folder && entry.likely });
      const contains = el("span", { role: "gridcell", class: "folder-contains" }, bad ? el("span", { class: "tone-err cut", title: `${bad.sentence} ${bad.advice}` }, bad.sentence) : entry.folder ? el("span", { class: "dim" }, "Folder") : entry.likely ? null : el("span", { class: "dim" }, "Not an HDF5 name"));
      const made = el("div", { ...props, class: `folder-row${index === this.active ? " folder-active" : ""}`, "aria-selected": String(index === this.active) },
        el("span", { role: "gridcell" }, tile),
        el("span", { role: "gridcell", class: "folder-name" }, el("a", { class: "cut", tabindex: "-1", "data-nav": "", href: h5nuvola.address.href(entry.folder ? "home" : "view", ref), title: entry.label }, entry.label), bad ? el("span", { class: "badge badge-err" }, "Damaged") : null),
        contains,
        el("span", { role: "gridcell", class: "mono folder-size" }, entry.folder ? "" : h5nuvola.size(entry.size)),
        el("span", { role: "gridcell", class: "mono folder-time" }, h5nuvola.when(entry.mtime)));
      if (!bad && !entry.folder && entry.likely) this.queue.push({ index, entry, contains, tile });
      return made;
    }

    // What is inside is asked for the rows in view only, two at a time, after scrolling rests.
    drawn(from, to) {
      for (let index = from; index < to; index += 1) {
        if (this.folder && !this.folder.entries[index]) {
          const { folder } = this;
          folder.page(index).then(() => folder === this.folder && this.rows.draw(true), () => {});
        }
      }
      this.tell(from, to);
      clearTimeout(this.rest);
      this.rest = setTimeout(() => {
        const [first, last] = this.rows.visible();
        this.queue = this.queue.filter((job) => job.contains.isConnected && job.index >= first && job.index < last);
        this.work();
      }, 150);
    }

    async work() {
      while (this.busy < 2 && this.queue.length && !document.hidden) {
        const job = this.queue.shift();
        this.busy += 1;
        h5nuvola.facts({ s: this.s, f: job.entry.file }, `${job.entry.size} ${job.entry.mtime}`).then((found) => {
          if (found.problem) {
            job.tile.replaceChildren(h5nuvola.icon("file-alert", { tone: "err" }));
            job.contains.replaceChildren(h5nuvola.el("span", { class: "tone-err cut", title: found.problem.message }, found.problem.title));
          } else if (found.kinds.length) job.contains.replaceChildren(...h5nuvola.kindBadges(found.kinds));
          else job.contains.replaceChildren(h5nuvola.el("span", { class: "dim" }, "No datasets"));
        }).catch(() => {}).finally(() => { this.busy -= 1; this.work(); });
      }
    }

    tell(from, to) {
      const { el, icon } = h5nuvola;
      if (!this.folder?.total) return;
      const bad = this.folder.entries.filter((entry) => entry?.problem).length;
      const crawled = this.sourceInfo?.crawled;
      this.foot.replaceChildren(
        el("span", { class: "mono" }, `${h5nuvola.count(from + 1)} to ${h5nuvola.count(to)} of ${h5nuvola.count(this.folder.total)} ${this.folder.total === 1 ? "entry" : "entries"}`),
        bad ? el("span", { class: "tone-err folder-bad" }, icon("file-alert", { size: 16 }), `${bad} damaged`) : "",
        crawled ? el("span", { class: "folder-age" }, `names counted ${h5nuvola.ago(crawled)}`) : "",
        el("span", { class: "gap" }),
        ...[[["↑", "↓"], "move"], [["Space"], "pin"], [["Enter"], "open"]].map(([keys, word]) => el("span", { class: "keys" }, keys.map((key) => el("kbd", {}, key)), ` ${word}`)));
    }

    move(index) {
      if (!this.folder?.total) return;
      this.active = Math.max(0, Math.min(this.folder.total - 1, index));
      this.rows.show(this.active);
      this.rows.draw();
      for (const [at, row] of this.rows.drawn) {
        row.classList.toggle("folder-active", at === this.active);
        row.setAttribute("aria-selected", String(at === this.active));
      }
      this.scroll.setAttribute("aria-activedescendant", `folder-row-${this.active}`);
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.select(), 120);
    }

    select() {
      const entry = this.folder.entries[this.active];
      if (this.compact.matches) return;
      document.dispatchEvent(new CustomEvent("h5nuvola:select", { detail: entry && !entry.folder ? { s: this.s, f: entry.file } : null }));
    }

    open(index, tab) {
      const entry = this.folder.entries[index];
      if (!entry) return;
      const href = h5nuvola.address.href(entry.folder ? "home" : "view", { s: this.s, f: entry.file });
      if (tab) window.open(href, "_blank", "noopener");
      else h5nuvola.address.go(href);
    }

    key(event) {
      if (event.altKey || event.metaKey) return;
      const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.rows.height) - 1);
      const moves = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: this.folder?.total - 1, PageDown: this.active + page, PageUp: this.active - page };
      if (event.key in moves) this.move(moves[event.key]);
      else if (event.key === "Enter") { refocus = this.folder?.entries[this.active]?.folder ? performance.now() + 4000 : 0; this.open(this.active, event.ctrlKey); }
      else if (event.key === "Backspace" && this.f) { refocus = performance.now() + 4000; h5nuvola.address.go(h5nuvola.address.href("home", { s: this.s, f: this.f.split("/").slice(0, -1).join("/") })); }
      else if (event.key === " ") { const entry = this.folder.entries[this.active]; if (entry && !entry.folder) { h5nuvola.kept.pin({ s: this.s, f: entry.file, title: entry.label }); h5nuvola.toast(h5nuvola.kept.pinned({ s: this.s, f: entry.file }) ? "Pinned" : "Unpinned"); } }
      else if (event.key === "Escape") document.dispatchEvent(new CustomEvent("h5nuvola:select", { detail: null }));
      else if (event.key.length === 1 && !event.ctrlKey && event.key !== "?" && event.key !== "/") { this.filter.focus(); return; }
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    click(event) {
      const row = event.target.closest("[data-index]");
      if (!row || event.target.closest("a") || event.ctrlKey) return;
      const index = Number(row.dataset.index);
      const entry = this.folder.entries[index];
      if (entry?.folder || this.compact.matches) this.open(index);
      else { this.scroll.focus({ preventScroll: true }); this.move(index); }
    }
  }
  h5nuvola.mount(".h5n-folder", (place) => { place.h5nFolder = new FolderTable(place); });
})();
