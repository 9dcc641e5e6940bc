// The brush of the tile canvas: tiles into pixels of the screen, each pixel of the data where its axes say.
(() => {
  "use strict";
  const h5nuvola = (window.h5nuvola = window.h5nuvola || {});
  const TILE = 512;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  class Painter {
    constructor(canvas) {
      this.canvas = canvas;
    }

    // Lays the canvas under the plot area, cleared; its context.
    fit(area, ratio) {
      const width = Math.round(area.width * ratio), height = Math.round(area.height * ratio);
      if (this.canvas.width !== width || this.canvas.height !== height) {
        this.canvas.width = width;
        this.canvas.height = height;
      }
      const style = `left:${area.left}px;top:${area.top}px;width:${area.width}px;height:${area.height}px`;
      if (this.canvas.getAttribute("style") !== style) this.canvas.setAttribute("style", style);
      const context = this.canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      return context;
    }

    // Draws tiles one over the other. `lines` leads from edge coordinates to the canvas, `seen` is the visible window,
    // `shape` the whole picture, `colouring` says how values become colours.
    draw(context, tiles, { lines, seen, shape, colouring }) {
      const ends = ([factor, shift], one, other) => [factor * one + shift, factor * other + shift].sort((a, b) => a - b).map(Math.round);
      const box = (u0, u1, v0, v1) => {
        const [left, right] = ends(lines.x, u0, u1), [top, bottom] = ends(lines.y, v0, v1);
        return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
      };
      context.save();
      context.beginPath();
      context.rect(...box(0, shape[1], 0, shape[0]));  // the last block of a level may reach beyond the picture
      context.clip();
      for (const tile of tiles) this.blit(context, tile, lines, seen, box, colouring);
      context.restore();
    }

    blit(context, tile, lines, seen, box, colouring) {
      const by = 2 ** tile.ly, bx = 2 ** tile.lx, left = tile.column * TILE * bx, top = tile.row * TILE * by;
      // Only the part that is seen, in the tile's own pixels: all of a zoomed tile would reach far beyond the screen.
      const c0 = clamp(Math.floor((seen.x[0] - left) / bx), 0, tile.width), c1 = clamp(Math.ceil((seen.x[1] - left) / bx), 0, tile.width);
      const r0 = clamp(Math.floor((seen.y[0] - top) / by), 0, tile.height), r1 = clamp(Math.ceil((seen.y[1] - top) / by), 0, tile.height);
      if (c1 <= c0 || r1 <= r0) return;
      this.colour(tile, colouring);
      const place = box(left + c0 * bx, left + c1 * bx, top + r0 * by, top + r1 * by);
      context.save();
      if (tile.holes) {
        context.fillStyle = this.hatching(context);
        context.fillRect(...place);
      }
      // Reversed axes: the box is the same, the pixels run the other way.
      const flipX = lines.x[0] < 0, flipY = lines.y[0] < 0;
      if (flipX || flipY) {
        context.translate(flipX ? 2 * place[0] + place[2] : 0, flipY ? 2 * place[1] + place[3] : 0);
        context.scale(flipX ? -1 : 1, flipY ? -1 : 1);
      }
      const across = Math.abs(lines.x[0]) * bx, down = Math.abs(lines.y[0]) * by, part = [c0, r0, c1 - c0, r1 - r0];
      context.imageSmoothingEnabled = across < 1 && down < 1;
      if (across < 1 === down < 1) context.drawImage(tile.bitmap, ...part, ...place);
      else this.stretch(context, tile, part, place, across < 1);
      context.restore();
    }

    // Smaller one way and larger the other: first the smooth way, or large pixels would run into each other.
    stretch(context, tile, part, place, across) {
      const [width, height] = across ? [place[2], part[3]] : [part[2], place[3]];
      const between = document.createElement("canvas");
      between.width = width;
      between.height = height;
      between.getContext("2d").drawImage(tile.bitmap, ...part, 0, 0, width, height);
      context.drawImage(between, 0, 0, width, height, ...place);
    }

    colour(tile, colouring) {
      if (tile.painted === colouring.key) return;
      if (!tile.bitmap) {
        tile.bitmap = document.createElement("canvas");
        tile.bitmap.width = tile.width;
        tile.bitmap.height = tile.height;
      }
      const image = new ImageData(tile.width, tile.height), pixels = new Uint32Array(image.data.buffer);
      tile.holes = tile.channels
        ? h5nuvola.colors.paintChannels(tile.values, tile.depth, colouring.brightness, pixels)
        : h5nuvola.colors.paint(tile.values, colouring, pixels);
      tile.bitmap.getContext("2d").putImageData(image, 0, 0);
      tile.painted = colouring.key;
    }

    // What stands where a value is no number.
    hatching(context) {
      const style = getComputedStyle(document.documentElement);
      const [ground, line] = ["--sunk", "--ctl"].map((name) => style.getPropertyValue(name).trim() || "#888");
      if (this.hatched?.key !== ground + line) {
        const small = document.createElement("canvas");
        small.width = small.height = 8;
        const pen = small.getContext("2d");
        pen.fillStyle = ground;
        pen.fillRect(0, 0, 8, 8);
        pen.strokeStyle = line;
        for (const shift of [-8, 0, 8]) {
          pen.moveTo(shift, 8);
          pen.lineTo(shift + 8, 0);
        }
        pen.stroke();
        this.hatched = { key: ground + line, pattern: context.createPattern(small, "repeat") };
      }
      return this.hatched.pattern;
    }
  }

  h5nuvola.Painter = Painter;
})();
