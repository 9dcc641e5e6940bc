// The strip that moves through a stack (h5nuvola/ui/slicer.py): one line a dimension with play, slider and number.
// Fires `h5nuvola:selection` (bubbling) on the `.slicer` with detail {selection, ahead}; `ahead` are the neighbours worth fetching.
// A little later the Store `<id>-selection` and `i` in the address follow.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const LATER = 150;  // ms until Dash and the address hear of it
  const BEAT = 100;  // ms between two frames that play
  const slicers = new Map();

  class Slicer {
    constructor(element) {
      this.element = element;
      this.rows = element.querySelector(".slicer-lines");
      this.build();
      new MutationObserver(() => this.build()).observe(element, { attributes: true, attributeFilter: ["data-slicer"] });
    }

    build() {
      this.stop();
      this.parts = this.element.dataset.selection.split(",");
      this.lines = JSON.parse(this.element.dataset.slicer).lines.map((line) => this.line(line));
      this.rows.replaceChildren(...this.lines.map((line) => line.row));
    }

    line({ axis, length, label }) {
      const made = (tag, name, properties) => Object.assign(document.createElement(tag), { className: name, ...properties });
      const row = made("div", "slicer-line");
      const at = Number(this.parts[axis]), last = length - 1;
      const title = made("span", "slicer-label", { textContent: label, title: label });
      const play = made("button", "tool slicer-play", { type: "button", title: `Play ${label}` });
      play.setAttribute("aria-label", `Play ${label}`);
      play.append(made("span", "icon icon-player-play"));
      const range = made("input", "slicer-range", { type: "range", min: 0, max: last, step: 1, value: at });
      range.setAttribute("aria-label", label);
      const number = made("input", "slicer-number", { type: "number", min: 0, max: last, step: 1, value: at, inputMode: "numeric" });
      number.setAttribute("aria-label", `${label}, number`);
      const count = made("span", "slicer-count", { textContent: `/ ${last}` });
      const line = { axis, last, row, play, range, number };
      range.addEventListener("input", () => this.go(line, Number(range.value)));
      number.addEventListener("change", () => this.go(line, Number(number.value)));
      play.addEventListener("click", () => (this.playing === line ? this.stop() : this.start(line)));
      row.append(title, play, range, number, count);
      this.mark(line, at);
      return line;
    }

    mark(line, at) {
      line.range.value = at;
      if (document.activeElement !== line.number || Number(line.number.value) !== at) line.number.value = at;
      line.range.style.setProperty("--part", line.last ? at / line.last : 0);
    }

    go(line, wanted) {
      const at = Math.max(0, Math.min(line.last, Math.round(wanted) || 0)), before = Number(this.parts[line.axis]);
      this.mark(line, at);
      if (at === before) return;
      this.parts[line.axis] = String(at);
      const selection = this.parts.join(","), towards = Math.sign(at - before);
      const ahead = [at + towards, at - towards].filter((one) => one >= 0 && one <= line.last);
      const detail = {
        selection,
        ahead: ahead.map((one) => this.parts.map((part, axis) => (axis === line.axis ? String(one) : part)).join(",")),
      };
      this.element.dispatchEvent(new CustomEvent("h5nuvola:selection", { bubbles: true, detail }));
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tell(selection), this.playing ? 5 * LATER : LATER);
    }

    tell(selection) {
      if (!this.element.isConnected) return;
      window.dash_clientside?.set_props?.(`${this.element.id}-selection`, { data: selection });
      h5nuvola.address?.set({ i: selection });
    }

    step(by) {
      const line = this.lines[this.lines.length - 1];
      if (line) this.go(line, Number(this.parts[line.axis]) + by);
    }

    // The next frame comes when this one is drawn, not before.
    start(line) {
      this.stop();
      this.playing = line;
      line.play.setAttribute("aria-pressed", "true");
      line.play.firstChild.className = "icon icon-player-pause";
      let due = 0;
      const next = () => {
        if (this.playing !== line || !this.element.isConnected) return;
        const at = Number(this.parts[line.axis]);
        due = performance.now() + BEAT;
        this.go(line, at < line.last ? at + 1 : 0);
        this.waiting = setTimeout(next, 2000);  // a frame that fails does not end the film
      };
      this.beat = () => {
        clearTimeout(this.waiting);
        this.waiting = setTimeout(next, Math.max(0, due - performance.now()));
      };
      document.addEventListener("h5nuvola:drawn", this.beat);
      next();
    }

    stop() {
      if (!this.playing) return;
      document.removeEventListener("h5nuvola:drawn", this.beat);
      clearTimeout(this.waiting);
      this.playing.play.setAttribute("aria-pressed", "false");
      this.playing.play.firstChild.className = "icon icon-player-play";
      this.playing = null;
    }
  }

  function attach() {
    for (const [element, slicer] of slicers) {
      if (!element.isConnected) {
        slicer.stop();
        slicers.delete(element);
      }
    }
    for (const element of document.getElementsByClassName("slicer")) {
      if (!slicers.has(element)) slicers.set(element, new Slicer(element));
    }
  }

  let asked = 0;
  new MutationObserver(() => {
    asked = asked || requestAnimationFrame(() => {
      asked = 0;
      attach();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", attach);

  h5nuvola.slicer = { step: (element, by) => slicers.get(element)?.step(by), of: (element) => slicers.get(element) };
})();
