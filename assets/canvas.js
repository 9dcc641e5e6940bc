// The tile canvas: draws `.h5n-canvas` elements (h5nuvola/ui/canvas.py) under plotly's transparent axes.
// Pixel i is centred on axis value first + i * step. Edge coordinates u count pixels from their outer edge: pixel i covers u from i to i + 1.
// Fires `h5nuvola:drawn` (bubbling) when a picture is complete, with detail {selection, limits, level}.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const TILE = 512;
  const OVERVIEW = 1024;  // pixels of the longest side of the level that range and histogram are taken from
  const SMALLEST = 256;  // pixels of the longest side of the coarsest level
  const OVERVIEW_BYTES = 1 << 21;
  const VIEW_BYTES = 6 << 20;  // of the visible tiles; with the overview at most 8 MB an interaction
  const PREFETCH_BYTES = 3 << 20;
  const PATIENCE = 120;  // ms a complete overview waits for the sharp tiles before it is shown
  const pictures = new Map();

  const log2 = (value) => Math.log2(Math.max(value, 1e-12));
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  class Picture {
    constructor(element) {
      this.element = element;
      this.canvas = element.querySelector("canvas");
      this.note = element.querySelector(".h5n-canvas-note");
      this.read();
      this.watch();
      this.wake();
    }

    // --- what the server said

    read() {
      this.written = this.element.dataset.spec;
      this.spec = JSON.parse(this.written);
      this.display = JSON.parse(this.element.dataset.display);
      if (this.tiles) this.tiles.stop();
      this.tiles = new h5nuvola.Tiles(this.spec, () => this.arrived());
      this.selection = this.spec.selection;
      this.shown = null;  // the selection that is drawn; another is drawn once it is complete
      this.stats = null;
      this.limits = null;
      this.step = [];  // selections to fetch ahead
      this.begin();
      const [rows, columns] = this.spec.shape;
      const fit = (length, size) => Math.max(0, Math.ceil(log2(length / size)));
      this.top = { y: fit(rows, OVERVIEW), x: fit(columns, OVERVIEW) };
      const bytes = () => Math.ceil(rows / 2 ** this.top.y) * Math.ceil(columns / 2 ** this.top.x) * this.pixelBytes();
      while (bytes() > OVERVIEW_BYTES && this.top.y + this.top.x < 40) {
        this.top.y++;
        this.top.x++;
      }
      this.last = { y: Math.max(this.top.y, fit(rows, SMALLEST)), x: Math.max(this.top.x, fit(columns, SMALLEST)) };
      this.huge = rows * columns * this.spec.sourceItemsize * (this.depth() || 1) > this.spec.scan;
    }

    depth() {
      return this.spec.channels === null ? 0 : 4;
    }

    pixelBytes() {
      return this.spec.itemsize * (this.depth() || 1);
    }

    begin() {
      this.started = performance.now();
      this.before = this.tiles.received;
      this.finished = false;
      this.overviewAt = 0;
    }

    watch() {
      new MutationObserver(() => {
        if (this.element.dataset.spec !== this.written) {
          this.read();
          this.wake();
        } else {
          this.show(JSON.parse(this.element.dataset.display));
        }
      }).observe(this.element, { attributes: true, attributeFilter: ["data-spec", "data-display"] });
      this.resized = new ResizeObserver(() => this.wake());
      this.resized.observe(this.element);
    }

    stop() {
      this.resized.disconnect();
      this.tiles.stop();
    }

    show(display) {
      const reduced = display.reduce !== this.display.reduce;
      this.display = display;
      if (reduced) {
        this.shown = null;
        this.begin();
      }
      this.recolour();
      this.wake();
    }

    select(selection, ahead = []) {
      if (selection === this.selection) return;
      this.selection = selection;
      this.ahead = ahead;
      this.begin();
      this.wake();
    }

    // --- where things lie

    graph() {
      const found = this.element.querySelector(".js-plotly-plot");
      if (!found || !found._fullLayout || !found._fullLayout.xaxis || !found.on) return null;
      if (found !== this.plot) {
        this.plot = found;
        this.small = this.placed = this.titles = undefined;
        for (const event of ["plotly_afterplot", "plotly_relayouting", "plotly_relayout"]) found.on(event, () => this.moved(event));
        found.on("plotly_doubleclick", () => this.reset());
        this.adapt();
      }
      return found;
    }

    // Margins and titles for the width there is, and the colour bar as high as the picture.
    adapt() {
      const graph = this.plot, small = narrow(graph), { xaxis, yaxis } = graph._fullLayout;
      if (small !== this.small) {
        this.small = small;
        const titles = this.titles || (this.titles = [xaxis.title.text, yaxis.title.text]);
        const right = this.depth() ? 12 : small ? 62 : 96;
        setTimeout(() => window.Plotly.relayout(graph, {
          margin: small ? { l: 36, r: right, t: 12, b: 28 } : { l: 64, r: this.depth() ? 24 : right, t: 20, b: 52 },
          "xaxis.title.text": small ? "" : titles[0],
          "yaxis.title.text": small ? "" : titles[1],
        }), 0);
      }
      const placed = [xaxis.domain[1], ...yaxis.domain].map((part) => part.toFixed(3)).join();
      if (placed !== this.placed) {
        this.placed = placed;
        this.bar();
      }
    }

    // The plot area in CSS pixels, with the values at its edges.
    area() {
      const graph = this.graph();
      if (!graph) return null;
      const { xaxis, yaxis } = graph._fullLayout;
      const outer = this.element.getBoundingClientRect(), inner = graph.getBoundingClientRect();
      return {
        left: inner.left - outer.left + xaxis._offset, top: inner.top - outer.top + yaxis._offset,
        width: xaxis._length, height: yaxis._length,
        x0: Number(xaxis.range[0]), x1: Number(xaxis.range[1]), y0: Number(yaxis.range[0]), y1: Number(yaxis.range[1]),
      };
    }

    // Edge coordinates to device pixels of the canvas: [factor, shift] of both axes.
    lines(area, ratio) {
      const { x, y } = this.spec;
      const across = (area.width * ratio) / (area.x1 - area.x0), down = (area.height * ratio) / (area.y0 - area.y1);
      return {
        x: [x.step * across, (x.first - x.step / 2 - area.x0) * across],
        y: [y.step * down, (y.first - y.step / 2 - area.y1) * down],
      };
    }

    // Edge coordinates of a point in the plot area, in CSS pixels from its left top corner.
    at(area, left, top) {
      const lines = this.lines(area, 1);
      return [(left - lines.x[1]) / lines.x[0], (top - lines.y[1]) / lines.y[0]];
    }

    // What is visible, in edge coordinates cut to the picture; null when nothing of it is.
    visible(area) {
      const [rows, columns] = this.spec.shape;
      const [u0, v0] = this.at(area, 0, 0), [u1, v1] = this.at(area, area.width, area.height);
      const cut = (one, other, length) => [clamp(Math.min(one, other), 0, length), clamp(Math.max(one, other), 0, length)];
      const x = cut(u0, u1, columns), y = cut(v0, v1, rows);
      return x[1] > x[0] && y[1] > y[0] ? { x, y } : null;
    }

    // The level nearest to the screen's resolution, coarser when it would cost more than one view may.
    level(area, seen) {
      const lines = this.lines(area, window.devicePixelRatio || 1);
      const near = (factor, top) => clamp(Math.round(log2(1 / Math.abs(factor))), 0, top);
      const level = { y: near(lines.y[0], this.last.y), x: near(lines.x[0], this.last.x) };
      const pixels = () => ((seen.x[1] - seen.x[0]) / 2 ** level.x) * ((seen.y[1] - seen.y[0]) / 2 ** level.y);
      while (pixels() * this.pixelBytes() > VIEW_BYTES && (level.x < this.last.x || level.y < this.last.y)) {
        if (level.y < this.last.y && (level.y <= level.x || level.x >= this.last.x)) level.y++;
        else level.x++;
      }
      return level;
    }

    // The tiles of a level that touch a window, those at its middle first.
    cover(selection, level, seen) {
      const found = [];
      const span = ([low, high], size) => [Math.floor(low / size), Math.max(Math.floor(low / size), Math.ceil(high / size) - 1)];
      const [r0, r1] = span(seen.y, TILE * 2 ** level.y), [c0, c1] = span(seen.x, TILE * 2 ** level.x);
      for (let row = r0; row <= r1; row++) {
        for (let column = c0; column <= c1; column++) {
          const one = { selection, reduce: this.display.reduce, ly: level.y, lx: level.x, row, column };
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

    // --- what is needed

    // Asked for at most once a frame, whatever happened.
    wake() {
      if (this.woken) return;
      this.woken = requestAnimationFrame(() => {
        this.woken = 0;
        if (this.element.isConnected) this.plan();
      });
    }

    moved(event) {
      const ends = String(this.window());
      this.adapt();
      if (event !== "plotly_relayouting" && ends !== this.ends) {
        if (this.ends) this.begin();
        this.ends = ends;
      }
      this.wake();
      if (event !== "plotly_relayouting") h5nuvola.controls?.view(this);
    }

    plan() {
      const area = this.area(), overview = this.whole(this.selection);
      if (!area) {
        // The axes are still being made: what does not depend on them can come already.
        this.tiles.want(overview);
        setTimeout(() => this.wake(), 30);
        return;
      }
      const seen = this.visible(area);
      this.now = seen ? this.level(area, seen) : null;
      let sharp = seen ? this.cover(this.selection, this.now, seen) : [];
      const cost = seen ? (seen.x[1] - seen.x[0]) * (seen.y[1] - seen.y[0]) * this.spec.sourceItemsize * (this.depth() || 1) : 0;
      const tooMuch = this.huge && cost > this.spec.scan;
      if (tooMuch) sharp = [];
      this.say(tooMuch ? { title: "Zoom in to see this part", message: `It holds ${h5nuvola.colors.short(cost / 1e9, 3)} GB; one view may read ${h5nuvola.colors.short(this.spec.scan / 1e9, 3)} GB.` } : null);
      this.sharp = sharp;
      this.overview = overview;
      const needed = new Map([...overview, ...sharp].map((one) => [one.key, one]));
      this.tiles.want([...needed.values(), ...this.next(seen, sharp.length)]);
      this.settle();
      this.draw(area, seen);
    }

    // Neighbouring frames, once this one is complete and if they are small enough.
    next(seen, count) {
      if (!seen || !this.finished || !this.ahead) return [];
      const small = (this.overview.length + count) * TILE * TILE * this.pixelBytes() <= PREFETCH_BYTES;
      return this.ahead.flatMap((selection) => [...this.whole(selection), ...(small ? this.cover(selection, this.now, seen) : [])]);
    }

    done(list) {
      return list.every((one) => this.tiles.kept.has(one.key) || this.tiles.failed.has(one.key));
    }

    arrived() {
      this.wake();
    }

    // Moves on to the wanted selection once enough of it is here, and chooses its range.
    settle() {
      const failed = [...this.overview, ...this.sharp].map((one) => this.tiles.failed.get(one.key)).find(Boolean);
      if (failed && failed.status !== 503) this.say(failed);
      const whole = this.done(this.overview), sharp = this.done(this.sharp);
      const key = `${this.selection} ${this.display.reduce}`;
      if (this.shown !== key) {
        if (whole && !this.overviewAt) {
          this.overviewAt = performance.now();
          setTimeout(() => this.wake(), PATIENCE + 5);
        }
        const patient = performance.now() - (this.overviewAt || Infinity) < PATIENCE;
        if (!whole || (!sharp && (this.huge || patient))) {
          if (performance.now() - this.started > 250) this.element.classList.add("waiting");
          else setTimeout(() => this.wake(), 260);
          return;
        }
        this.shown = key;
        this.drawn = { selection: this.selection, reduce: this.display.reduce };
        this.measure();
      } else if (this.huge && sharp && !this.finished) {
        this.measure();
      }
      this.element.classList.toggle("waiting", !sharp && performance.now() - this.started > 250);
      if (whole && sharp && !this.finished) {
        this.finished = true;
        this.complete = true;
        setTimeout(() => this.wake(), 0);
      }
    }

    measure() {
      const source = (this.huge ? this.sharp : this.overview).map((one) => this.tiles.get(one.key)).filter(Boolean);
      const arrays = source.map((tile) => tile.values);
      this.stats = arrays.length ? h5nuvola.colors.statistics(arrays) : null;
      if (this.depth() && arrays.length) this.brightness = h5nuvola.colors.brightest(arrays);
      this.recolour();
    }

    recolour(limits) {
      const colors = h5nuvola.colors, { cmap, invert, scale } = this.display;
      this.limits = limits || colors.limits(this.stats, this.display, this.spec.diverging.includes(cmap));
      const map = colors.mapping(scale, this.limits);
      const key = `${cmap} ${invert} ${scale} ${this.limits} ${this.brightness}`;
      if (this.colouring?.key === key) return;
      this.colouring = { key, map, colours: colors.table(this.spec.maps[cmap], invert), holes: false };
      this.bar();
      this.element.dispatchEvent(new CustomEvent("h5nuvola:colours", { bubbles: true }));
    }

    // --- drawing

    // Draws at once with other limits, while a handle of the histogram is dragged.
    drag(limits) {
      this.recolour(limits);
      const area = this.area();
      if (area) this.draw(area, this.visible(area));
    }

    draw(area, seen) {
      const ratio = window.devicePixelRatio || 1;
      const width = Math.round(area.width * ratio), height = Math.round(area.height * ratio);
      if (this.canvas.width !== width || this.canvas.height !== height) {
        this.canvas.width = width;
        this.canvas.height = height;
      }
      const style = `left:${area.left}px;top:${area.top}px;width:${area.width}px;height:${area.height}px`;
      if (this.canvas.getAttribute("style") !== style) this.canvas.setAttribute("style", style);
      const context = this.canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      if (!seen || !this.drawn || !this.colouring) return;
      const lines = this.lines(area, ratio), [rows, columns] = this.spec.shape;
      const box = (u0, u1, v0, v1) => {
        const ends = (line, one, other) => [line[0] * one + line[1], line[0] * other + line[1]].sort((a, b) => a - b).map(Math.round);
        const [left, right] = ends(lines.x, u0, u1), [top, bottom] = ends(lines.y, v0, v1);
        return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
      };
      context.save();
      context.beginPath();
      context.rect(...box(0, columns, 0, rows));  // the last block of a level may reach beyond the picture
      context.clip();
      const level = this.level(area, seen);
      const { selection, reduce } = this.drawn;
      const exactly = this.cover(selection, level, seen).map((one) => this.tiles.get(this.tiles.key({ ...one, reduce })));
      const list = exactly.every(Boolean) ? exactly : this.tiles.of(selection, reduce).filter((tile) => tile.ly + tile.lx >= level.y + level.x - 2);
      this.painted = 0;
      for (const tile of list) this.blit(context, tile, lines, seen, box);
      context.restore();
      if (this.complete && this.drawn.selection === this.selection) {
        this.complete = false;
        const cost = { level, ms: performance.now() - this.started, bytes: list.reduce((sum, tile) => sum + tile.values.byteLength, 0) };
        cost.fetched = this.tiles.received - this.before;
        this.cost = cost;
        this.element.dispatchEvent(
          new CustomEvent("h5nuvola:drawn", { bubbles: true, detail: { selection, limits: this.limits, ...cost } }),
        );
      }
    }

    blit(context, tile, lines, seen, box) {
      const by = 2 ** tile.ly, bx = 2 ** tile.lx;
      const left = tile.column * TILE * bx, top = tile.row * TILE * by;
      // The part of the tile that is seen, in its own pixels: a zoomed tile would else be drawn far beyond the screen.
      const c0 = clamp(Math.floor((seen.x[0] - left) / bx), 0, tile.width), c1 = clamp(Math.ceil((seen.x[1] - left) / bx), 0, tile.width);
      const r0 = clamp(Math.floor((seen.y[0] - top) / by), 0, tile.height), r1 = clamp(Math.ceil((seen.y[1] - top) / by), 0, tile.height);
      if (c1 <= c0 || r1 <= r0) return;
      this.colour(tile);
      const place = box(left + c0 * bx, left + c1 * bx, top + r0 * by, top + r1 * by);
      context.save();
      // Reversed axes: the box is the same, the pixels run the other way.
      const flipX = lines.x[0] < 0, flipY = lines.y[0] < 0;
      if (flipX || flipY) {
        context.translate(flipX ? 2 * place[0] + place[2] : 0, flipY ? 2 * place[1] + place[3] : 0);
        context.scale(flipX ? -1 : 1, flipY ? -1 : 1);
      }
      if (tile.holes || tile.depth === 4) {
        context.fillStyle = this.hatching(context);
        context.fillRect(...place);
      }
      context.imageSmoothingEnabled = Math.min(Math.abs(lines.x[0]) * bx, Math.abs(lines.y[0]) * by) < 1;
      context.drawImage(tile.bitmap, c0, r0, c1 - c0, r1 - r0, ...place);
      context.restore();
    }

    colour(tile) {
      if (tile.painted === this.colouring.key) return;
      if (!tile.bitmap) {
        tile.bitmap = document.createElement("canvas");
        tile.bitmap.width = tile.width;
        tile.bitmap.height = tile.height;
        tile.image = new ImageData(tile.width, tile.height);
        tile.pixels = new Uint32Array(tile.image.data.buffer);
      }
      tile.holes = this.depth()
        ? h5nuvola.colors.paintChannels(tile.values, tile.depth, this.brightness, tile.pixels)
        : h5nuvola.colors.paint(tile.values, this.colouring, tile.pixels);
      tile.bitmap.getContext("2d").putImageData(tile.image, 0, 0);
      tile.painted = this.colouring.key;
      this.painted++;
    }

    // What stands where a value is no number.
    hatching(context) {
      const style = getComputedStyle(document.documentElement);
      const colours = ["--sunk", "--ctl"].map((name) => style.getPropertyValue(name).trim() || "#888");
      if (this.hatched?.key !== colours.join()) {
        const small = document.createElement("canvas");
        small.width = small.height = 8;
        const pen = small.getContext("2d");
        pen.fillStyle = colours[0];
        pen.fillRect(0, 0, 8, 8);
        pen.strokeStyle = colours[1];
        pen.lineWidth = 1;
        for (const shift of [-8, 0, 8]) {
          pen.moveTo(shift, 8);
          pen.lineTo(shift + 8, 0);
        }
        pen.stroke();
        this.hatched = { key: colours.join(), pattern: context.createPattern(small, "repeat") };
      }
      return this.hatched.pattern;
    }

    // The colour bar is plotly's, so that it stands in exports too; its ends are 0 and 1 and its ticks say the values.
    bar() {
      clearTimeout(this.barTimer);
      if (this.depth()) return;
      this.barTimer = setTimeout(() => {
        const graph = this.graph();
        if (!graph || !this.colouring || !window.Plotly) return;
        const { map, colours } = this.colouring, colors = h5nuvola.colors;
        const stops = Array.from({ length: 65 }, (_, index) => {
          const pixel = colours[Math.round((index * 255) / 64)];
          return [index / 64, `rgb(${pixel & 255},${(pixel >> 8) & 255},${(pixel >> 16) & 255})`];
        });
        const { margin, height, xaxis, yaxis } = graph._fullLayout;
        const [low, high] = yaxis.domain, beside = (high - low) * (height - margin.t - margin.b) > 140;
        const values = colors.ticks(map, narrow(graph) ? 4 : 7), kind = { lin: "", log: ", log", sqrt: ", √" }[map.scale];
        const name = escaped(this.spec.units || this.spec.label);
        window.Plotly.restyle(graph, {
          "marker.colorscale": [stops],
          "marker.reversescale": false,
          "marker.colorbar.tickvals": [values.map(map.position)],
          "marker.colorbar.ticktext": [values.map((value) => colors.short(value))],
          "marker.colorbar.title.text": narrow(graph) ? "" : `${name}${kind}`,
          "marker.colorbar.x": xaxis.domain[1],
          "marker.colorbar.y": beside ? (low + high) / 2 : 0.5,
          "marker.colorbar.len": beside ? high - low : 1,
          "marker.colorbar.xpad": narrow(graph) ? 8 : 20,
        }, [0]);
      }, 40);
    }

    say(problem) {
      const text = problem ? `${problem.title}\n${problem.message}\n${problem.advice || ""}` : "";
      if (this.said === text) return;
      this.said = text;
      this.note.replaceChildren();
      this.note.classList.toggle("problem", Boolean(problem));
      if (!problem) return;
      for (const [name, words] of [["strong", problem.title], ["p", problem.message], ["p", problem.advice]]) {
        if (!words) continue;
        const line = document.createElement(name);
        line.textContent = words;
        this.note.append(line);
      }
    }

    // --- moving about

    window() {
      const area = this.area();
      return area && [area.x0, area.x1, area.y0, area.y1];
    }

    move(ends) {
      const graph = this.graph();
      if (graph) window.Plotly.relayout(graph, { "xaxis.range": [ends[0], ends[1]], "yaxis.range": [ends[2], ends[3]] });
    }

    reset() {
      this.move(this.spec.extent);
    }

    // Keeps the point at the parts `across` and `up` of the window where it is.
    zoom(factor, across = 0.5, up = 0.5) {
      const [x0, x1, y0, y1] = this.window();
      const x = x0 + (x1 - x0) * across, y = y0 + (y1 - y0) * up;
      this.move([x + (x0 - x) * factor, x + (x1 - x) * factor, y + (y0 - y) * factor, y + (y1 - y) * factor]);
    }

    pan(across, up) {
      const [x0, x1, y0, y1] = this.window(), dx = (x1 - x0) * across, dy = (y1 - y0) * up;
      this.move([x0 + dx, x1 + dx, y0 + dy, y1 + dy]);
    }
  }

  // On a phone the picture needs the room of the titles.
  const narrow = (graph) => graph.clientWidth < 560;
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  // The id of another part of the same app: "image--canvas", "readout" → "image--readout".
  const id = (element, name) => (element.id.includes("--") ? `${element.id.split("--")[0]}--${name}` : name);

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
        pictures.set(element, new Picture(element));
        h5nuvola.controls?.attach(pictures.get(element));
      }
    }
  }

  let asked = 0;
  new MutationObserver(() => {
    asked = asked || requestAnimationFrame(() => {
      asked = 0;
      attach();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("h5nuvola:theme", () => pictures.forEach((picture) => picture.wake()));
  document.addEventListener("DOMContentLoaded", attach);

  h5nuvola.canvas = {
    of: (element) => pictures.get(element),
    id,
    beside: (element, name) => document.getElementById(id(element, name)),
  };
})();
