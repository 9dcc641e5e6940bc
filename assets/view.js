/* The browser's half of the workbench page: view state written into the address, and the tab's title. */
(function () {
  "use strict";

  const spaces = (window.dash_clientside = window.dash_clientside || {});
  const none = () => window.dash_clientside.no_update;

  spaces.h5nuvola = Object.assign(spaces.h5nuvola || {}, {
    /* state(value…, states): every changed property goes to the address under its key; a default needs no place there. */
    state(...values) {
      const states = values[values.length - 1] || {};
      const changed = {};
      for (const { prop_id: prop, value } of spaces.callback_context.triggered) {
        if (states[prop]) {
          const text = value === null || value === undefined ? "" : String(value);
          changed[states[prop].key] = text === states[prop].default ? "" : text;
        }
      }
      if (Object.keys(changed).length) window.h5nuvola.address.set(changed);
      return none();
    },

    /* arrived(ref): the tab gets its title; an address that named no object ("whatever this file opens with") gets the one that opened. */
    arrived(ref) {
      const here = new URLSearchParams(location.search);
      if (ref && ref.p && !here.get("p") && here.get("f") === ref.f) {
        window.h5nuvola.address.set({ p: ref.p });
        document.dispatchEvent(new CustomEvent("h5nuvola:address", { detail: window.h5nuvola.address.here() }));
      }
      const name = ref && (ref.p && ref.p !== "/" ? ref.p.split("/").pop() : (ref.f || "").split("/").pop());
      // The tree marks what is shown, also when the address names only the file.
      document.dispatchEvent(new CustomEvent("h5nuvola:shown", { detail: ref || {} }));
      document.title = name ? `${name} · h5nuvola` : "h5nuvola";
      return none();
    },
  });
})();
