// Finding by a few letters: the large field of the home page, and the same field over any page with Ctrl+K.
// A combobox (role, aria-activedescendant): up and down, Enter opens, Ctrl+Enter in a new tab, Esc clears. Mounts on .h5n-search.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const ROW = 46;

  class Search {
    constructor(place) {
      const { el, icon } = h5nuvola;
      this.place = place;
      this.overlay = place.dataset.place === "overlay";
      this.hits = [];
      this.active = 0;
      this.field = el("input", {
        id: "search", type: "search", placeholder: this.overlay ? "Search files and datasets" : "Type a few letters of a file name", autocomplete: "off", spellcheck: "false", autocapitalize: "off",
        role: "combobox", "aria-expanded": "false", "aria-controls": "search-list", "aria-autocomplete": "list", "aria-label": "Search",
      });
      this.told = el("span", { class: "mono dim search-told", role: "status" });
      this.wipe = el("button", { type: "button", class: "tool", "aria-label": this.overlay ? "Close" : "Clear", title: "Esc", hidden: !this.overlay, onclick: () => this.escape(true) }, icon("x"));
      this.hint = el("kbd", { hidden: this.overlay }, "Ctrl K");
      this.choice = el("div", { class: "segments", role: "group", "aria-label": "Sources" });
      this.list = el("div", { class: "search-list", id: "search-list", role: "listbox", "aria-label": "Found" });
      this.side = el("div", { class: "search-preview" });
      this.panel = el("div", { class: "search-panel", id: "search-results", hidden: true },
        el("div", { class: "search-head" }, this.choice),
        el("div", { class: "search-body" }, this.list, this.side),
        el("div", { class: "search-foot meta" }, this.key(["↑", "↓"], "move"), this.key(["Enter"], "open"), this.key(["Ctrl Enter"], "new tab"), this.key(["Esc"], this.overlay ? "close" : "clear"),
          el("span", { class: "gap" }), el("span", { class: "search-apart" }, "Letters may be apart: ", el("mark", {}, "al"), "2", el("mark", {}, "o3"))));
      place.append(el("div", { class: "field search-field" }, icon("search", { size: 20 }), this.field, this.told, this.hint, this.wipe), this.panel);
      this.source = "";
      this.ask = h5nuvola.debounce(() => this.run(), 80);
      this.showSoon = h5nuvola.debounce(() => this.preview(), 90);
      this.field.addEventListener("input", () => this.ask());
      this.field.addEventListener("keydown", (event) => this.press(event));
      this.field.addEventListener("focus", () => this.panel.hidden && this.field.value.trim() && this.run());
      this.list.addEventListener("mousemove", (event) => {
        const row = event.target.closest("[data-hit]");
        if (row && Number(row.dataset.hit) !== this.active) this.move(Number(row.dataset.hit), false);
      });
      this.list.addEventListener("click", () => this.remember());
      const follow = () => {
        if (!place.isConnected) { document.removeEventListener("h5nuvola:address", follow); return; }
        if (this.field.value && !this.overlay) { this.field.value = ""; this.run(); }  // a source was chosen: its folder is wanted, not the results
      };
      document.addEventListener("h5nuvola:address", follow);
      this.sources();
    }

    key(keys, word) { return h5nuvola.el("span", { class: "keys" }, keys.map((one) => h5nuvola.el("kbd", {}, one)), ` ${word}`); }

    async sources() {
      const list = await h5nuvola.sources().catch(() => []);
      const options = [["", "All sources"], ...list.map((source) => [source.name, source.name])];
      this.choice.replaceChildren(...options.map(([value, text]) => h5nuvola.el("button", {
        type: "button", "aria-pressed": String(value === this.source), onclick: () => { this.source = value; this.sources(); this.run(); this.field.focus(); },
      }, text)));
      this.choice.hidden = list.length < 2;
    }

    async run() {
      const text = this.field.value.trim();
      this.stop?.abort();
      this.wipe.hidden = !text && !this.overlay;
      this.hint.hidden = Boolean(text) || this.overlay;
      if (!text) { this.close(); return; }
      const stop = (this.stop = new AbortController());
      const { page, s, f } = h5nuvola.address.here();
      const inside = page === "view" && s && f && !this.source
        ? h5nuvola.get(`api/search?${h5nuvola.address.query({ s, f, q: text, count: 6 })}`, { signal: stop.signal }).catch(() => null) : null;
      try {
        const found = await h5nuvola.get(`api/find?${h5nuvola.address.query({ s: this.source, q: text, count: 100 })}`, { signal: stop.signal });
        if (stop === this.stop) this.show(found, null, text);
        const objects = await inside;
        if (objects?.hits.length && stop === this.stop) this.show(found, objects, text);
      } catch (problem) {
        if (problem.name === "AbortError" || stop !== this.stop) return;
        this.hits = [];
        this.open();
        this.told.textContent = "";
        this.list.replaceChildren(h5nuvola.card(problem, { retry: () => this.run() }));
        this.side.replaceChildren();
      }
    }

    show(found, objects, text) {
      const { el } = h5nuvola;
      const here = h5nuvola.address.here();
      this.open();
      const total = found.total + (objects?.total || 0);
      this.told.textContent = `${h5nuvola.count(total)} ${total === 1 ? "match" : "matches"} in ${found.ms < 1 ? found.ms.toFixed(1) : Math.round(found.ms)} ms`;
      this.hits = [];
      const rows = [];
      const group = (label, total) => rows.push(el("div", { class: "search-group", role: "presentation" }, el("span", { class: "label" }, label), el("span", { class: "label-count" }, h5nuvola.count(total))));
      if (objects) {
        group(`In ${h5nuvola.visible(here.f.split("/").pop())}`, objects.total);
        for (const hit of objects.hits.slice(0, 6)) rows.push(this.objectRow(hit, here));
      }
      if (found.hits.length) group("Files", found.total);
      for (const hit of found.hits) rows.push(this.fileRow(hit));
      if (found.total > found.hits.length) rows.push(el("p", { class: "search-more meta" }, `${h5nuvola.count(found.total - found.hits.length)} more: type another letter.`));
      if (!this.hits.length) {
        rows.push(h5nuvola.empty({
          icon: "search", title: "No file name holds these letters", where: text,
          sentence: "Letters must come in this order; other letters may stand between them.", advice: this.source ? "Try all sources, or fewer letters." : "Try fewer letters.",
        }));
        this.side.replaceChildren();
      }
      this.list.replaceChildren(...rows);
      this.list.scrollTop = 0;
      this.panel.classList.toggle("search-nothing", !this.hits.length);
      if (this.hits.length) this.move(0);
      else this.field.removeAttribute("aria-activedescendant");
    }

    row(ref, tile, title, meta, right) {
      const { el } = h5nuvola;
      const index = this.hits.push(ref) - 1;
      return el("a", { class: "search-row", id: `search-hit-${index}`, role: "option", tabindex: "-1", "data-hit": index, "data-nav": "", href: h5nuvola.address.href("view", ref) },
        tile, el("div", {}, el("div", { class: "name cut" }, title), el("div", { class: "meta cut" }, meta)), el("span", { class: "mono dim" }, right), el("kbd", { class: "search-enter" }, "Enter"));
    }

    fileRow(hit) {
      const ref = { s: hit.source, f: hit.file };
      const letters = [...hit.text];  // positions count characters, not UTF-16 units
      const cut = letters.lastIndexOf("/") + 1;
      const part = (from, to) => h5nuvola.highlight(letters.slice(from, to).join(""), hit.positions.filter((at) => at >= from && at < to).map((at) => at - from));
      const folder = cut ? [" / ", ...part(0, cut - 1)] : [];
      return this.row(ref, h5nuvola.thumb(h5nuvola.address.query(ref), { icon: "file-database", tone: "scalar" }), part(cut, letters.length), [hit.source, ...folder], h5nuvola.size(hit.size));
    }

    objectRow(hit, { s, f }) {
      const look = h5nuvola.ofNode(hit.node);
      const ref = { s, f, p: hit.path };
      return this.row(ref, h5nuvola.el("span", { class: "tile tile-line" }, h5nuvola.icon(look.icon, { tone: look.tone })), h5nuvola.highlight(hit.text, hit.positions), hit.node?.type || "Group", hit.node?.shape?.length ? hit.node.shape.join(" × ") : "");
    }

    move(index, scroll = true) {
      this.active = (index + this.hits.length) % this.hits.length;
      for (const row of this.list.querySelectorAll("[data-hit]")) {
        const on = Number(row.dataset.hit) === this.active;
        if (on === (row.getAttribute("aria-selected") === "true")) continue;
        row.setAttribute("aria-selected", String(on));
        if (on && scroll) { if (this.active === 0) this.list.scrollTop = 0; else row.scrollIntoView({ block: "nearest" }); }
      }
      this.field.setAttribute("aria-activedescendant", `search-hit-${this.active}`);
      this.showSoon();
    }

    preview() {
      const ref = this.hits[this.active];
      if (!ref || this.panel.hidden || getComputedStyle(this.side).display === "none") return;
      if (this.shown === ref) return;
      this.shown = ref;
      h5nuvola.preview(this.side, ref);
    }

    remember() { try { localStorage.setItem("h5nuvola.source", this.hits[this.active]?.s || ""); } catch { /* no storage */ } }

    press(event) {
      const page = Math.max(1, Math.floor(this.list.clientHeight / ROW) - 1);
      const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
      if (event.key in moves && this.hits.length) {
        const wanted = this.active + moves[event.key];
        this.move(Math.abs(moves[event.key]) > 1 ? Math.max(0, Math.min(this.hits.length - 1, wanted)) : wanted);
      } else if (event.key === "Enter" && this.hits.length) {
        const href = h5nuvola.address.href("view", this.hits[this.active]);
        if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
        else { this.remember(); this.place.closest("dialog")?.close(); h5nuvola.address.go(href); }
      } else if (event.key === "Escape") this.escape();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    escape(all = false) {
      const empty = !this.field.value;
      this.field.value = "";
      this.run();
      if (this.overlay && (empty || all)) this.place.closest("dialog")?.close();
      else this.field.focus();
    }

    open() {
      this.panel.hidden = false;
      this.field.setAttribute("aria-expanded", "true");
      document.documentElement.dataset.searching = this.overlay ? "" : "home";
    }

    close() {
      this.panel.hidden = true;
      this.hits = [];
      this.shown = null;
      this.told.textContent = "";
      this.field.setAttribute("aria-expanded", "false");
      this.field.removeAttribute("aria-activedescendant");
      if (!this.overlay) delete document.documentElement.dataset.searching;
    }
  }

  h5nuvola.mount(".h5n-search", (place) => {
    delete document.documentElement.dataset.searching;
    place.h5nSearch = new Search(place);
    // On a large screen the field waits for letters; on a touch screen that would open the keyboard.
    if (place.dataset.place === "home" && matchMedia("(pointer: fine)").matches) place.h5nSearch.field.focus({ preventScroll: true });
  });

  // Opens the search: the field of the page when it has one, else a dialog.
  h5nuvola.openSearch = () => {
    const home = document.querySelector('.h5n-search[data-place="home"] input');
    if (home) { home.focus(); home.select(); return; }
    if (document.querySelector("dialog.search-dialog")) return;
    const { el } = h5nuvola;
    const dialog = el("dialog", { class: "search-dialog", "aria-label": "Search" }, el("div", { class: "h5n-search", "data-place": "overlay" }));
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    const started = () => { const field = dialog.querySelector("input"); if (field) field.focus(); else requestAnimationFrame(started); };
    started();
  };
})();
