/* The least a page must do to paint what h5grove answers. It is told shapes and types beforehand, which a viewer would have to ask for. */
(() => {
  "use strict";
  const WIDE = 1200;  // bins of a line, as many as ours
  const SEEN = 800;  // pixels of the image on the screen, in both directions
  const stage = document.getElementById("stage");
  const address = (name, query) => `h5grove/${name}?${new URLSearchParams(query)}`;

  async function answer(name, query) {
    const response = await fetch(address(name, query));
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  }

  /* Least and greatest value of each bin, in their order: thinner than ours, which also keeps the ends of a bin. */
  function thin(values) {
    const x = [];
    const y = [];
    const step = values.length / WIDE;
    for (let bin = 0; bin < WIDE; bin += 1) {
      const end = Math.floor((bin + 1) * step);
      let low = Math.floor(bin * step);
      let high = low;
      for (let at = low + 1; at < end; at += 1) {
        if (values[at] < values[low]) low = at;
        else if (values[at] > values[high]) high = at;
      }
      for (const at of low < high ? [low, high] : [high, low]) { x.push(at); y.push(values[at]); }
    }
    return { x, y };
  }

  const paint = {
    async line(file, path) {
      const response = await answer("data", { file, path, format: "bin" });
      const { x, y } = thin(new Float32Array(await response.arrayBuffer()));
      await window.Plotly.newPlot(stage, [{ type: "scatter", mode: "lines", x, y, line: { width: 1.5 } }], {}, { displayModeBar: false });
    },

    /* Only the pixels that the screen can show are looked at: the nearest one of each block, no maximum, no mean. */
    async image(file, path) {
      const response = await answer("data", { file, path, format: "bin" });
      const values = new Uint16Array(await response.arrayBuffer());
      const side = Math.round(Math.sqrt(values.length));
      const seen = Math.min(SEEN, side);
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = seen;
      const picture = new ImageData(seen, seen);
      const pixels = new Uint32Array(picture.data.buffer);
      const colours = new Uint32Array(65536);
      for (let value = 0; value < 65536; value += 1) { const grey = Math.min(255, value); colours[value] = 0xff000000 | (grey << 16) | (grey << 8) | grey; }
      for (let row = 0; row < seen; row += 1) {
        const start = Math.floor((row * side) / seen) * side;
        for (let column = 0; column < seen; column += 1) pixels[row * seen + column] = colours[values[start + Math.floor((column * side) / seen)]];
      }
      canvas.getContext("2d").putImageData(picture, 0, 0);
      stage.append(canvas);
    },

    async table(file, path) {
      const response = await answer("data", { file, path, selection: "0:200" });
      const body = document.createElement("tbody");
      for (const row of await response.json()) {
        const line = document.createElement("tr");
        for (const value of row) line.append(Object.assign(document.createElement("td"), { textContent: value }));
        body.append(line);
      }
      const table = document.createElement("table");
      table.append(body);
      stage.append(table);
    },

    /* Names alone: h5grove lists them in a fraction of the time that it takes to say what they are. The first 40 are shown. */
    async many(file) {
      const response = await answer("paths", { file, path: "/" });
      const list = document.createElement("ul");
      for (const path of (await response.json()).slice(1, 41)) list.append(Object.assign(document.createElement("li"), { textContent: path }));
      stage.append(list);
    },

    async note(file, path) {
      const response = await answer("data", { file, path });
      stage.append(Object.assign(document.createElement("p"), { textContent: await response.text() }));
    },
  };

  function choose(kind, file, path) {
    window.Plotly.purge(stage);
    stage.replaceChildren();
    paint[kind](file, path).catch((problem) => { stage.textContent = `failed: ${problem.message}`; });
  }

  const choices = [["note", "benchmark.h5", "/note"], ["many", "many_0.h5", "/"], ["many", "many_1.h5", "/"]];
  for (const kind of ["line", "image", "table"]) for (const twin of [0, 1]) choices.push([kind, "benchmark.h5", `/${kind}_${twin}`]);
  for (const [kind, file, path] of choices) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `${file}${path}`, onclick: () => choose(kind, file, path) });
    document.getElementById("choices").append(button);
  }
})();
