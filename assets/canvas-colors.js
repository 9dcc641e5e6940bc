// Colours of the tile canvas: from values to pixels through look-up tables, and the statistics that choose their range.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const CLEAR = 0;  // what is no number shows the hatching behind the picture
  const SAMPLE = 1 << 16;  // values that percentiles and the histogram are taken from
  const LOW = 0.01, HIGH = 0.998;  // automatic range: a few hot or dead pixels do not decide

  // The 256 colours of a map from its short table in base64, as pixels in memory order (ABGR on little-endian machines).
  function table(packed, invert) {
    const stops = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const pieces = stops.length / 3 - 1;
    const colours = new Uint32Array(256);
    for (let index = 0; index < 256; index++) {
      const at = (index * pieces) / 255, piece = Math.min(pieces - 1, Math.floor(at)), part = at - piece;
      const mix = (channel) => Math.floor(stops[3 * piece + channel] * (1 - part) + stops[3 * piece + 3 + channel] * part + 0.5);
      colours[invert ? 255 - index : index] = (255 << 24) | (mix(2) << 16) | (mix(1) << 8) | mix(0);
    }
    return colours;
  }

  const FORWARD = { lin: (v) => v, log: (v) => Math.log(v), sqrt: (v) => Math.sign(v) * Math.sqrt(Math.abs(v)) };
  const BACK = { lin: (v) => v, log: (v) => Math.exp(v), sqrt: (v) => Math.sign(v) * v * v };

  // How values become positions 0…1 in a map. `limits` are values; of a log scale both are positive.
  function mapping(scale, limits) {
    const forward = FORWARD[scale] || FORWARD.lin, back = BACK[scale] || BACK.lin;
    const low = forward(limits[0]), span = forward(limits[1]) - low;
    return {
      scale, limits, low, span, forward,
      position: (value) => (scale === "log" && !(value > 0) ? (value === value ? -Infinity : NaN) : (forward(value) - low) / span),
      value: (position) => back(low + position * span),
    };
  }

  const wholes = new Map();  // look-up tables of small integers, for the colours in force
  function whole(colouring, first, count) {
    const key = `${colouring.key} ${first}`;
    let found = wholes.get(key);
    if (!found) {
      if (wholes.size > 3) wholes.clear();
      found = new Uint32Array(count);
      const { map, colours } = colouring;
      // Logarithms are slow: only for what lies between the limits.
      const from = Math.max(0, Math.min(count, Math.floor(map.limits[0]) - first));
      const to = Math.max(from, Math.min(count, Math.ceil(map.limits[1]) - first));
      found.fill(colours[0], 0, from).fill(colours[255], to);
      for (let index = from; index < to; index++) {
        const at = map.position(first + index) * 256;
        found[index] = colours[at >= 256 ? 255 : at > 0 ? at | 0 : 0];
      }
      wholes.set(key, found);
    }
    return found;
  }

  // Colours the values of a tile into `pixels` (Uint32Array); tells whether some are no numbers.
  function paint(values, colouring, pixels) {
    const count = pixels.length;
    if (values instanceof Uint8Array || values instanceof Uint16Array) {
      const look = whole(colouring, 0, values.BYTES_PER_ELEMENT === 1 ? 256 : 65536);
      for (let index = 0; index < count; index++) pixels[index] = look[values[index]];
      return false;
    }
    if (values instanceof Int16Array) {
      const look = whole(colouring, -32768, 65536);
      for (let index = 0; index < count; index++) pixels[index] = look[values[index] + 32768];
      return false;
    }
    const { map, colours } = colouring;
    const low = map.low, factor = 256 / map.span, scale = map.scale, forward = map.forward;
    let holes = false;
    for (let index = 0; index < count; index++) {
      const value = values[index];
      if (value !== value) {
        pixels[index] = CLEAR;
        holes = true;
        continue;
      }
      const moved = scale === "lin" ? value : scale === "log" ? (value > 0 ? Math.log(value) : -Infinity) : forward(value);
      const at = (moved - low) * factor;
      pixels[index] = colours[at >= 256 ? 255 : at > 0 ? at | 0 : 0];
    }
    return holes;
  }

  // Colours as stored. `top` is the value of full brightness.
  function paintChannels(values, channels, top, pixels) {
    const factor = 255 / top;
    const clip = (value) => Math.max(0, Math.min(255, Math.round(value * factor))) | 0;
    for (let index = 0, at = 0; index < pixels.length; index++, at += channels) {
      const alpha = channels === 4 ? clip(values[at + 3]) : 255;
      pixels[index] = (alpha << 24) | (clip(values[at + 2]) << 16) | (clip(values[at + 1]) << 8) | clip(values[at]);
    }
    return channels === 4;
  }

  // The value of full brightness for colour channels: by type, and for floats 1 unless they go beyond it.
  function brightest(arrays) {
    const first = arrays[0];
    if (first instanceof Uint8Array) return 255;
    if (first instanceof Uint16Array) return 65535;
    if (first instanceof Int16Array) return 255;
    let top = 0;
    for (const values of arrays) for (let index = 0; index < values.length; index++) if (values[index] > top) top = values[index];
    return top <= 1 ? 1 : top <= 255 ? 255 : top <= 65535 ? 65535 : top;
  }

  // Statistics of tiles: smallest and largest finite value, smallest positive one, a sorted sample, how many are no numbers.
  function statistics(arrays) {
    let total = 0, low = Infinity, high = -Infinity, positive = Infinity, bad = 0;
    for (const values of arrays) total += values.length;
    const stride = Math.max(1, Math.ceil(total / SAMPLE));
    const sample = new Float64Array(Math.ceil(total / stride) + arrays.length);
    let taken = 0;
    for (const values of arrays) {
      for (let index = 0; index < values.length; index++) {
        const value = values[index];
        if (value - value !== 0) {
          bad++;
          continue;
        }
        if (value < low) low = value;
        if (value > high) high = value;
        if (value > 0 && value < positive) positive = value;
        if (index % stride === 0) sample[taken++] = value;
      }
    }
    return { low, high, positive, bad, total, sample: sample.slice(0, taken).sort() };
  }

  function quantile(sample, part, from = 0) {
    return sample[Math.min(sample.length - 1, from + Math.floor((sample.length - from) * part))];
  }

  function above(sample, value) {  // index of the first value of a sorted sample that is greater
    let low = 0, high = sample.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sample[middle] > value) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  // The values at the ends of the colour map, for display settings {range, scale}; `centred` keeps zero in the middle.
  function limits(stats, display, centred) {
    const log = display.scale === "log";
    if (!stats || !(stats.high >= stats.low)) return log ? [1, 10] : [0, 1];
    let low, high;
    const typed = display.range.split(",");
    if (typed.length === 2) [low, high] = typed.map(Number);
    else if (display.range === "minmax") [low, high] = [stats.low, stats.high];
    else {
      const from = log ? above(stats.sample, 0) : 0;
      low = from < stats.sample.length ? quantile(stats.sample, LOW, from) : stats.low;
      high = from < stats.sample.length ? quantile(stats.sample, HIGH, from) : stats.high;
      if (!(high > low)) [low, high] = [stats.low, stats.high];
    }
    if (centred && typed.length !== 2 && !log && low < 0 && high > 0) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
    if (log) {
      if (!(low > 0)) low = stats.positive < Infinity ? Math.min(stats.positive, high > 0 ? high : Infinity) : 1;
      if (!(high > low)) high = low * 10;
    } else if (!(high > low)) {
      const half = Math.abs(low) * 0.05 || 0.5;
      [low, high] = [low - half, low + half];
    }
    return [low, high];
  }

  // Counts of the sample in even steps of a mapping whose positions 0…1 they span.
  function histogram(stats, map, bins) {
    const counts = new Float64Array(bins);
    for (const value of stats.sample) {
      const at = map.position(value) * bins;
      if (at >= 0 && at < bins) counts[at | 0]++;
      else if (at === bins) counts[bins - 1]++;
    }
    return counts;
  }

  // --- numbers for people

  const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  function short(value, digits = 4) {
    if (value !== value) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (value !== 0 && (size >= 1e6 || size < 1e-3)) {
      const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
      const raised = String(Math.abs(Number(exponent))).replace(/\d/g, (digit) => SUPER[digit]);
      const plain = mantissa.replace(/\.?0+$/, "").replace("-", "−");
      const ten = `10${Number(exponent) < 0 ? "⁻" : ""}${raised}`;
      return plain === "1" ? ten : plain === "−1" ? `−${ten}` : `${plain}×${ten}`;
    }
    const text = size >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
    return grouped(text).replace("-", "−");
  }
  // Thin groups of three before the point.
  function grouped(text) {
    const [before, after] = text.split(".");
    const parts = before.length > 4 ? before.replace(/(\d)(?=(\d{3})+$)/g, "$1\u202f") : before;
    return after === undefined ? parts : `${parts}.${after}`;
  }

  // Texts of several numbers with as many digits as it takes to tell them apart.
  function labels(values) {
    for (let digits = 3; digits < 15; digits++) {
      const texts = values.map((value) => short(value, digits));
      if (new Set(texts).size === texts.length) return texts;
    }
    return values.map(String);
  }

  const css = (pixel) => `rgb(${pixel & 255},${(pixel >> 8) & 255},${(pixel >> 16) & 255})`;

  // Values worth a tick between the limits of a mapping.
  function ticks(map, wanted = 7) {
    const [low, high] = map.limits;
    if (map.scale === "log") {
      const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
      if (last - first > 1) {
        const step = Math.ceil((last - first) / 9);
        const factors = last - first <= 3 ? [1, 2, 5] : [1];
        const found = [];
        for (let power = first; power <= last; power += step) for (const factor of factors) found.push(factor * 10 ** power);
        const inside = found.filter((value) => value >= low * 0.999999 && value <= high * 1.000001);
        if (inside.length >= 3) return inside;
      }
    }
    const rough = (high - low) / wanted, ten = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * ten).find((size) => size >= rough * 0.999);
    const found = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) found.push(Number((index * step).toPrecision(12)));
    return found;
  }

  h5nuvola.colors = { table, mapping, paint, paintChannels, brightest, statistics, limits, histogram, quantile, short, grouped, labels, ticks, css };
})();
