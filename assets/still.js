// Builds what h5nuvola/ui/still.py sent as data: [tag, attributes, child, …] in `data-still`, text as text nodes alone.
// React owns the element and its attribute; when it writes another one, the inside is built again before the next paint.
(() => {
  "use strict";
  const { el } = window.h5nuvola;
  const make = (part) => (typeof part === "string" ? part : el(part[0], part[1], ...part.slice(2).map(make)));

  function build(place) {
    const text = place.dataset.still;
    place.replaceChildren(...(text ? JSON.parse(text).map(make) : []));
  }
  function look(root) {
    if (root.dataset?.still !== undefined) build(root);
    root.querySelectorAll?.("[data-still]").forEach(build);
  }
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") build(change.target);
      else change.addedNodes.forEach(look);
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-still"] });
  look(document);
})();
