// The filter over the tree: a few letters of a path, apart or together, and the datasets of the open file that hold them.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});

  class TreeSearch {
    constructor(tree) {
      this.tree = tree;
      this.active = 0;
      this.found = [];
      this.ask = h5nuvola.debounce(() => this.run(), 80);
      tree.filter.setAttribute("role", "combobox");
      tree.filter.setAttribute("aria-expanded", "false");
      tree.filter.setAttribute("aria-controls", "tree-hits");
      tree.filter.setAttribute("aria-autocomplete", "list");
      tree.hits.id = "tree-hits";
      tree.hits.setAttribute("role", "listbox");
      tree.hits.setAttribute("aria-label", "Datasets found");
      tree.filter.addEventListener("input", () => this.ask());
      tree.filter.addEventListener("keydown", (event) => this.key(event));
    }

    clear() {
      this.tree.filter.value = "";
      this.show(null);
    }

    async run() {
      const { tree } = this;
      const text = tree.filter.value.trim();
      this.stop?.abort();
      if (!text) { this.show(null); return; }
      this.stop = new AbortController();
      try {
        const query = h5nuvola.address.query({ s: tree.source, f: tree.file, q: text });
        this.show(await h5nuvola.get(`api/search?${query}`, { signal: this.stop.signal }));
      } catch (problem) {
        if (problem.name === "AbortError") return;
        this.found = [];
        tree.scroll.hidden = true;
        tree.hits.hidden = false;
        tree.hits.replaceChildren(h5nuvola.card(problem, { retry: () => this.run() }));
      }
    }

    show(answer) {
      const { el, icon } = h5nuvola;
      const { tree } = this;
      const label = document.getElementById("tree-count");
      this.found = answer?.hits || [];
      this.active = 0;
      tree.hits.hidden = !answer;
      tree.scroll.hidden = Boolean(answer) || !tree.note.hidden;
      tree.filter.setAttribute("aria-expanded", String(Boolean(answer)));
      if (label) label.textContent = answer ? `${h5nuvola.count(answer.total)}${answer.cut ? "+" : ""} found` : "";
      if (!answer) { tree.filter.removeAttribute("aria-activedescendant"); tree.draw(); return; }
      if (!this.found.length) {
        tree.hits.replaceChildren(el("p", { class: "tree-none" }, answer.cut ? "Nothing found in the part of this file that was read in time. Try more letters." : "No dataset or group holds these letters."));
        return;
      }
      tree.hits.replaceChildren(...this.found.map((hit, index) => {
        const look = h5nuvola.ofNode(hit.node || { kind: "dataset", shape: [] });
        return el("a", {
          class: "tree-hit", id: `tree-hit-${index}`, role: "option", tabindex: "-1", "data-nav": "", title: hit.text,
          href: h5nuvola.address.href("view", { s: tree.source, f: tree.file, p: hit.path }),
        }, icon(look.icon, { tone: look.tone }), el("span", { class: "tree-hit-text" }, h5nuvola.highlight(hit.text, hit.positions)),
        hit.node?.shape?.length ? el("span", { class: "tree-badge" }, hit.node.shape.join("×")) : null);
      }), ...(answer.cut ? [el("p", { class: "tree-none" }, "The file is large: only a part was searched.")] : []));
      this.mark();
    }

    mark() {
      [...this.tree.hits.querySelectorAll(".tree-hit")].forEach((row, index) => {
        row.setAttribute("aria-selected", String(index === this.active));
        if (index === this.active) { row.scrollIntoView({ block: "nearest" }); this.tree.filter.setAttribute("aria-activedescendant", row.id); }
      });
    }

    key(event) {
      if (event.key === "Escape") { if (this.tree.filter.value) { this.clear(); event.stopPropagation(); } else this.tree.scroll.focus(); }
      else if (event.key === "ArrowDown" && !this.found.length) this.tree.scroll.focus();
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        this.active = (this.active + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % this.found.length;
        this.mark();
      } else if (event.key === "Enter" && this.found[this.active]) {
        const href = this.tree.hits.querySelectorAll(".tree-hit")[this.active].href;
        if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
        else h5nuvola.address.go(href);
      } else return;
      event.preventDefault();
    }
  }
  h5nuvola.TreeSearch = TreeSearch;
})();
