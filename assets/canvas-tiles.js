// Tiles of the tile canvas: fetched a few at a time, kept in memory within a bound, dropped when nobody waits for them any more.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const AT_ONCE = 6;
  const KEPT = 192 << 20;  // bytes of values and pixels
  const AGAIN = 2000;  // ms until a busy server is asked again
  const TYPES = {
    uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array, float64: Float64Array,
  };

  class Failure extends Error {
    constructor(status, answer) {
      super(answer.message || "The server did not answer.");
      this.status = status;
      this.title = answer.title || "This part could not be read";
      this.advice = answer.advice || "";
    }
  }

  async function json(response) {
    try {
      return await response.json();
    } catch {
      return {};
    }
  }

  function remote() {
    return !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  }

  class Tiles {
    // `changed(key)` is called after every tile that came or failed.
    constructor(spec, changed) {
      this.base = `${(h5nuvola.address && h5nuvola.address.base) || "/"}api/`;
      this.query = `${spec.ref}&rev=${encodeURIComponent(spec.revision)}`;
      this.channels = spec.channels;
      this.changed = changed;
      this.kept = new Map();
      this.bytes = 0;
      this.failed = new Map();
      this.waiting = [];
      this.running = new Map();
      this.received = 0;
    }

    key(one) {
      return `${one.selection} ${one.reduce} ${one.ly} ${one.lx} ${one.row} ${one.column}`;
    }

    get(key) {
      const tile = this.kept.get(key);
      if (tile) {
        this.kept.delete(key);
        this.kept.set(key, tile);
      }
      return tile;
    }

    // All tiles in memory of one selection, coarse ones first.
    of(selection, reduce) {
      const found = [];
      for (const tile of this.kept.values()) if (tile.selection === selection && tile.reduce === reduce) found.push(tile);
      return found.sort((one, other) => other.ly + other.lx - one.ly - one.lx);
    }

    // Says which tiles are needed now, the most needed first. Requests for others are dropped.
    want(list) {
      const keys = new Set(list.map((one) => one.key));
      for (const [key, abort] of this.running) if (!keys.has(key)) abort.abort();
      this.waiting = list.filter((one) => !this.kept.has(one.key) && !this.running.has(one.key) && !this.failed.has(one.key));
      this.start();
    }

    start() {
      while (this.running.size < AT_ONCE && this.waiting.length) this.fetch(this.waiting.shift());
    }

    async fetch(one) {
      const abort = new AbortController();
      this.running.set(one.key, abort);
      try {
        const tile = await this.load(one, abort.signal);
        this.keep(one.key, tile);
      } catch (error) {
        if (error.name !== "AbortError") {
          this.failed.set(one.key, error instanceof Failure ? error : new Failure(0, { message: "The server does not answer." }));
          if (error.status === 503) setTimeout(() => (this.failed.delete(one.key), this.changed(one.key)), AGAIN);
        }
      } finally {
        if (this.running.get(one.key) === abort) this.running.delete(one.key);
        this.start();
      }
      if (!abort.signal.aborted) this.changed(one.key);
    }

    async load(one, signal) {
      const channels = this.channels === null || this.channels === undefined ? "" : `&c=${this.channels}`;
      const place = `level=${one.ly}&levelx=${one.lx}&row=${one.row}&col=${one.column}`;
      const packed = remote() ? "&z=1" : "";
      const address = `${this.base}tile?${this.query}&i=${one.selection}${channels}&${place}&reduce=${one.reduce}${packed}`;
      const response = await fetch(address, { signal });
      if (!response.ok) throw new Failure(response.status, await json(response));
      const [height, width, depth = 1] = response.headers.get("X-Tile-Shape").split(",").map(Number);
      const values = new TYPES[response.headers.get("X-Tile-Type")](await response.arrayBuffer());
      if (values.length !== height * width * depth) throw new Failure(0, { message: "A part of the picture came incomplete." });
      this.received += values.byteLength;
      return { ...one, values, height, width, depth, exact: response.headers.get("X-Tile-Exact") === "1", channels: Boolean(channels) };
    }

    keep(key, tile) {
      this.kept.set(key, tile);
      this.bytes += tile.values.byteLength + tile.height * tile.width * 4;
      for (const [old, other] of this.kept) {
        if (this.bytes <= KEPT || old === key) break;
        this.kept.delete(old);
        this.bytes -= other.values.byteLength + other.height * other.width * 4;
      }
    }

    // The exact values at a place, as {text, value}.
    async value(selection, signal) {
      const response = await fetch(`${this.base}value?${this.query}&i=${selection}`, { signal });
      if (!response.ok) throw new Failure(response.status, await json(response));
      return response.json();
    }

    stop() {
      this.waiting = [];
      for (const abort of this.running.values()) abort.abort();
      this.changed = () => {};
    }
  }

  h5nuvola.Tiles = Tiles;
})();
