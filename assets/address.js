// The address: all state is in the query string. One way to go somewhere, one to write view state.
//   h5nuvola.address.base            the path prefix, ending in "/"
//   h5nuvola.address.here()          {page, s, f, p, query: URLSearchParams}
//   h5nuvola.address.href(page, {s, f, p, …})   an address in the app; empty values are left out
//   h5nuvola.address.go(href)        client-side navigation: Dash's pages follow
//   h5nuvola.address.set({key: value})          view state into the address, without drawing the page again; null or "" removes
// Fires `h5nuvola:address` on document after every navigation (not after set). Links with data-nav navigate this way on a plain click.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const base = document.querySelector('meta[name="h5nuvola-base"]')?.content || "/";

  function page() {
    const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : location.pathname.slice(1);
    return path.split("/")[0] || "home";
  }
  function here() {
    const query = new URLSearchParams(location.search);
    return { page: page(), s: query.get("s") || "", f: query.get("f") || "", p: query.get("p") || "/", query };
  }
  // encodeURIComponent throws on lone surrogates; toWellFormed makes them U+FFFD, which no file has, so the server says "not here".
  function encode(text) {
    const whole = String(text);
    return encodeURIComponent(whole.toWellFormed ? whole.toWellFormed() : whole).replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",");
  }
  function query(state) {
    return Object.entries(state)
      .filter(([key, value]) => value !== "" && value !== null && value !== undefined)
      .map(([key, value]) => `${encode(key)}=${encode(value)}`).join("&");
  }
  function href(where, state = {}) {
    const text = query(state);
    return base + (where === "home" ? "" : where) + (text ? `?${text}` : "");
  }
  function changed() {
    document.documentElement.dataset.page = page();
    document.dispatchEvent(new CustomEvent("h5nuvola:address", { detail: here() }));
  }
  function go(target) {
    const url = new URL(target, location.href);
    if (url.origin !== location.origin) { location.assign(url); return; }
    if (url.href !== location.href) history.pushState({}, "", url);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));  // what dcc.Link fires: dcc.Location reads the address again
  }
  function set(state) {
    const params = new URLSearchParams(location.search);
    const merged = { ...Object.fromEntries(params), ...state };
    const text = query(merged);
    history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : "") + location.hash);
  }

  document.documentElement.dataset.page = page();
  window.addEventListener("_dashprivate_pushstate", changed);
  window.addEventListener("popstate", changed);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[data-nav]");
    if (!link || link.target === "_blank") return;
    event.preventDefault();
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    go(link.href);
  });

  h5nuvola.address = { base, here, href, query, encode, go, set };
})();
