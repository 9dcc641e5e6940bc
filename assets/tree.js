// The structure of the open file: a virtual tree (some 35 rows in the page, however many children) with the keyboard of a real tree.
// Mounts on .h5n-tree and reads s, f, p from the address. Children come in pages of 200 when they scroll into view.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const PAGE = 200;
  const TALL = 12e6;  // browsers cap an element's height; beyond this the scroll bar is scaled

  // What the workbench shows; an address that names only the file leaves the choice to it.
  let shown = {};
  document.addEventListener("h5nuvola:shown", (event) => { shown = event.detail; });

  class Tree {
    constructor(place) {
      const { el } = h5nuvola;
      this.place = place;
      this.rowHeight = matchMedia("(pointer: coarse)").matches ? 44 : 30;
      this.filter = el("input", { id: "tree-filter", type: "search", placeholder: "Find a dataset: a few letters", "aria-label": "Find a dataset in this file", autocomplete: "off", spellcheck: "false" });
      this.space = el("div", { class: "tree-space", role: "presentation" });
      this.scroll = el("div", { class: "tree-scroll", role: "tree", tabindex: "0", "aria-label": "Structure of the file" }, this.space);
      this.hits = el("div", { class: "tree-hits", hidden: true });
      this.note = el("div", { class: "tree-note", hidden: true });
      place.append(el("div", { class: "field tree-field" }, h5nuvola.icon("search", { size: 16 }), this.filter), this.note, this.scroll, this.hits);
      place.style.setProperty("--row", `${this.rowHeight}px`);
      this.search = new h5nuvola.TreeSearch(this);
      this.rows = [];
      this.active = 0;
      this.drawn = new Map();
      this.source = this.file = null;
      this.typed = "";
      this.scroll.addEventListener("scroll", () => { this.top = this.scroll.scrollTop; this.schedule(); }, { passive: true });
      this.scroll.addEventListener("keydown", (event) => this.key(event));
      this.scroll.addEventListener("click", (event) => this.click(event));
      this.view = this.top = this.offset = 0;
      new ResizeObserver(() => { this.view = this.scroll.clientHeight; this.schedule(); }).observe(this.scroll);
      this.follow = () => (place.isConnected ? this.locate() : document.removeEventListener("h5nuvola:address", this.follow));
      document.addEventListener("h5nuvola:address", this.follow);
      document.addEventListener("h5nuvola:shown", () => place.isConnected && this.locate());
      this.fetchSoon = h5nuvola.debounce(() => this.fetchVisible(), 40);
      this.locate();
    }

    // --- data: an item is one row; node is null until its page has come ---
    item(parent, index, depth) { return { parent, index, depth, node: null, kids: null, total: 0, open: false, pages: new Set(), problem: null }; }

    async locate() {
      const { page, s, f, p } = h5nuvola.address.here();
      if (page !== "view" || !s || !f) return;
      this.path = p === "/" && shown.s === s && shown.f === f && shown.p ? shown.p : p;
      if (s !== this.source || f !== this.file) {
        this.source = s;
        this.file = f;
        this.root = this.item(null, 0, -1);
        this.root.open = true;
        this.rows = [];
        this.active = -1;
        this.search.clear();
        this.scroll.scrollTop = this.top = 0;
        this.draw();
        this.say(h5nuvola.skeleton(6, "Reading the structure"));
        const root = this.root;
        await this.load(this.root, 0);
        if (root !== this.root) return;
        if (root.problem) { this.refuse(root.problem); return; }
        this.say(root.total ? null : h5nuvola.empty({ icon: "inbox", title: "This file is empty", sentence: "Its root group holds no groups and no datasets.", where: h5nuvola.visible(f) }));
        if (root.total === 1) await this.open(root.kids[0]);  // a lone entry is what everybody opens first
      }
      await this.reveal(this.path);
    }

    // The page of rows that begins at `from`, or the page that holds the key `at`.
    async load(item, from, at) {
      if (!at) {
        if (item.pages.has(from)) return;
        item.pages.add(from);
      }
      const path = item === this.root ? "/" : item.node.path;
      const query = h5nuvola.address.query({ s: this.source, f: this.file, p: path, start: from, count: PAGE, at });
      let answer;
      try {
        answer = await h5nuvola.get(`api/children?${query}`);
      } catch (problem) {
        item.pages.delete(from);
        item.problem = problem;
        this.rebuild();
        return;
      }
      item.problem = null;
      item.total = answer.total;
      if (!item.kids || item.kids.length !== answer.total) item.kids = Array.from({ length: answer.total }, (_, index) => item.kids?.[index] || this.item(item, index, item.depth + 1));
      item.pages.add(answer.start);
      answer.nodes.forEach((node, offset) => { if (item.kids[answer.start + offset]) item.kids[answer.start + offset].node = node; });
      this.rebuild();
    }

    isGroup(item) { return item.node && (item.node.kind === "group" || item.node.kind === "file") && !item.node.problem; }

    async open(item) {
      if (!this.isGroup(item)) return;
      item.open = true;
      if (!item.kids) await this.load(item, 0);
      else this.rebuild();
    }

    close(item) {
      item.open = false;
      this.rebuild();
    }

    // Opens the groups along a path and marks its last part.
    async reveal(path) {
      const root = this.root;
      if (!root.kids || path === "/") { this.draw(); return; }
      let item = root;
      for (const key of path.split("/").filter(Boolean)) {
        if (item !== root) await this.open(item);
        if (!item.kids) return;
        let found = item.kids.find((kid) => kid.node?.key === key);
        if (!found && item.total > PAGE) {
          await this.load(item, 0, key);
          found = item.kids.find((kid) => kid.node?.key === key);
        }
        if (root !== this.root) return;
        if (!found) break;
        item = found;
      }
      if (item !== root) {
        if (this.isGroup(item) && !item.open) await this.open(item);
        this.move(this.rows.indexOf(item));
      }
      this.draw();
    }

    rebuild() {
      const current = this.rows[this.active];
      const rows = [];
      const walk = (item) => {
        for (const kid of item.kids || []) {
          rows.push(kid);
          if (kid.open) { if (kid.problem || !kid.kids) rows.push({ parent: kid, depth: kid.depth + 1, stand: kid.problem ? "problem" : "wait" }); walk(kid); }
        }
      };
      walk(this.root);
      this.rows = rows;
      const kept = current ? rows.indexOf(current) : -1;
      this.active = kept >= 0 ? kept : current ? Math.max(0, rows.indexOf(current.parent)) : this.active;
      this.draw();
    }

    // --- drawing ---
    schedule() {
      if (this.asked) return;
      this.asked = requestAnimationFrame(() => { this.asked = 0; this.draw(false); });
    }

    draw(fresh = true) {
      // No layout is asked for here: a key press at 50 000 rows must stay cheap.
      const { view } = this;
      const whole = this.rows.length * this.rowHeight;
      const height = Math.min(whole, TALL);
      if (this.height !== height) { this.height = height; this.space.style.height = `${height}px`; }
      const top = (this.top = Math.max(0, Math.min(this.top, height - view)));
      this.offset = whole > height && height > view ? (top * (whole - view)) / (height - view) : top;
      const first = Math.max(0, Math.floor(this.offset / this.rowHeight) - 4);
      const last = Math.min(this.rows.length, Math.ceil((this.offset + view) / this.rowHeight) + 4);
      if (fresh) { this.drawn.forEach((row) => row.remove()); this.drawn.clear(); }
      for (const [index, row] of this.drawn) if (index < first || index >= last) { row.remove(); this.drawn.delete(index); }
      const made = document.createDocumentFragment();
      for (let index = first; index < last; index += 1) {
        let row = this.drawn.get(index);
        if (!row) { row = this.row(this.rows[index], index); this.drawn.set(index, row); made.append(row); }
        row.style.transform = `translateY(${index * this.rowHeight - this.offset + top}px)`;
      }
      this.space.append(made);
      this.mark();
      this.fetchSoon();
    }

    row(item, index) {
      const { el, icon } = h5nuvola;
      const indent = { "--level": item.depth };
      if (item.stand === "problem") {
        const problem = item.parent.problem;
        return el("div", { class: "tree-row tree-bad", role: "treeitem", "aria-level": item.depth + 1, style: indent, "data-index": index, title: `${problem.message} ${problem.advice || ""}` },
          el("span", { class: "tree-twist" }), icon("alert-triangle", { size: 16, tone: "err" }), el("span", { class: "tree-name" }, problem.title));
      }
      if (!item.node) {
        return el("div", { class: "tree-row tree-wait", role: "treeitem", "aria-level": item.depth + 1, "aria-busy": "true", "aria-label": "Reading", style: indent, "data-index": index },
          el("span", { class: "tree-twist" }), el("span", { class: "bone" }));
      }
      const { node } = item;
      const look = h5nuvola.ofNode(node);
      const group = this.isGroup(item);
      const linked = node.link && node.link !== "hard";
      const text = node.shape?.length ? node.shape.join("×") : group ? (node.children ? h5nuvola.count(node.children) : "") : node.type;
      const why = node.problem ? `${node.problem.sentence} ${node.problem.advice}`.trim() : [node.label, node.type, node.nxclass, linked ? `→ ${node.target}` : ""].filter(Boolean).join("  ");
      return el("a", {
        class: `tree-row${node.problem ? " tree-bad" : ""}`, id: `tree-row-${index}`, role: "treeitem", tabindex: "-1", style: indent, "data-index": index, title: why,
        href: h5nuvola.address.href("view", { s: this.source, f: this.file, p: node.path }),
        "aria-level": item.depth + 1, "aria-setsize": item.parent.total, "aria-posinset": item.index + 1,
        "aria-expanded": group && node.children !== 0 ? String(item.open) : null,
      },
      el("span", { class: "tree-twist" }, group && node.children !== 0 ? icon(item.open ? "chevron-down" : "chevron-right", { size: 16 }) : null),
      icon(look.icon, { tone: look.tone }),
      el("span", { class: "tree-name" }, node.label),
      node.nxclass ? el("span", { class: "tree-class" }, node.nxclass) : null,
      linked ? el("span", { class: "tree-link" }, icon(node.problem ? "link-off" : "link", { size: 14, label: `${node.link} link to ${node.target}` })) : null,
      el("span", { class: "tree-badge" }, node.problem ? "not readable" : text));
    }

    mark() {
      for (const [index, row] of this.drawn) {
        const item = this.rows[index];
        const here = item?.node?.path === this.path;
        row.classList.toggle("tree-here", here);
        row.classList.toggle("tree-active", index === this.active);
        row.setAttribute("aria-selected", String(here));
      }
      if (this.drawn.has(this.active)) this.scroll.setAttribute("aria-activedescendant", `tree-row-${this.active}`);
      else this.scroll.removeAttribute("aria-activedescendant");
    }

    fetchVisible() {
      for (const index of this.drawn.keys()) {
        const item = this.rows[index];
        if (item && !item.stand && !item.node && item.parent) this.load(item.parent, item.index - (item.index % PAGE));
      }
    }

    // In few words: the stage beside it tells the whole story.
    refuse(problem) {
      const { el, icon } = h5nuvola;
      const again = el("button", { type: "button", class: "text-btn", onclick: () => { this.source = null; this.locate(); } }, "Try again");
      this.say(el("div", { class: "tree-refused", title: problem.message }, icon("alert-triangle", { tone: "err" }), el("span", {}, problem.title), again));
    }

    say(element) {
      this.note.replaceChildren(...(element ? [element] : []));
      this.note.hidden = !element;
      this.scroll.hidden = Boolean(element);
    }

    // --- moving ---
    move(index) {
      if (index < 0 || !this.rows.length) return;
      this.active = Math.min(index, this.rows.length - 1);
      const { view } = this;
      const top = this.active * this.rowHeight;
      let wanted = this.offset || 0;
      if (top < wanted) wanted = top;
      else if (top + this.rowHeight > wanted + view) wanted = top + this.rowHeight - view;
      if (wanted !== this.offset) {
        const whole = this.rows.length * this.rowHeight;
        this.top = whole > this.height && this.height > view ? (wanted * (this.height - view)) / (whole - view) : wanted;
        this.draw(false);
        this.scroll.scrollTop = this.top;
      } else this.mark();
    }

    key(event) {
      if (event.ctrlKey && event.key !== "Enter" || event.metaKey || event.altKey) return;
      const item = this.rows[this.active];
      const page = Math.max(1, Math.floor(this.view / this.rowHeight) - 1);
      const moves = { ArrowDown: this.active + 1, ArrowUp: Math.max(0, this.active - 1), Home: 0, End: this.rows.length - 1, PageDown: this.active + page, PageUp: Math.max(0, this.active - page) };
      if (event.key in moves) this.move(moves[event.key]);
      else if (event.key === "ArrowRight" && item) { if (this.isGroup(item) && !item.open) this.open(item); else if (item.open) this.move(this.active + 1); }
      else if (event.key === "ArrowLeft" && item) { if (item.open) this.close(item); else if (item.parent !== this.root) this.move(this.rows.indexOf(item.parent)); }
      else if (event.key === "Enter" || event.key === " ") { if (item?.node) this.go(item, event.ctrlKey); }
      else if (event.key === "*" && item) { for (const kid of item.parent.kids.slice(0, PAGE)) if (this.isGroup(kid) && !kid.open) this.open(kid); }
      else if (event.key.length === 1 && event.key !== "/" && event.key !== "?") this.typeAhead(event.key);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    typeAhead(letter) {
      const now = performance.now();
      this.typed = now - (this.typedAt || 0) > 700 ? letter : this.typed + letter;
      this.typedAt = now;
      const wanted = this.typed.toLowerCase();
      const from = this.active + (this.typed.length === 1 ? 1 : 0);
      for (let step = 0; step < this.rows.length; step += 1) {
        const index = (from + step) % this.rows.length;
        if (this.rows[index].node?.label.toLowerCase().startsWith(wanted)) { this.move(index); return; }
      }
    }

    go(item, tab = false) {
      const href = h5nuvola.address.href("view", { s: this.source, f: this.file, p: item.node.path });
      if (tab) window.open(href, "_blank", "noopener");
      else { if (this.isGroup(item)) this.open(item); h5nuvola.address.go(href); }
    }

    click(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const row = event.target.closest("[data-index]");
      if (!row) return;
      event.preventDefault();
      this.move(Number(row.dataset.index));
      const item = this.rows[this.active];
      if (!item?.node) return;
      const again = item.node.path === this.path;
      if (event.target.closest(".tree-twist")?.firstChild || (again && this.isGroup(item))) { if (item.open) this.close(item); else this.open(item); }
      else this.go(item);
    }
  }

  h5nuvola.mount(".h5n-tree", (place) => { place.h5nTree = new Tree(place); });
})();
