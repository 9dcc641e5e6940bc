/* The browser's half of the line app: which window is in sight, what lies under the cursor, reset and PNG. */
(function () {
  "use strict";

  const spaces = (window.dash_clientside = window.dash_clientside || {});
  const none = () => window.dash_clientside.no_update;

  function place(id) {
    const graph = document.getElementById(id);
    return graph && graph.querySelector(".js-plotly-plot");
  }

  // The fewest digits that give the same number of its type back.
  function exact(value, type) {
    if (typeof value !== "number") return String(value);
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : String(value);
    if (type === "f4") {
      for (let digits = 1; digits < 10; digits += 1) {
        const short = Number(value.toPrecision(digits));
        if (Math.fround(short) === Math.fround(value)) return String(short);
      }
    }
    return String(value);
  }

  // "low:high" of one axis after a move, "" for all, undefined when the move did not touch it. Log axes speak in exponents.
  function span(moved, name, axis) {
    if (moved[name + ".autorange"]) return "";
    const both = moved[name + ".range"] || [moved[name + ".range[0]"], moved[name + ".range[1]"]];
    if (both[0] === undefined || both[1] === undefined) return undefined;
    const ends = both.map((end) => (axis && axis.type === "log" ? Math.pow(10, end) : Number(end)));
    if (!ends.every(Number.isFinite)) return undefined;
    return Math.min(ends[0], ends[1]) + ":" + Math.max(ends[0], ends[1]);
  }

  spaces.h5nuvola_line = {
    window(moved, xr, yr, id) {
      const graph = place(id);
      const layout = (graph && graph._fullLayout) || {};
      const x = span(moved || {}, "xaxis", layout.xaxis);
      const y = span(moved || {}, "yaxis", layout.yaxis);
      return [x === undefined || x === xr ? none() : x, y === undefined || y === yr ? none() : y];
    },

    cursor(hover, id) {
      const point = hover && hover.points && hover.points.find((one) => one.curveNumber === 0);
      const graph = place(id);
      if (!point || !graph) return "";
      const trace = graph.data[0] || {};
      const meta = trace.meta || {};
      const value = point.customdata !== undefined ? String(point.customdata) : exact(point.y, meta.y);
      return "x " + exact(point.x, meta.x) + "   y " + value;
    },

    press(reset, png, id, ref) {
      const graph = place(id);
      const pressed = (spaces.callback_context.triggered[0] || {}).prop_id || "";
      if (!graph) return none();
      if (pressed.endsWith("reset.n_clicks")) {
        window.Plotly.relayout(graph, { "xaxis.autorange": true, "yaxis.autorange": true });
      } else if (pressed.endsWith("png.n_clicks")) {
        const name = ((ref && ref.p) || "line").split("/").pop().replace(/[^\w.-]+/g, "_") || "line";
        const back = getComputedStyle(document.documentElement).getPropertyValue("--body").trim() || "#ffffff";
        const layout = Object.assign({}, graph.layout, { paper_bgcolor: back, plot_bgcolor: back });
        window.Plotly.downloadImage(
          { data: graph.data, layout: layout },
          { format: "png", filename: name, width: graph.clientWidth, height: graph.clientHeight, scale: 2 }
        );
      }
      return none();
    },
  };
})();
