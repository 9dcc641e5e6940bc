// What stands beside a search result or a selected file: picture, kinds, figures, main datasets, and the way in.
//   h5nuvola.preview(place, {s, f, p}, {onclose}) fills place; the last call wins.    h5nuvola.facts({s, f}) -> promise of /api/preview, remembered
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const known = new Map();

  function facts({ s, f, p }, key = "") {
    const query = h5nuvola.address.query({ s, f, p });
    const name = `${query} ${key}`;
    if (!known.has(name)) {
      if (known.size > 500) known.delete(known.keys().next().value);
      const asked = h5nuvola.get(`api/preview?${query}`);
      asked.catch(() => known.delete(name));
      known.set(name, asked);
    }
    return known.get(name);
  }

  function kinds(list) {
    return list.map(({ icon, word }) => h5nuvola.el("span", { class: "badge" }, h5nuvola.icon(icon, { size: 14, tone: h5nuvola.toneOf(icon) }), h5nuvola.el("span", {}, word)));
  }

  function pinButton(ref, title) {
    const { el, icon, kept } = h5nuvola;
    const button = el("button", { type: "button", class: "tool tool-line" });
    const show = () => {
      const on = kept.pinned(ref);
      button.replaceChildren(icon(on ? "pinned" : "pin"));
      button.setAttribute("aria-pressed", String(on));
      button.setAttribute("aria-label", on ? "Unpin" : "Pin to the home page");
      button.title = on ? "Unpin" : "Pin to the home page";
    };
    button.addEventListener("click", () => { kept.pin({ ...ref, title }); show(); });
    show();
    return button;
  }

  async function preview(place, ref, { onclose = null } = {}) {
    const { el, icon } = h5nuvola;
    const mine = (place.previewOf = {});
    const query = h5nuvola.address.query(ref);
    const name = h5nuvola.visible(ref.f.split("/").pop());
    const folder = h5nuvola.visible([ref.s, ...ref.f.split("/").slice(0, -1)].join(" / "));
    const href = h5nuvola.address.href("view", ref);
    const picture = el("a", { class: "preview-picture", href, "data-nav": "", "aria-label": `Open ${name}`, tabindex: "-1" }, icon("file-database", { size: 40, tone: "dim" }));
    picture.append(h5nuvola.picture(query, () => picture.classList.add("preview-bare")));
    const title = el("h2", { class: "preview-title" }, name);
    const path = el("div", { class: "preview-path" }, folder);
    const body = el("div", { class: "preview-body" }, h5nuvola.skeleton(4, "Reading the file"));
    const open = el("a", { class: "btn btn-filled", href, "data-nav": "" }, "Open in workbench");
    const foot = el("div", { class: "preview-foot" }, open, pinButton(ref, name),
      el("button", { type: "button", class: "tool tool-line", title: "Copy a link", "aria-label": "Copy a link", "data-copy": new URL(href, location.href).href }, icon("link")));
    place.replaceChildren(
      onclose ? el("button", { type: "button", class: "tool preview-close", "aria-label": "Close the preview", title: "Close (Esc)", onclick: onclose }, icon("x")) : "",
      picture, title, path, body, foot);
    let found;
    try {
      found = await facts(ref);
    } catch (problem) {
      if (place.previewOf !== mine) return;
      body.replaceChildren(h5nuvola.card(problem, { where: h5nuvola.visible(ref.f), retry: () => preview(place, ref, { onclose }) }));
      picture.classList.add("preview-bare");
      return;
    }
    if (place.previewOf !== mine) return;
    if (found.title) title.textContent = found.title;
    path.textContent = found.path && found.path !== "/" ? h5nuvola.visible(found.path) : folder;
    if (found.problem) { picture.hidden = true; body.replaceChildren(h5nuvola.card(found.problem, { where: h5nuvola.visible(ref.f) })); return; }
    body.replaceChildren(
      found.kinds.length ? el("div", { class: "badges" }, kinds(found.kinds)) : "",
      found.facts.length ? h5nuvola.keyValues(found.facts) : "",
      found.datasets.length ? el("div", { class: "section-head" }, el("h3", { class: "label" }, "Main datasets")) : "",
      el("div", { class: "preview-datasets" }, found.datasets.map((dataset) => el("a", { href: h5nuvola.address.base + dataset.href, "data-nav": "", title: h5nuvola.visible(dataset.path) },
        icon(dataset.icon, { tone: h5nuvola.toneOf(dataset.icon) }), el("span", { class: "cut" }, dataset.label.split("/").slice(-2).join("/")), el("span", { class: "tree-badge" }, dataset.shape)))));
  }

  Object.assign(h5nuvola, { preview, facts, kindBadges: kinds });
})();
