// The plotly axes over a tile canvas: where values lie on the screen, moving about, margins, and the colour bar.
// Edge coordinates count pixels from their outer edge: pixel i covers i to i + 1, its centre is the axis value first + i * step.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const NARROW = 560;  // CSS pixels: on a phone the picture needs the room of the titles
  const LOW_BAR = 140;  // CSS pixels: a colour bar lower than this has no room for its ticks
  const BAR_LATER = 40;  // ms; drawing the bar takes longer than colouring the picture

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  class Axes {
    // `moved(live)` is called when another part is seen; live while the pointer still moves.
    constructor(element, moved) {
      this.element = element;
      this.moved = moved;
    }

    read(spec) {
      this.spec = spec;
      this.forget();
    }

    forget() {
      this.small = this.placed = this.titles = this.ends = undefined;
    }

    graph() {
      const found = this.element.querySelector(".js-plotly-plot");
      if (!found || !found._fullLayout || !found._fullLayout.xaxis || !found.on) return null;
      if (found !== this.plot) {
        this.plot = found;
        this.forget();
        found.on("plotly_afterplot", () => this.changed(false));
        found.on("plotly_relayout", () => this.changed(false));
        found.on("plotly_relayouting", () => this.changed(true));
        found.on("plotly_doubleclick", () => this.reset());
        this.adapt();
      }
      return found;
    }

    changed(live) {
      const ends = String(this.window());
      this.adapt();
      this.moved(live, !live && ends !== this.ends && this.ends !== undefined);
      if (!live) this.ends = ends;
    }

    // --- where things lie

    // The plot area in CSS pixels from the element's corner, with the values at its edges.
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

    // Edge coordinates to pixels of the plot area, `ratio` to a CSS pixel: [factor, shift] of both axes.
    lines(area, ratio) {
      const { x, y } = this.spec;
      const across = (area.width * ratio) / (area.x1 - area.x0), down = (area.height * ratio) / (area.y0 - area.y1);
      return {
        x: [x.step * across, (x.first - x.step / 2 - area.x0) * across],
        y: [y.step * down, (y.first - y.step / 2 - area.y1) * down],
      };
    }

    // Edge coordinates of a point of the plot area, given in CSS pixels from its left top corner.
    at(area, left, top) {
      const lines = this.lines(area, 1);
      return [(left - lines.x[1]) / lines.x[0], (top - lines.y[1]) / lines.y[0]];
    }

    // What is seen, in edge coordinates cut to the picture; null when nothing of it is.
    visible(area) {
      const [rows, columns] = this.spec.shape;
      const [u0, v0] = this.at(area, 0, 0), [u1, v1] = this.at(area, area.width, area.height);
      const cut = (one, other, length) => [clamp(Math.min(one, other), 0, length), clamp(Math.max(one, other), 0, length)];
      const x = cut(u0, u1, columns), y = cut(v0, v1, rows);
      return x[1] > x[0] && y[1] > y[0] ? { x, y } : null;
    }

    // The values at the edges: left, right, bottom, top.
    window() {
      const area = this.area();
      return area && [area.x0, area.x1, area.y0, area.y1];
    }

    // --- moving about

    move(ends) {
      const graph = this.graph();
      if (graph) window.Plotly.relayout(graph, { "xaxis.range": [ends[0], ends[1]], "yaxis.range": [ends[2], ends[3]] });
    }

    reset() {
      this.move(this.spec.extent);
    }

    zoom(factor) {
      const [x0, x1, y0, y1] = this.window(), x = (x0 + x1) / 2, y = (y0 + y1) / 2;
      this.move([x + (x0 - x) * factor, x + (x1 - x) * factor, y + (y0 - y) * factor, y + (y1 - y) * factor]);
    }

    pan(across, up) {
      const [x0, x1, y0, y1] = this.window(), dx = (x1 - x0) * across, dy = (y1 - y0) * up;
      this.move([x0 + dx, x1 + dx, y0 + dy, y1 + dy]);
    }

    // --- what stands around the picture

    // Margins and titles for the width there is, and the colour bar as high as the picture.
    adapt() {
      const graph = this.plot, small = graph.clientWidth < NARROW, { xaxis, yaxis } = graph._fullLayout;
      if (small !== this.small) {
        this.titles = this.titles || [xaxis.title.text, yaxis.title.text];
        const before = this.small;
        this.small = small;
        const right = this.spec.channels !== null ? (small ? 12 : 24) : small ? 62 : 96;
        if (small || before !== undefined) {
          setTimeout(() => window.Plotly.relayout(graph, {
            margin: small ? { l: 36, r: right, t: 12, b: 28 } : { l: 64, r: right, t: 20, b: 52 },
            "xaxis.title.text": small ? "" : this.titles[0],
            "yaxis.title.text": small ? "" : this.titles[1],
          }), 0);
        }
      }
      const placed = [xaxis.domain[1], ...yaxis.domain].map((part) => part.toFixed(3)).join();
      if (placed !== this.placed) {
        this.placed = placed;
        this.bar();
      }
    }

    // The colour bar is plotly's, so that it stands in exports too; its ends are 0 and 1 and its ticks say the values.
    bar(colouring = this.colouring) {
      this.colouring = colouring;
      clearTimeout(this.later);
      if (this.spec.channels === null) this.later = setTimeout(() => this.drawBar(), BAR_LATER);
    }

    drawBar() {
      const graph = this.graph();
      if (!graph || !this.colouring || !this.element.isConnected) return;
      const { map, colours } = this.colouring, colors = h5nuvola.colors, small = this.small;
      const stops = Array.from({ length: 65 }, (_, index) => [index / 64, colors.css(colours[Math.round((index * 255) / 64)])]);
      const { margin, height, xaxis, yaxis } = graph._fullLayout;
      const [low, high] = yaxis.domain, fits = (high - low) * (height - margin.t - margin.b) > LOW_BAR;
      const values = colors.ticks(map, small ? 4 : 7), kind = { lin: "", log: ", log", sqrt: ", √" }[map.scale];
      window.Plotly.restyle(graph, {
        "marker.colorscale": [stops],
        "marker.reversescale": false,
        "marker.colorbar.tickvals": [values.map(map.position)],
        "marker.colorbar.ticktext": [colors.labels(values)],
        "marker.colorbar.title.text": small ? "" : `${escaped(this.spec.units || this.spec.label)}${kind}`,
        "marker.colorbar.x": xaxis.domain[1],
        "marker.colorbar.xpad": small ? 8 : 20,
        "marker.colorbar.y": fits ? (low + high) / 2 : 0.5,
        "marker.colorbar.len": fits ? high - low : 1,
      }, [0]);
    }
  }

  h5nuvola.Axes = Axes;
})();
