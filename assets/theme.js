// The theme: follows the system until the reader chooses. Runs in <head>, before anything is painted.
// Fires `h5nuvola:theme` on document with detail {theme: "light" | "dark"} so that plots can follow.
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  if (h5nuvola.theme) return;  // loaded in <head>, and again with the other assets
  const KEY = "mantine-color-scheme-value";  // the key that dmc reads too, so that both agree
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try { return localStorage.getItem(KEY); } catch { return null; }  // storage may be forbidden
  }
  function wanted() {
    const choice = stored();
    return choice === "light" || choice === "dark" ? choice : dark.matches ? "dark" : "light";
  }
  function apply() {
    const theme = wanted();
    if (root.getAttribute("data-mantine-color-scheme") !== theme) root.setAttribute("data-mantine-color-scheme", theme);
  }
  h5nuvola.theme = {
    get: () => root.getAttribute("data-mantine-color-scheme") || wanted(),
    set(theme) {
      try { localStorage.setItem(KEY, theme); } catch { /* the choice then lasts for this page */ }
      root.setAttribute("data-mantine-color-scheme", theme);
    },
    toggle: () => h5nuvola.theme.set(h5nuvola.theme.get() === "dark" ? "light" : "dark"),
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  new MutationObserver(() => {
    document.dispatchEvent(new CustomEvent("h5nuvola:theme", { detail: { theme: h5nuvola.theme.get() } }));
  }).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
  document.addEventListener("click", (event) => event.target.closest?.("#theme") && h5nuvola.theme.toggle());
})();
