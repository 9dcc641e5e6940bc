// Plotly is by far the largest script, and a page without a plot comes without it. It is fetched and compiled while the
// page is idle, so that the first click on data does not wait for it. Not for those who asked their browser to save data.
(() => {
  "use strict";
  function ahead() {
    const url = window._dashPlotlyJSURL;  // where Dash would fetch it from itself
    if (!url || window.Plotly || navigator.connection?.saveData) return;
    if ([...document.scripts].some((script) => script.getAttribute("src") === url)) return;
    document.head.append(Object.assign(document.createElement("script"), { src: url, async: true }));
  }
  const idle = window.requestIdleCallback || ((call) => setTimeout(call, 300));
  // Dash draws its page after `load`: what it needs itself goes first.
  addEventListener("load", () => setTimeout(() => idle(ahead), 300));
})();
