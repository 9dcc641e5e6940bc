// Small tools for the other scripts. Data strings only ever become text nodes or attributes, never HTML.
//   el(tag, props, ...children)   icon(name, {size, tone, label})   mount(selector, start)   get(url) -> JSON or throws a problem
//   visible(text) shows what hides: for names taken from the address
//   highlight(text, positions)    size(bytes) count(n) ago(seconds) when(seconds)            ofNode(node) -> {icon, tone}
(() => {
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});

  function el(tag, props = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(props || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (key === "class") made.className = value;
      else if (key === "style") for (const [name, text] of Object.entries(value)) made.style.setProperty(name, text);
      else made.setAttribute(key, value === true ? "" : String(value));
    }
    made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  }

  function icon(name, { size = 18, tone = "", label = "" } = {}) {
    const made = el("span", { class: `icon icon-${name}${tone ? ` tone-${tone}` : ""}`, "aria-hidden": label ? null : "true" });
    if (size !== 18) made.style.setProperty("--size", `${size}px`);
    if (label) { made.setAttribute("role", "img"); made.setAttribute("aria-label", label); made.title = label; }
    return made;
  }

  // One observer starts every widget: Dash puts elements in and takes them out as it likes.
  const starters = [];
  const started = new WeakMap();
  function start(root) {
    for (const [selector, run] of starters) {
      const found = root.matches?.(selector) ? [root, ...root.querySelectorAll(selector)] : root.querySelectorAll(selector);
      for (const place of found) {
        const done = started.get(place) || started.set(place, new Set()).get(place);
        if (done.has(run)) continue;
        done.add(run);
        run(place);
      }
    }
  }
  function mount(selector, run) {
    starters.push([selector, run]);
    start(document);
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) start(node);
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Answers of /api; an error arrives as {code, id, title, message, advice, figures} and is thrown as it is.
  async function get(url, options = {}) {
    let answer;
    try {
      answer = await fetch(h5nuvola.address.base + url, { headers: { Accept: "application/json" }, ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw { code: "H5N-5000", id: "", title: "The server does not answer", message: "The connection was lost.", advice: "Check the network, then try again.", icon: "cloud-off" };
    }
    let body = null;
    try { body = await answer.json(); } catch (error) { if (error.name === "AbortError") throw error; }
    if (answer.ok && body) return body;
    throw body?.title ? body : {
      code: `HTTP ${answer.status}`, id: "", title: "The server could not answer", message: "It gave no reason.", advice: "Try again; if it stays so, quote this code.",
    };
  }

  function highlight(text, positions) {
    const marked = new Set(positions || []);
    const parts = [];
    let run = "";
    let on = false;
    let index = 0;  // positions count characters as Python does, not UTF-16 units
    for (const letter of text) {
      if (marked.has(index) !== on) {
        if (run) parts.push(on ? el("mark", {}, run) : run);
        run = "";
        on = !on;
      }
      run += letter;
      index += 1;
    }
    if (run) parts.push(on ? el("mark", {}, run) : run);
    return parts;
  }

  // As h5nuvola/model.py:visible: control, bidi and zero-width characters shown as marks. For every name that comes from the address.
  const INVISIBLE = /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;
  function visible(text) {
    return String(text).replace(INVISIBLE, (letter) => {
      const code = letter.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
    });
  }

  const THIN = "\u202f";
  function count(value) {
    return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  }
  // As h5nuvola/ui/formats.py writes sizes.
  function size(bytes) {
    if (!(bytes >= 0)) return "";
    let unit = 0;
    let value = bytes;
    while (unit < 6 && value >= (unit ? 999.5 : 1000)) { value /= 1000; unit += 1; }
    if (!unit) return `${value} bytes`;
    const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    const text = value.toFixed(digits);
    return `${digits ? text.replace(/\.?0+$/, "") : text} ${["", "kB", "MB", "GB", "TB", "PB", "EB"][unit]}`;
  }
  function ago(seconds) {
    const past = Date.now() / 1000 - seconds;
    if (past < 5) return "now";
    if (past < 60) return `${Math.round(past)} s ago`;
    if (past < 3600) return `${Math.round(past / 60)} min ago`;
    if (past < 86400) return `${Math.round(past / 3600)} h ago`;
    if (past < 172800) return "yesterday";
    return `${Math.round(past / 86400)} days ago`;
  }
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  function when(seconds) {
    if (!seconds) return "";
    const date = new Date(seconds * 1000);
    const now = new Date();
    const time = `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
    if (date.toDateString() === now.toDateString()) return `today ${time}`;
    const day = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
    return date.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${date.getFullYear()}`;
  }

  // The look of a tree row: the server chose icon and tone (h5nuvola/ui/kinds.py); a problem goes before them.
  function ofNode(node) {
    if (node?.problem) return { icon: node.kind === "link" ? "unlink" : "alert-triangle", tone: "err" };
    return { icon: node?.icon || "file", tone: node?.tone || "scalar" };
  }
  const TONES = { folder: "folder", photo: "image", "stack-2": "image", "chart-line": "curve", table: "table" };
  const toneOf = (name) => TONES[name] || "scalar";

  // The picture of a file or dataset, invisible until it has come; gone when the server has none.
  function picture(query, none = () => {}) {
    const image = el("img", { alt: "", loading: "lazy", class: "coming", src: `${h5nuvola.address.base}api/thumb?${query}` });
    image.addEventListener("load", () => image.classList.remove("coming"));
    image.addEventListener("error", () => { image.remove(); none(); });
    return image;
  }
  // A thumbnail over a kind tile: without a picture the tile stays.
  function thumb(query, kind, { width = 36, height = 36, ok = true } = {}) {
    const tile = el("span", { class: "tile tile-line", style: { width: `${width}px`, height: `${height}px` } }, icon(kind.icon, { tone: kind.tone }));
    if (ok) {
      tile.append(picture(query));
    }
    return tile;
  }

  function debounce(run, wait) {
    let timer = 0;
    return (...args) => { clearTimeout(timer); timer = setTimeout(run, wait, ...args); };
  }
  function toast(text, name = "check") {
    const place = document.getElementById("toasts") || document.body;
    const made = el("div", { class: "toast" }, icon(name, { tone: "ok" }), text);
    place.append(made);
    setTimeout(() => made.remove(), 2500);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // no clipboard without https: the old way still works
      const area = el("textarea", { style: { position: "fixed", top: "0", opacity: "0" } });
      area.value = text;
      (document.querySelector("dialog[open]") || document.body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await copy(button.getAttribute("data-copy"));
    const word = button.querySelector("span:last-child");
    if (word && word.textContent === "Copy") { word.textContent = "Copied"; setTimeout(() => { word.textContent = "Copy"; }, 1500); }
    else toast("Copied");
  });

  Object.assign(h5nuvola, { el, icon, mount, get, highlight, count, size, ago, when, ofNode, picture, thumb, visible, debounce, toast, copy, toneOf });
})();
