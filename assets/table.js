/* The browser's half of the table app: forget what was read, go to a row, copy a cell. */
(function () {
  "use strict";

  const spaces = (window.dash_clientside = window.dash_clientside || {});
  const none = () => window.dash_clientside.no_update;

  function grid(id) {
    return window.dash_ag_grid ? window.dash_ag_grid.getApiAsync(id) : Promise.reject(new Error("no grid"));
  }

  // When the page has just been opened the grid is there before its rows are.
  function show(api, index) {
    function there() {
      if (api.isDestroyed() || api.getDisplayedRowCount() <= index) return false;
      api.ensureIndexVisible(index, "top");
      api.setFocusedCell(index, "row");
      return true;
    }
    if (there()) return;
    const wait = () => there() && api.removeEventListener("modelUpdated", wait);
    api.addEventListener("modelUpdated", wait);
  }

  let asked = 0;

  spaces.h5nuvola_table = {
    // The first block came with the page, if it is still of what the controls say; all others are asked of the server.
    rows(request, ahead, first, digits, selection) {
      if (!request) return [none(), none(), none()];
      // A control that a dataset has no use for is not there.
      const same = ahead && Number(first || 0) === ahead.first && (digits || ahead.digits) === ahead.digits && selection === ahead.selection;
      if (same && request.startRow === 0) return [{ rowData: ahead.rowData, rowCount: ahead.rowCount }, none(), null];
      asked += 1;  // the same rows asked for again are another question
      return [none(), { startRow: request.startRow, endRow: request.endRow, asked: asked }, none()];
    },

    refresh(first, digits, selection, id) {
      grid(id).then((api) => api.purgeInfiniteCache()).catch(() => {});
      return none();
    },

    go(row, id) {
      const index = Math.floor(Number(row));
      const first = !spaces.callback_context.triggered.length;
      if (Number.isFinite(index) && index >= 0 && !(first && index === 0)) {
        grid(id).then((api) => show(api, index)).catch(() => {});
      }
      return none();
    },

    press(clicks, id) {
      return clicks ? grid(id).then((api) => ({ row: Math.max(api.getFirstDisplayedRowIndex(), 0), pressed: clicks })) : none();
    },

    cell(clicked) {
      if (!clicked) return "";
      return "row " + clicked.rowIndex + "   " + (clicked.value === null || clicked.value === undefined ? "" : String(clicked.value));
    },
  };

  // Ctrl+C on a cell copies it; a selection of text is the browser's own business.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "c" || !(event.ctrlKey || event.metaKey) || String(window.getSelection())) return;
    const cell = event.target.closest && event.target.closest(".h5n-grid .ag-cell");
    if (cell && navigator.clipboard) navigator.clipboard.writeText(cell.textContent);
  });
})();
