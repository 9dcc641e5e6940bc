// The header and the keys: where you are, copy a link, the dialog of keys, Ctrl+K, and the sheet of the phone.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const KEYS = {
    find: [["Ctrl K"], "Find a file by a few letters"],
    tree: [["t"], "Go to the structure"],
    filter: [["f"], "Find a dataset in this file"],
    move: [["↑", "↓"], "Move in a list or tree"],
    sides: [["←", "→"], "Close or open a group"],
    all: [["*"], "Open all groups beside this one"],
    ends: [["Home", "End"], "First and last row"],
    letters: [["a", "…", "z"], "In the tree: go to a name"],
    open: [["Enter"], "Open"],
    tab: [["Ctrl Enter"], "Open in a new tab"],
    pin: [["Space"], "Pin a file of the folder list"],
    up: [["Backspace"], "One folder up"],
    theme: [["d"], "Light or dark"],
    help: [["?"], "All keys"],
  };
  h5nuvola.keyTable = (names = Object.keys(KEYS)) => h5nuvola.el("dl", { class: "key-table" }, names.map((name) => {
    const [keys, words] = KEYS[name];
    return h5nuvola.el("div", {}, h5nuvola.el("dt", {}, words), h5nuvola.el("dd", {}, keys.map((key) => h5nuvola.el("kbd", {}, key))));
  }));

  function showKeys() {
    const { el, icon } = h5nuvola;
    if (document.querySelector("dialog.keys-dialog")) return;
    const dialog = el("dialog", { class: "keys-dialog", "aria-labelledby": "keys-title" },
      el("div", { class: "dialog-head" }, el("h2", { id: "keys-title" }, "Keys"), el("button", { type: "button", class: "tool", "aria-label": "Close", title: "Close (Esc)", onclick: () => dialog.close() }, icon("x"))),
      h5nuvola.keyTable());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  }

  function crumbs() {
    const { el } = h5nuvola;
    const place = document.getElementById("crumbs");
    if (!place) return;
    const { page, s, f } = h5nuvola.address.here();
    if (page !== "view" || !s) { place.replaceChildren(); return; }
    const parts = f.split("/").filter(Boolean);
    const name = parts.pop();
    // More than two folders are folded into the last: names of files matter more than the way to them.
    const shown = parts.length > 2 ? [["…", parts.slice(0, -1)], [parts.at(-1), parts]] : parts.map((part, index) => [part, parts.slice(0, index + 1)]);
    const slash = () => el("span", { class: "slash", "aria-hidden": "true" }, "/");
    const links = [el("a", { href: h5nuvola.address.href("home", { s }), "data-nav": "" }, h5nuvola.visible(s))];
    for (const [text, way] of shown) links.push(slash(), el("a", { href: h5nuvola.address.href("home", { s, f: way.join("/") }), "data-nav": "", title: h5nuvola.visible(way.join(" / ")) }, h5nuvola.visible(text)));
    if (name) links.push(slash());
    const phone = matchMedia("(max-width: 700px)").matches;
    place.replaceChildren(
      ...(phone ? [el("span", { class: "path" }, h5nuvola.visible([s, ...parts].join(" / ")))] : links),
      name ? el("strong", { title: h5nuvola.visible(`${s} / ${f}`), "aria-current": "page" }, h5nuvola.visible(name)) : "");
  }

  function lastView() {
    const { page } = h5nuvola.address.here();
    const last = h5nuvola.kept?.recent()[0];
    for (const link of document.querySelectorAll('.pages [data-page="view"]')) {
      link.href = page !== "view" && last ? h5nuvola.address.href("view", { s: last.s, f: last.f, p: last.p }) : page === "view" ? location.href : h5nuvola.address.href("view");
    }
  }

  function follow() { crumbs(); lastView(); }
  document.addEventListener("h5nuvola:address", follow);
  h5nuvola.mount("#crumbs", follow);

  // The tab's title is the object's name. Dash writes its own after every navigation, sometimes later than we do.
  let title = "";
  document.addEventListener("h5nuvola:shown", (event) => {
    const { f, p } = event.detail;
    const name = (p && p !== "/" ? p : f || "").split("/").pop();
    title = name ? `${h5nuvola.visible(name)} · h5nuvola` : "";
    if (title) document.title = title;
  });
  document.addEventListener("h5nuvola:address", (event) => { if (event.detail.page !== "view") title = ""; });
  new MutationObserver(() => { if (title && document.title !== title) document.title = title; }).observe(document.head, { childList: true, subtree: true, characterData: true });

  // The sheet of the phone: low, middle, high.
  const root = document.documentElement;
  const sheet = (state) => { if (state) root.dataset.sheet = state; else delete root.dataset.sheet; };
  const next = { low: "", "": "high", high: "low" };

  document.addEventListener("click", (event) => {
    const at = event.target.closest?.("#open-search, #open-search-small, #phone-search, #copy-link, #open-keys, #sheet-grip, #browse");
    if (!at) return;
    if (at.id === "copy-link") h5nuvola.copy(location.href).then(() => h5nuvola.toast("Link copied"));
    else if (at.id === "open-keys") showKeys();
    else if (at.id === "sheet-grip") sheet(next[root.dataset.sheet || ""]);
    else if (at.id === "browse") {
      const last = h5nuvola.kept.recent()[0];
      if (h5nuvola.address.here().page === "view") sheet(root.dataset.sheet === "high" ? "" : "high");
      else if (last) h5nuvola.address.go(h5nuvola.address.href("view", { s: last.s, f: last.f, p: last.p }));
      else h5nuvola.address.go(h5nuvola.address.href("home"));
    } else h5nuvola.openSearch();
  });
  document.addEventListener("h5nuvola:address", () => { if (root.dataset.sheet === "high") sheet(""); });

  let drag = null;
  document.addEventListener("pointerdown", (event) => { if (event.target.closest?.("#sheet-grip")) drag = event.clientY; });
  document.addEventListener("pointerup", (event) => {
    if (drag === null) return;
    const moved = event.clientY - drag;
    drag = null;
    if (Math.abs(moved) < 24) return;
    const order = ["low", "", "high"];
    const now = order.indexOf(root.dataset.sheet || "");
    sheet(order[Math.max(0, Math.min(2, now + (moved < 0 ? 1 : -1)))]);
    window.addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true });
    setTimeout(() => window.dispatchEvent(new Event("resize")), 250);
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); h5nuvola.openSearch(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], [role=tree], [role=slider], [role=combobox], .ag-root-wrapper") && event.key !== "?") return;
    if (event.target.closest?.("input, textarea, [contenteditable]")) return;
    const runs = {
      "?": showKeys, "/": h5nuvola.openSearch, d: () => h5nuvola.theme.toggle(),
      t: () => document.querySelector(".tree-scroll")?.focus(), f: () => document.getElementById("tree-filter")?.focus(),
    };
    const run = Object.hasOwn(runs, event.key) ? runs[event.key] : null;
    if (run) { event.preventDefault(); run(); }
  });
})();
