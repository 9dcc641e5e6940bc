// The histogram beside a tile canvas: what is shown, in its colours, with a handle at each end of the range.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const BINS = 96, HEIGHT = 52, MARGIN = 0.06;
  const NAMES = ["Lowest value of the colours", "Highest value of the colours"];

  function attach(picture) {
    picture.element.addEventListener("h5nuvola:colours", () => draw(picture));
  }

  function build(picture, place) {
    place.replaceChildren();
    const bars = document.createElement("canvas");
    bars.setAttribute("aria-hidden", "true");
    const marks = document.createElement("div");
    marks.className = "marks";
    const track = document.createElement("div");
    track.className = "track";
    const filled = document.createElement("div");
    filled.className = "filled";
    track.append(filled);
    const handles = NAMES.map((name, end) => {
      const handle = document.createElement("div");
      handle.className = "handle";
      handle.tabIndex = 0;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-label", name);
      handle.addEventListener("pointerdown", (event) => grab(picture, event, end));
      handle.addEventListener("keydown", (event) => nudge(picture, event, end));
      track.append(handle);
      return handle;
    });
    place.append(bars, marks, track);
    picture.histogram = { place, bars, marks, track, filled, handles };
    new ResizeObserver(() => draw(picture)).observe(place);
    return picture.histogram;
  }

  // The stretch of values the histogram shows: the range, the bulk of the values and a margin.
  function stretch(picture) {
    const { stats, colouring } = picture, { map } = colouring;
    const inside = stats.sample.length ? [0.0005, 0.9995].map((part) => map.position(h5nuvola.colors.quantile(stats.sample, part))) : [];
    const ends = [0, 1, ...inside.filter((at) => Number.isFinite(at) && at > -3 && at < 4)];
    const low = Math.min(...ends), high = Math.max(...ends), margin = (high - low) * MARGIN;
    return [low - margin, high + margin];
  }

  function draw(picture) {
    const place = h5nuvola.controls.beside(picture, "histogram");
    if (!place || !picture.colouring) return;
    const parts = picture.histogram?.place === place && place.firstChild ? picture.histogram : build(picture, place);
    const { colouring, stats } = picture, colors = h5nuvola.colors, width = place.clientWidth;
    place.classList.toggle("empty", !stats || !stats.sample.length);
    if (!stats || !stats.sample.length || !width) return;
    if (!picture.dragging) picture.stretch = fresh(picture);
    const outer = picture.stretch, { map } = colouring;
    const counts = colors.histogram(stats, outer, BINS);
    const ratio = window.devicePixelRatio || 1, { bars } = parts;
    bars.width = Math.round(width * ratio);
    bars.height = Math.round(HEIGHT * ratio);
    const pen = bars.getContext("2d"), tallest = Math.log1p(Math.max(...counts, 1)), slot = bars.width / BINS;
    counts.forEach((count, bin) => {
      if (!count) return;
      const tall = Math.max(ratio, (Math.log1p(count) / tallest) * bars.height);
      const colour = colouring.colours[Math.max(0, Math.min(255, Math.floor(map.position(outer.value((bin + 0.5) / BINS)) * 256)))];
      pen.fillStyle = colors.css(colour);
      const left = Math.round(bin * slot);
      pen.fillRect(left, bars.height - tall, Math.round((bin + 1) * slot) - left, tall);
    });
    const at = map.limits.map((limit) => Math.max(0, Math.min(1, outer.position(limit))));
    parts.filled.style.left = `${at[0] * 100}%`;
    parts.filled.style.width = `${(at[1] - at[0]) * 100}%`;
    parts.handles.forEach((handle, end) => {
      handle.style.left = `${at[end] * 100}%`;
      handle.title = colors.short(map.limits[end]);
      handle.setAttribute("aria-valuenow", map.limits[end]);
      handle.setAttribute("aria-valuetext", `${colors.short(map.limits[end])} ${picture.spec.units}`);
      handle.setAttribute("aria-valuemin", outer.limits[0]);
      handle.setAttribute("aria-valuemax", outer.limits[1]);
    });
    const ticks = colors.ticks(outer, 4).filter((value) => outer.position(value) > 0.03 && outer.position(value) < 0.97);
    const kept = spaced(ticks, outer, width), texts = colors.labels(kept);
    parts.marks.replaceChildren(...kept.map((value, index) => {
      const mark = document.createElement("span");
      mark.style.left = `${outer.position(value) * 100}%`;
      mark.textContent = texts[index];
      return mark;
    }));
  }

  // Ticks that leave room for each other's text.
  function spaced(ticks, outer, width) {
    let last = -Infinity;
    return ticks.filter((value) => {
      const at = outer.position(value) * width;
      if (at - last < 44) return false;
      last = at;
      return true;
    });
  }

  function fresh(picture) {
    const { map } = picture.colouring, [low, high] = stretch(picture);
    return h5nuvola.colors.mapping(map.scale, [map.value(low), map.value(high)]);
  }

  // --- moving an end

  function limitsWith(picture, end, position) {
    const limits = [...picture.limits], outer = picture.stretch;
    const other = outer.position(limits[1 - end]);
    const at = end ? Math.max(position, other + 0.004) : Math.min(position, other - 0.004);
    limits[end] = outer.value(Math.max(0, Math.min(1, at)));
    return limits;
  }

  function grab(picture, event, end) {
    event.preventDefault();
    const { handles, track } = picture.histogram, handle = handles[end];
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    picture.dragging = true;
    let moved = false;
    const move = (now) => {
      const box = track.getBoundingClientRect();
      moved = true;
      picture.drag(limitsWith(picture, end, (now.clientX - box.left) / box.width));
      draw(picture);
    };
    const drop = () => {
      handle.removeEventListener("pointermove", move);
      picture.dragging = false;
      if (moved) fix(picture);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", drop, { once: true });
    handle.addEventListener("pointercancel", drop, { once: true });
  }

  function nudge(picture, event, end) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!by || !picture.stretch) return;
    event.preventDefault();
    picture.drag(limitsWith(picture, end, picture.stretch.position(picture.limits[end]) + by / 100));
    fix(picture);
  }

  // The range as it now is becomes the typed one, rounded to what a screen can tell apart.
  function fix(picture) {
    const span = picture.limits[1] - picture.limits[0];
    const digits = Math.max(0, Math.min(20, 3 - Math.floor(Math.log10(span))));
    const [low, high] = picture.limits.map((value) =>
      picture.display.scale === "log" ? Number(value.toPrecision(5)) : Number(value.toFixed(digits)),
    );
    h5nuvola.controls.set(picture, "range-low", { value: low });
    h5nuvola.controls.set(picture, "range-high", { value: high });
  }

  document.addEventListener("h5nuvola:theme", () => h5nuvola.canvas.each(draw));

  h5nuvola.histogram = { attach, draw };
})();
