// A tile canvas as a PNG: the picture as it is seen, with axes and colour bar.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const SCALE = 2;

  async function png(picture) {
    const graph = picture.axes.graph();
    const style = getComputedStyle(document.documentElement);
    const image = {
      source: picture.painter.canvas.toDataURL(), xref: "x domain", yref: "y domain", x: 0, y: 1, sizex: 1, sizey: 1,
      xanchor: "left", yanchor: "top", sizing: "stretch", layer: "below",
    };
    const layout = {
      ...graph.layout, images: [image], paper_bgcolor: style.getPropertyValue("--body").trim() || "#ffffff", autosize: false,
      width: graph._fullLayout.width, height: graph._fullLayout.height,
    };
    const figure = { data: graph.data, layout, config: { ...graph._context, staticPlot: true } };
    const address = await window.Plotly.toImage(figure, { format: "png", scale: SCALE, width: layout.width, height: layout.height });
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name(picture)}.png`;
    link.click();
    return address;
  }

  function name(picture) {
    const last = picture.spec.path.split("/").filter(Boolean).pop() || "picture";
    const at = picture.selection.split(",").filter((part) => part !== ":").join("-");
    return `${last}${at ? `-${at}` : ""}`.replace(/[^\p{L}\p{N}._-]+/gu, "_");
  }

  h5nuvola.export = { png };
})();
