// The tile canvas: `.h5n-canvas` elements (h5nuvola/ui/canvas.py) show planes of any size, tile by tile, as the screen needs them.
// Fires `h5nuvola:colours` when colours change and `h5nuvola:drawn` (bubbling) when a picture is complete.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const TILE = 512;
  const SMALLEST = 256;  // pixels of the longest side of the coarsest level
  const VIEW_BYTES = 6 << 20;  // of the visible tiles; with the overview at most 8 MB an interaction
  const PREFETCH_BYTES = 3 << 20;
  const PATIENCE = 120;  // ms a complete overview waits for the sharp tiles before it is shown
  const SLOW = 250;  // ms until the reader is told to wait
  const pictures = new Map();

  const log2 = (value) => Math.log2(Math.max(value, 1e-12));
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  class Picture {
    constructor(element) {
      this.element = element;
      this.note = element.querySelector(".h5n-canvas-note");
      this.painter = new h5nuvola.Painter(element.querySelector("canvas"));
      this.axes = new h5nuvola.Axes(element, (live, elsewhere) => this.moved(live, elsewhere));
      this.read();
      this.watch();
    }

    // --- what the server said

    read() {
      this.written = this.element.dataset.spec;
      this.spec = JSON.parse(this.written);
      this.display = JSON.parse(this.element.dataset.display);
      this.tiles?.stop();
      this.tiles = new h5nuvola.Tiles(this.spec, () => this.wake());
      this.axes.read(this.spec);
      this.selection = this.spec.selection;  // what is wanted
      this.drawn = null;  // what is seen: the wanted one once enough of it is here
      this.stats = this.limits = this.colouring = null;
      this.ahead = [];
      const [rows, columns] = this.spec.shape;
      const fit = (length, size) => Math.max(0, Math.ceil(log2(length / size)));
      this.top = { y: this.spec.overview[0], x: this.spec.overview[1] };
      this.last = { y: Math.max(this.top.y, fit(rows, SMALLEST)), x: Math.max(this.top.x, fit(columns, SMALLEST)) };
      this.huge = this.sourceBytes({ x: [0, columns], y: [0, rows] }) > this.spec.scan;
      this.begin();
    }

    get inColour() {
      return this.spec.channels !== null;
    }

    pixelBytes() {
      return this.spec.itemsize * (this.inColour ? 4 : 1);
    }

    // Bytes that a window holds in the file.
    sourceBytes(seen) {
      return (seen.x[1] - seen.x[0]) * (seen.y[1] - seen.y[0]) * this.spec.sourceItemsize * (this.inColour ? 4 : 1);
    }

    begin() {
      this.started = performance.now();
      this.before = this.tiles.received;
      this.finished = false;
      this.overviewAt = 0;
      this.element.dataset.state = "loading";
    }

    watch() {
      this.observer = new MutationObserver(() => {
        if (this.element.dataset.spec !== this.written) {
          this.read();
          this.wake();
        } else {
          this.show(JSON.parse(this.element.dataset.display));
        }
      });
      this.observer.observe(this.element, { attributes: true, attributeFilter: ["data-spec", "data-display"] });
      this.resized = new ResizeObserver(() => this.wake());
      this.resized.observe(this.element);
    }

    stop() {
      this.observer.disconnect();
      this.resized.disconnect();
      this.tiles.stop();
    }

    show(display) {
      const reduced = display.reduce !== this.display.reduce;
      this.display = display;
      if (reduced) this.begin();
      else this.recolour();
      this.wake();
    }

    select(selection, ahead = []) {
      if (selection === this.selection) return;
      this.selection = selection;
      this.ahead = ahead;
      this.begin();
      this.wake();
    }

    moved(live, elsewhere) {
      if (elsewhere) this.begin();
      this.wake();
      if (!live) h5nuvola.controls.view(this);
    }

    // --- what is needed

    // The level nearest to the screen's resolution, coarser when it would cost more than one view may.
    level(area, seen) {
      const lines = this.axes.lines(area, window.devicePixelRatio || 1);
      const near = (factor, last, top) => {
        const exact = log2(1 / Math.abs(factor));
        // What the overview holds is here in any case: two of its pixels on one of the screen are drawn smoothly, not fetched coarser.
        const coarsest = !this.huge && exact <= top + 1 ? Math.min(top, last) : last;
        return clamp(Math.round(exact), 0, coarsest);
      };
      const level = { y: near(lines.y[0], this.last.y, this.top.y), x: near(lines.x[0], this.last.x, this.top.x) };
      const pixels = () => ((seen.x[1] - seen.x[0]) / 2 ** level.x) * ((seen.y[1] - seen.y[0]) / 2 ** level.y);
      while (pixels() * this.pixelBytes() > VIEW_BYTES && (level.x < this.last.x || level.y < this.last.y)) {
        if (level.y < this.last.y && (level.y <= level.x || level.x >= this.last.x)) level.y++;
        else level.x++;
      }
      return level;
    }

    // The tiles of a level that touch a window, those at its middle first.
    cover(selection, level, seen) {
      const found = [], { reduce } = this.display;
      const span = ([low, high], size) => [Math.floor(low / size), Math.max(Math.floor(low / size), Math.ceil(high / size) - 1)];
      const [r0, r1] = span(seen.y, TILE * 2 ** level.y), [c0, c1] = span(seen.x, TILE * 2 ** level.x);
      for (let row = r0; row <= r1; row++) {
        for (let column = c0; column <= c1; column++) {
          const one = { selection, reduce, ly: level.y, lx: level.x, row, column };
          one.key = this.tiles.key(one);
          one.far = Math.hypot(row - (r0 + r1) / 2, column - (c0 + c1) / 2);
          found.push(one);
        }
      }
      return found.sort((one, other) => one.far - other.far);
    }

    whole(selection) {
      const [rows, columns] = this.spec.shape;
      return this.huge ? [] : this.cover(selection, this.top, { x: [0, columns], y: [0, rows] });
    }

    // Asked for at most once a frame, whatever happened.
    wake() {
      this.woken = this.woken || requestAnimationFrame(() => {
        this.woken = 0;
        if (this.element.isConnected) this.plan();
      });
    }

    plan() {
      const area = this.axes.area();
      this.overview = this.whole(this.selection);
      if (!area) {
        // The axes are still being made: what does not depend on them can come already.
        this.tiles.want(this.overview);
        setTimeout(() => this.wake(), 10);
        return;
      }
      const seen = this.axes.visible(area);
      const tooMuch = seen && this.huge && this.sourceBytes(seen) > this.spec.scan;
      this.now = seen && this.level(area, seen);
      this.sharp = seen && !tooMuch ? this.cover(this.selection, this.now, seen) : [];
      this.say(tooMuch ? this.tooMuch(seen) : null);
      const needed = new Map([...this.overview, ...this.sharp].map((one) => [one.key, one]));
      this.tiles.want([...needed.values(), ...this.next(seen)]);
      this.settle();
      this.draw(area, seen);
    }

    tooMuch(seen) {
      const size = (bytes) => `${h5nuvola.colors.short(bytes / 1e9, 3)} GB`;
      const message = `This part holds ${size(this.sourceBytes(seen))}; one view may read ${size(this.spec.scan)}.`;
      return { title: "Zoom in to see more", message };
    }

    // Neighbouring frames, once this one is complete, if they are small enough.
    next(seen) {
      if (!seen || !this.finished) return [];
      const bytes = (this.overview.length + this.sharp.length) * TILE * TILE * this.pixelBytes();
      const sharp = bytes <= PREFETCH_BYTES ? (selection) => this.cover(selection, this.now, seen) : () => [];
      return this.ahead.flatMap((selection) => [...this.whole(selection), ...sharp(selection)]);
    }

    // Moves on to what is wanted once enough of it is here, and chooses its range.
    settle() {
      const done = (list) => list.every((one) => this.tiles.kept.has(one.key) || this.tiles.failed.has(one.key));
      const failed = [...this.overview, ...this.sharp].map((one) => this.tiles.failed.get(one.key)).find(Boolean);
      if (failed && failed.status !== 503) this.say(failed);
      const whole = done(this.overview), sharp = done(this.sharp), waited = performance.now() - this.started;
      this.element.classList.toggle("waiting", !sharp && waited > SLOW);
      if (!sharp && waited <= SLOW) setTimeout(() => this.wake(), SLOW + 5 - waited);
      if (this.drawn?.selection !== this.selection || this.drawn.reduce !== this.display.reduce) {
        if (whole && !this.overviewAt) {
          this.overviewAt = performance.now();
          setTimeout(() => this.wake(), PATIENCE + 5);
        }
        const patient = this.huge || performance.now() - this.overviewAt < PATIENCE;
        if (!whole || (!sharp && patient)) return;
        this.drawn = { selection: this.selection, reduce: this.display.reduce };
        this.measure();
      } else if (this.huge && sharp && !this.finished) {
        this.measure();
      }
      if (whole && sharp && !this.finished) {
        this.finished = this.complete = true;
        this.element.dataset.state = failed ? "failed" : "ready";
        setTimeout(() => this.wake(), 0);
      }
    }

    // --- colours

    measure() {
      const source = (this.huge ? this.sharp : this.overview).map((one) => this.tiles.get(one.key)).filter(Boolean);
      const arrays = source.map((tile) => tile.values);
      this.stats = arrays.length ? h5nuvola.colors.statistics(arrays) : null;
      this.brightness = this.inColour && arrays.length ? h5nuvola.colors.brightest(arrays) : 0;
      this.recolour();
    }

    recolour(limits) {
      const colors = h5nuvola.colors, { cmap, invert, scale } = this.display, { brightness } = this;
      this.limits = limits || colors.limits(this.stats, this.display, this.spec.diverging.includes(cmap));
      const key = `${cmap} ${invert} ${scale} ${this.limits} ${brightness}`;
      if (this.colouring?.key !== key) {
        const map = colors.mapping(scale, this.limits);
        this.colouring = { key, map, colours: colors.table(this.spec.maps[cmap], invert), brightness };
        this.axes.bar(this.colouring);
      }
      this.element.dispatchEvent(new CustomEvent("h5nuvola:colours", { bubbles: true }));
    }

    // Draws at once with other limits, while a handle of the histogram is dragged.
    drag(limits) {
      this.recolour(limits);
      const area = this.axes.area();
      if (area) this.draw(area, this.axes.visible(area));
    }

    draw(area, seen) {
      const ratio = window.devicePixelRatio || 1, context = this.painter.fit(area, ratio);
      if (!seen || !this.drawn || !this.colouring) return;
      const level = this.level(area, seen), { selection, reduce } = this.drawn;
      const exactly = this.cover(selection, level, seen).map((one) => this.tiles.get(this.tiles.key({ ...one, reduce })));
      // While sharp tiles are missing, whatever is here, from coarse to fine.
      const near = (tile) => tile.ly + tile.lx >= level.y + level.x - 2;
      const list = exactly.every(Boolean) ? exactly : this.tiles.of(selection, reduce).filter(near);
      const lines = this.axes.lines(area, ratio);
      this.painter.draw(context, list, { lines, seen, shape: this.spec.shape, colouring: this.colouring });
      if (this.complete && selection === this.selection) {
        this.complete = false;
        this.cost = { level, ms: performance.now() - this.started, fetched: this.tiles.received - this.before };
        const detail = { selection, limits: this.limits, ...this.cost };
        this.element.dispatchEvent(new CustomEvent("h5nuvola:drawn", { bubbles: true, detail }));
      }
    }

    say(problem) {
      const words = problem ? [problem.title, problem.message, problem.advice].filter(Boolean) : [];
      if (this.said === words.join("\n")) return;
      this.said = words.join("\n");
      this.note.classList.toggle("problem", words.length > 0);
      this.note.replaceChildren(...words.map((text, index) => {
        const line = document.createElement(index ? "p" : "strong");
        line.textContent = text;
        return line;
      }));
    }
  }

  // --- every canvas of the page

  function attach() {
    for (const [element, picture] of pictures) {
      if (!element.isConnected) {
        picture.stop();
        pictures.delete(element);
      }
    }
    for (const element of document.getElementsByClassName("h5n-canvas")) {
      if (!pictures.has(element)) {
        const picture = new Picture(element);
        pictures.set(element, picture);
        h5nuvola.controls.attach(picture);
        picture.plan();
      }
    }
  }

  // At once, not in the next frame: before it stands all the work of drawing the page, and the tiles can be on their way meanwhile.
  new MutationObserver(attach).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("h5nuvola:theme", () => pictures.forEach((picture) => picture.wake()));

  // The id of another part of the same app: "image--canvas", "readout" → "image--readout".
  const id = (element, name) => (element.id.includes("--") ? `${element.id.split("--")[0]}--${name}` : name);

  h5nuvola.canvas = {
    id,
    of: (element) => pictures.get(element),
    beside: (element, name) => document.getElementById(id(element, name)),
    each: (act) => pictures.forEach((picture) => act(picture)),
  };
})();
