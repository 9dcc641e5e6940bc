// What a reader does with a tile canvas: pointer, keys, tools, touch, and its state in the address.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const DEBOUNCE = 60;  // ms the pointer rests before an exact value is asked for
  const NO_UPDATE = () => window.dash_clientside.no_update;
  const beside = (picture, name) => h5nuvola.canvas.beside(picture.element, name);

  // A property of a Dash component, from outside of React.
  function set(picture, name, properties) {
    window.dash_clientside?.set_props?.(h5nuvola.canvas.id(picture.element, name), properties);
  }

  function attach(picture) {
    const { element } = picture;
    element.addEventListener("pointermove", (event) => hover(picture, event));
    element.addEventListener("pointerdown", (event) => hover(picture, event));
    element.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave(picture));
    element.addEventListener("keydown", (event) => key(picture, event));
    element.addEventListener("touchstart", (event) => pinch(picture, event), { capture: true, passive: false });
    element.addEventListener("h5nuvola:drawn", () => drawn(picture));
    h5nuvola.histogram?.attach(picture);
  }

  // --- the value under the pointer

  function hover(picture, event) {
    picture.pointer = { x: event.clientX, y: event.clientY };
    const area = picture.axes.area();
    if (!area || !picture.drawn) return;
    const outer = picture.element.getBoundingClientRect();
    const left = event.clientX - outer.left - area.left, top = event.clientY - outer.top - area.top;
    const inside = left >= 0 && top >= 0 && left < area.width && top < area.height;
    const [u, v] = inside ? picture.axes.at(area, left, top) : [-1, -1];
    const [rows, columns] = picture.spec.shape;
    const column = Math.floor(u), row = Math.floor(v);
    if (!inside || column < 0 || row < 0 || column >= columns || row >= rows) return leave(picture);
    read(picture, row, column);
  }

  function leave(picture) {
    clearTimeout(picture.readTimer);
    picture.reading?.abort();
    picture.place = null;
    write(picture, null);
  }

  function read(picture, row, column) {
    const { selection } = picture.drawn, place = `${selection} ${row} ${column}`;
    if (picture.place === place) return;
    picture.place = place;
    clearTimeout(picture.readTimer);
    picture.reading?.abort();
    const known = (picture.exact = picture.exact || new Map()).get(place);
    const near = known ? null : loaded(picture, row, column);
    if (known || near?.exact) return write(picture, { row, column, text: known || near.text, exact: true });
    write(picture, { row, column, text: near ? near.text : "…", exact: false });
    picture.readTimer = setTimeout(async () => {
      picture.reading = new AbortController();
      try {
        const found = await picture.tiles.value(point(picture, selection, row, column), picture.reading.signal);
        if (picture.exact.size > 5000) picture.exact.clear();
        picture.exact.set(place, found.text);
        if (picture.place === place) write(picture, { row, column, text: found.text, exact: true });
      } catch (error) {
        if (error.name !== "AbortError" && picture.place === place) write(picture, { row, column, text: "not readable", exact: true });
      }
    }, DEBOUNCE);
  }

  // The value in the finest tile that is here, as text.
  function loaded(picture, row, column) {
    const tiles = picture.tiles.of(picture.drawn.selection, picture.drawn.reduce);
    for (const tile of tiles.reverse()) {
      const r = Math.floor(row / 2 ** tile.ly) - tile.row * 512, c = Math.floor(column / 2 ** tile.lx) - tile.column * 512;
      if (r < 0 || c < 0 || r >= tile.height || c >= tile.width) continue;
      const at = (r * tile.width + c) * tile.depth;
      const say = tile.values instanceof Float32Array ? single : String;
      return { text: Array.from(tile.values.subarray(at, at + tile.depth), say).join(" "), exact: tile.exact };
    }
    return null;
  }

  // A float32 in the fewest digits that read back to it.
  function single(value) {
    if (!Number.isFinite(value)) return String(value);
    for (let digits = 6; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(9)));
  }

  // The selection of one pixel.
  function point(picture, selection, row, column) {
    const parts = selection.split(",");
    parts[picture.spec.rows] = row;
    parts[picture.spec.columns] = column;
    return parts.join(",");
  }

  // A coordinate with the digits that one pixel is worth.
  function coordinate(axis, index) {
    if (!axis.known) return String(index);
    const value = axis.first + index * axis.step;
    const digits = Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(Math.abs(axis.step)))));
    const size = Math.abs(value);
    return size >= 1e7 || (size > 0 && size < 1e-4) ? value.toExponential(5) : value.toFixed(digits);
  }

  function write(picture, reading) {
    const place = beside(picture, "readout");
    if (!place) return;
    if (!reading) return place.replaceChildren();
    const part = (name, text) => {
      const made = document.createElement("span");
      made.className = name;
      made.textContent = text;
      return made;
    };
    const { x, y, units } = picture.spec;
    const say = (axis, index) => [part("axis", axis.name), " ", coordinate(axis, index), axis.units ? ` ${axis.units}` : "", " "];
    const mark = reading.exact ? "" : "≈ ";
    const value = part("value", `${mark}${grouped(reading.text)}${units ? ` ${units}` : ""}`);
    place.replaceChildren(...say(x, reading.column), ...say(y, reading.row), value);
  }

  const grouped = (text) => (/^-?\d+$/.test(text) ? h5nuvola.colors.grouped(text) : text);

  // --- keys, tools, touch

  function key(picture, event) {
    if (event.target !== picture.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.5 : 0.1;
    const act = {
      ArrowLeft: () => picture.axes.pan(-step, 0), ArrowRight: () => picture.axes.pan(step, 0),
      ArrowUp: () => picture.axes.pan(0, step), ArrowDown: () => picture.axes.pan(0, -step),
      "+": () => picture.axes.zoom(0.8), "=": () => picture.axes.zoom(0.8), "-": () => picture.axes.zoom(1.25), 0: () => picture.axes.reset(),
      PageUp: () => frames(picture, -1), PageDown: () => frames(picture, 1),
    }[event.key];
    if (!act || !picture.axes.area()) return;
    event.preventDefault();
    act();
  }

  function frames(picture, by) {
    const slicer = beside(picture, picture.spec.slicer);
    if (slicer) h5nuvola.slicer?.step(slicer, by);
  }

  document.addEventListener("click", (event) => {
    const tool = event.target.closest?.("[data-tool]");
    const element = tool && h5nuvola.canvas.beside(tool, "canvas");
    const picture = element && h5nuvola.canvas.of(element);
    if (!picture?.axes.graph()) return;
    const kind = tool.dataset.tool;
    if (kind === "reset") picture.axes.reset();
    if (kind === "png") h5nuvola.export.png(picture);
    if (kind === "pan" || kind === "zoom") {
      window.Plotly.relayout(picture.axes.graph(), { dragmode: kind });
      for (const name of ["pan", "zoom"]) set(picture, name, { "aria-pressed": String(name === kind) });
    }
  });

  // Two fingers zoom; plotly knows one only, so it is told that its drag has ended.
  function pinch(picture, event) {
    if (event.touches.length !== 2 || !picture.axes.area()) return;
    event.preventDefault();
    event.stopPropagation();
    document.dispatchEvent(new TouchEvent("touchend", { bubbles: true, changedTouches: [event.touches[0]] }));
    const area = picture.axes.area(), outer = picture.element.getBoundingClientRect();
    const fingers = (touches) => {
      const [one, other] = touches;
      return {
        gap: Math.max(10, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
        x: (one.clientX + other.clientX) / 2 - outer.left - area.left,
        y: (one.clientY + other.clientY) / 2 - outer.top - area.top,
      };
    };
    const start = fingers(event.touches);
    const held = {
      x: area.x0 + (start.x / area.width) * (area.x1 - area.x0), y: area.y1 + (start.y / area.height) * (area.y0 - area.y1),
    };
    let frame = 0;
    const move = (moved) => {
      if (moved.touches.length !== 2) return;
      moved.preventDefault();
      moved.stopPropagation();
      const now = fingers(moved.touches), factor = start.gap / now.gap;
      const width = (area.x1 - area.x0) * factor, height = (area.y0 - area.y1) * factor;
      const x0 = held.x - (now.x / area.width) * width, y1 = held.y - (now.y / area.height) * height;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => picture.axes.move([x0, x0 + width, y1 + height, y1]));
    };
    const end = () => {
      picture.element.removeEventListener("touchmove", move, true);
      picture.element.removeEventListener("touchend", end, true);
    };
    picture.element.addEventListener("touchmove", move, { capture: true, passive: false });
    picture.element.addEventListener("touchend", end, true);
  }

  // --- what is told: the cost, a text alternative, the address

  function drawn(picture) {
    const { spec, cost, limits, stats } = picture, short = h5nuvola.colors.short;
    const place = beside(picture, "cost");
    if (place) {
      const level = cost.level.x === cost.level.y ? `${cost.level.x}/${picture.last.x}` : `${cost.level.y}×${cost.level.x}/${picture.last.y}×${picture.last.x}`;
      const fetched = cost.fetched ? `${short(cost.fetched / 1e6, 2)} MB · ${Math.round(cost.ms)} ms` : "from memory";
      place.textContent = `level ${level} · ${fetched}`;
    }
    const values = stats && !picture.inColour ? ` Values ${short(stats.low)} to ${short(stats.high)}${spec.units ? ` ${spec.units}` : ""}, colours from ${short(limits[0])} to ${short(limits[1])}.` : "";
    const at = spec.ndim > 2 ? `, at ${picture.selection}` : "";
    picture.element.setAttribute("aria-label", `Picture of ${spec.path}, ${spec.shape[0]} rows of ${spec.shape[1]} pixels${at}.${values}`);
    if (picture.pointer && picture.place) {
      const { x, y } = picture.pointer;
      hover(picture, { clientX: x, clientY: y });
    }
  }

  // The window goes into the address, rounded to a tenth of a pixel; nothing when everything is shown.
  function view(picture) {
    clearTimeout(picture.viewTimer);
    picture.viewTimer = setTimeout(() => {
      const ends = picture.element.isConnected && picture.axes.window();
      if (!ends) return;
      const { x, y, extent } = picture.spec;
      const steps = [x.step, x.step, y.step, y.step].map(Math.abs);
      const whole = ends.every((end, index) => Math.abs(end - extent[index]) < steps[index] * 0.05);
      const rounded = ends.map((end, index) => {
        const digits = Math.max(0, Math.min(20, 1 - Math.floor(Math.log10(steps[index]))));
        return String(Number(end.toFixed(digits)));
      });
      const text = whole ? "" : rounded.join(",");
      if (text === picture.viewed) return;
      picture.viewed = text;
      set(picture, "window", { data: text });
      h5nuvola.address?.set({ view: text });
    }, 250);
  }

  document.addEventListener("h5nuvola:selection", (event) => {
    for (const element of document.getElementsByClassName("h5n-canvas")) {
      const picture = h5nuvola.canvas.of(element);
      if (picture && beside(picture, picture.spec.slicer) === event.target) picture.select(event.detail.selection, event.detail.ahead);
    }
  });

  // --- callbacks of the image app that need no server

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    h5nuvola_image: {
      range(mode, low, high, now) {
        const asked = window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);
        const typed = asked.some((id) => /range-(low|high)\.value$/.test(id));
        if (typed || mode === "fixed") {
          const numbers = [low, high].map((value) => (value === "" || value === null || value === undefined ? NaN : Number(value)));
          if (numbers.every(Number.isFinite) && numbers[0] < numbers[1]) return [numbers.join(","), "fixed"];
          return [NO_UPDATE(), NO_UPDATE()];
        }
        return mode === now ? [NO_UPDATE(), NO_UPDATE()] : [mode, NO_UPDATE()];
      },
      invert(clicks, now) {
        return now ? ["", "false"] : ["1", "true"];
      },
      display(cmap, scale, range, inverted, reduce) {
        return JSON.stringify({ cmap, scale, range, invert: Boolean(inverted), reduce });
      },
    },
  });

  h5nuvola.controls = { attach, view, set, beside };
})();
