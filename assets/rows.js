// A long list of equal rows of which only those in view are in the page.
//   new h5nuvola.Rows(scroll, height, (index) => element)    .set(count)  .draw(fresh)  .show(index)  .visible() -> [first, last]
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});

  class Rows {
    constructor(scroll, height, make) {
      this.scroll = scroll;
      this.height = height;
      this.make = make;
      this.count = 0;
      this.drawn = new Map();
      this.space = h5nuvola.el("div", { class: "rows-space", role: "presentation" });
      scroll.append(this.space);
      scroll.addEventListener("scroll", () => this.draw(), { passive: true });
      new ResizeObserver(() => this.draw()).observe(scroll);
    }

    set(count) {
      this.count = count;
      this.space.style.height = `${Math.min(count * this.height, 16e6)}px`;
      this.draw(true);
    }

    visible() {
      const first = Math.floor(this.scroll.scrollTop / this.height);
      return [first, Math.min(this.count, Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / this.height))];
    }

    draw(fresh = false) {
      const [from, to] = this.visible();
      const first = Math.max(0, from - 4);
      const last = Math.min(this.count, to + 4);
      for (const [index, row] of this.drawn) if (fresh || index < first || index >= last) { row.remove(); this.drawn.delete(index); }
      for (let index = first; index < last; index += 1) {
        if (this.drawn.has(index)) continue;
        const row = this.make(index);
        row.style.transform = `translateY(${index * this.height}px)`;
        this.drawn.set(index, row);
        this.space.append(row);
      }
      this.ondraw?.(from, to);
    }

    show(index) {
      const top = index * this.height;
      if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
      else if (top + this.height > this.scroll.scrollTop + this.scroll.clientHeight) this.scroll.scrollTop = top + this.height - this.scroll.clientHeight;
    }
  }
  h5nuvola.Rows = Rows;

  // A folder's entries in pages of 1000, in the order asked for; the server sorts and filters.
  class Folder {
    constructor({ s, f, q = "", sort = "", desc = false }) {
      Object.assign(this, { s, f, q, sort, desc, entries: [], total: 0, asked: new Map() });
    }

    page(start) {
      const from = start - (start % 1000);
      if (!this.asked.has(from)) {
        const query = h5nuvola.address.query({ s: this.s, f: this.f, q: this.q, sort: this.sort, desc: this.desc ? 1 : "", start: from, count: 1000 });
        const asked = h5nuvola.get(`api/folder?${query}`).then((answer) => {
          this.total = answer.total;
          answer.entries.forEach((entry, offset) => { this.entries[from + offset] = entry; });
          return answer;
        });
        asked.catch(() => this.asked.delete(from));
        this.asked.set(from, asked);
      }
      return this.asked.get(from);
    }
  }
  h5nuvola.Folder = Folder;
})();
