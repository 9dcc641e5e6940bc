/* Every plot takes its colours from the style sheet, when it is first drawn and whenever the theme changes.
   The server sends the light template; here its colours are replaced, so that no theme needs a trip to the server. */
(function () {
  "use strict";

  const PLOTLY_DEFAULT = "#636efa";

  function token(style, name, otherwise) {
    return style.getPropertyValue("--" + name).trim() || otherwise;
  }

  function dark() {
    return document.documentElement.getAttribute("data-mantine-color-scheme") === "dark";
  }

  const SERIES = {
    false: ["#3b5bdb", "#0b8a61", "#9c36b5", "#b35c00", "#c2255c", "#0b7285", "#5b6472"],
    true: ["#91a7ff", "#3fc79a", "#d88bea", "#e5b045", "#ff9a9a", "#66d9e8", "#9aa4b2"],
  };

  function coloured(template) {
    const night = dark();
    const style = getComputedStyle(document.documentElement);
    const body = token(style, "body", night ? "#14171d" : "#ffffff");
    const line = token(style, "line", night ? "#262b35" : "#e6e9f0");
    const ctl = token(style, "ctl", night ? "#6b7484" : "#868f9e");
    const ink = token(style, "ink", night ? "#eceff4" : "#14171d");
    const ink2 = token(style, "ink2", night ? "#c6ccd6" : "#3f4753");
    const dim = token(style, "dim", night ? "#9aa4b2" : "#5b6472");
    const series = SERIES[night];
    const old = (template && template.layout) || {};

    function axis(from) {
      const before = from || {};
      return Object.assign({}, before, {
        gridcolor: line,
        linecolor: line,
        zerolinecolor: line,
        tickcolor: ctl,
        tickfont: Object.assign({}, before.tickfont, { color: dim }),
        title: Object.assign({}, before.title, { font: Object.assign({}, (before.title || {}).font, { color: ink2 }) }),
      });
    }
    const layout = Object.assign({}, old, {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: series,
      font: Object.assign({}, old.font, { color: ink2 }),
      xaxis: axis(old.xaxis),
      yaxis: axis(old.yaxis),
      hoverlabel: Object.assign({}, old.hoverlabel, {
        bgcolor: body,
        bordercolor: ctl,
        font: Object.assign({}, (old.hoverlabel || {}).font, { color: ink }),
      }),
      legend: Object.assign({}, old.legend, { font: Object.assign({}, (old.legend || {}).font, { color: ink2 }) }),
      newshape: Object.assign({}, old.newshape, { line: { color: series[0], width: 2 } }),
      activeselection: Object.assign({}, old.activeselection, { fillcolor: series[0] }),
    });
    return Object.assign({}, template, { layout: layout });
  }

  // A figure whose author chose a template of his own keeps it; ours and plotly's default follow the theme.
  function ours(template) {
    if (!template || typeof template !== "object" || !template.layout) return true;
    const way = template.layout.colorway;
    return !way || way[0] === PLOTLY_DEFAULT || way[0] === SERIES[false][0] || way[0] === SERIES[true][0];
  }

  function themed(figure) {
    if (!figure) return figure;
    const layout = figure.layout || {};
    return ours(layout.template)
      ? Object.assign({}, figure, { layout: Object.assign({}, layout, { template: coloured(layout.template) }) })
      : figure;
  }

  // Dash draws through Plotly.react alone and loads Plotly when the first graph appears.
  let plotly;
  function adopt(found) {
    plotly = found;
    if (!found || found.__h5nuvola) return;
    const react = found.react;
    found.react = function (place, data, layout, config) {
      return data && !Array.isArray(data)
        ? react.call(found, place, themed(data))
        : react.call(found, place, data, themed({ layout: layout }).layout, config);
    };
    found.__h5nuvola = true;
  }
  const early = window.Plotly;
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: function () {
      return plotly;
    },
    set: adopt,
  });
  if (early) adopt(early);

  let drawn = dark();
  function repaint() {
    if (!plotly || drawn === dark()) return;
    drawn = dark();
    document.querySelectorAll(".js-plotly-plot").forEach(function (place) {
      if (place.layout && ours(place.layout.template)) {
        plotly.relayout(place, { template: coloured(place.layout.template) });
      }
    });
  }
  new MutationObserver(repaint).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-mantine-color-scheme"],
  });
  document.addEventListener("h5nuvola:theme", repaint);
})();
