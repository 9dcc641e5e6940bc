// Plotly is by far the largest script, and a page without a plot comes without it; the same holds for the grid of tables. They
// are fetched and compiled while the page is idle, so that the first click on data does not wait for them. Not for those who
// asked their browser to save data.
(() => {
  "use strict";
  const LATER = { "dash/dcc/dash_core_components": "async-graph.js", "dash_ag_grid/dash_ag_grid": "async-community.js" };
  const scripts = () => [...document.scripts].map((script) => script.getAttribute("src") || "");

  function fetched(url) {
    if (scripts().includes(url) || performance.getEntriesByName(new URL(url, location.href).href).length) return;
    document.head.append(Object.assign(document.createElement("script"), { src: url, async: true }));
  }
  function plotly() {
    const url = window._dashPlotlyJSURL;  // where Dash would fetch it from itself
    if (url && !window.Plotly) fetched(url);
  }
  // Beside the script of a component library lies the part of it that Dash fetches when such a component first appears.
  function parts() {
    for (const [library, part] of Object.entries(LATER)) {
      const found = scripts().find((src) => src.includes(`/${library}.`));
      if (found) fetched(found.slice(0, found.lastIndexOf("/") + 1) + part);
    }
  }
  const idle = window.requestIdleCallback || ((call) => setTimeout(call, 300));
  // Dash draws its page after `load`: what it needs itself goes first.
  addEventListener("load", () => setTimeout(() => {
    if (!navigator.connection?.saveData) idle(() => { plotly(); idle(parts); });
  }, 300));
})();
