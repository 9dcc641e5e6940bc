// Cards for errors of fetch, with the look and order of h5nuvola/ui/cards.py.
//   h5nuvola.card(problem, {where, retry, actions}) -> element      problem: {code, id, title, message, advice, figures, icon?, tone?}
//   h5nuvola.empty({icon, title, sentence, facts: [[key, value]], advice, where, actions}) -> element
//   h5nuvola.keyValues(pairs) -> element      h5nuvola.skeleton(rows) -> element
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});

  // The icon and the tone of each error of h5nuvola/errors.py, by the first letters of its code.
  const LOOKS = [
    ["H5N-1400", "link-off", "warn"], ["H5N-1401", "link-off", "warn"], ["H5N-1422", "link-off", "warn"], ["H5N-1409", "refresh", "warn"], ["H5N-140", "file-unknown", "warn"],
    ["H5N-4107", "unlink", "err"], ["H5N-4033", "folder", "warn"], ["H5N-4", "lock", "warn"], ["H5N-2205", "file-alert", "warn"], ["H5N-2207", "file-alert", "warn"], ["H5N-2", "file-alert", "err"],
    ["H5N-33", "gauge", "warn"], ["H5N-5032", "clock", "warn"], ["H5N-5", "cloud-off", "err"], ["H5N-6", "plug-off", "err"],
  ];
  function look(code) {
    const found = LOOKS.find(([start]) => String(code || "").startsWith(start));
    return found ? { icon: found[1], tone: found[2] } : { icon: "alert-triangle", tone: "err" };
  }

  function keyValues(pairs) {
    const { el } = h5nuvola;
    return el("dl", { class: "kv" }, pairs.map(([key, value]) => el("div", {}, el("dt", {}, String(key)), el("dd", {}, value instanceof Node ? value : String(value)))));
  }

  function build({ icon, tone, title, where, body, actions, foot, role }) {
    const { el } = h5nuvola;
    return el("article", { class: `card card-${tone}`, role },
      el("header", { class: "card-head" }, el("span", { class: "tile" }, h5nuvola.icon(icon, { size: 20 })),
        el("div", {}, el("h3", {}, title), where ? el("div", { class: "card-where" }, where) : null)),
      el("div", { class: "card-body" }, body),
      actions?.length ? el("div", { class: "card-actions" }, actions) : null,
      foot ? el("footer", { class: "card-foot" }, el("span", {}, foot),
        el("button", { type: "button", class: "copy", "data-copy": foot }, h5nuvola.icon("copy", { size: 16 }), el("span", {}, "Copy"))) : null);
  }

  function card(problem, { where = "", retry = null, actions = [] } = {}) {
    const { el } = h5nuvola;
    const { icon, tone } = { ...look(problem.code), ...(problem.icon ? { icon: problem.icon } : {}), ...(problem.tone ? { tone: problem.tone } : {}) };
    const figures = Object.entries(problem.figures || {});
    const buttons = [...actions];
    if (retry) buttons.push(el("button", { type: "button", class: "btn", onclick: retry }, h5nuvola.icon("refresh", { size: 16 }), "Try again"));
    return build({
      icon, tone, where, actions: buttons, role: "alert", title: problem.title || "Something went wrong",
      body: [
        el("p", {}, problem.message || problem.sentence || ""), figures.length ? keyValues(figures) : null,
        problem.advice ? el("p", {}, problem.advice) : null,
      ],
      foot: [problem.code, problem.id].filter(Boolean).join(" · "),
    });
  }

  function empty({ icon = "inbox", title, sentence = "", facts = [], advice = "", where = "", actions = [] }) {
    const { el } = h5nuvola;
    return build({
      icon, tone: "acc", title, where, actions, role: "note",
      body: [sentence ? el("p", {}, sentence) : null, facts.length ? keyValues(facts) : null, advice ? el("p", {}, advice) : null],
    });
  }

  function skeleton(rows = 6, label = "Reading") {
    const { el } = h5nuvola;
    return el("div", { class: "skeleton skeleton-rows", role: "status", "aria-label": label }, Array.from({ length: rows }, () => el("div", { class: "bone bone-row" })));
  }

  Object.assign(h5nuvola, { card, empty, keyValues, skeleton, lookOf: look });
})();
