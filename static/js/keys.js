// Keyboard: a cursor over [data-row], single-key acts declared by data-key, G then a letter by data-go.
"use strict";
(() => {
  const ours = () => window.backoffice;
  const rows = () => [...document.querySelectorAll("[data-list] [data-row]")].filter((row) => row.offsetParent !== null);
  const linkOf = (row) => row.querySelector("[data-row-link]");
  let current = null; // id of the cursor row
  let edge = null; // after the page turned: "first" or "last"
  let goUntil = 0;
  let pageAsked = 0;
  let kept = ""; // pressed before the pane had come; done when it has
  let decided = null; // id of the row that a single act of the list decides
  let undoable = null; // id of the row that was decided last

  const cursor = () => rows().find((row) => row.id === current) || null;

  const place = (row, { focus = true, follow = true } = {}) => {
    document.querySelectorAll("[data-row].is-cursor").forEach((old) => old.classList.remove("is-cursor"));
    current = row?.id || null;
    if (!row) return;
    row.classList.add("is-cursor");
    row.scrollIntoView({ block: "nearest" });
    if (focus && !ours().pane.isOpen()) linkOf(row)?.focus({ preventScroll: true });
    if (follow && ours().pane.isOpen() && linkOf(row)?.dataset.paneUrl) ours().pane.show(linkOf(row), { focus: false });
  };

  const turn = (forward) => {
    const url = document.querySelector("[data-list]")?.dataset[forward ? "next" : "previous"];
    const link = url && document.querySelector(`.pager a[rel="${forward ? "next" : "prev"}"]`);
    if (!link) return;
    edge = forward ? "first" : "last";
    link.click();
  };

  const move = (step) => {
    kept = "";
    const all = rows();
    if (!all.length) return null;
    const at = all.findIndex((row) => row.id === current);
    const next = at < 0 ? all[step > 0 ? 0 : all.length - 1] : all[at + step];
    if (next) place(next);
    else turn(step > 0);
    return next;
  };

  const extend = (step) => {
    if (cursor()) ours().selection.set(cursor(), true);
    const next = move(step);
    if (next) ours().selection.set(next, true);
  };

  const selectAll = () => {
    if (Date.now() - pageAsked < 4000 && ours().selection.hasPage()) {
      ours().selection.matching();
      pageAsked = 0;
      return;
    }
    ours().selection.toPage(true);
    pageAsked = Date.now();
    ours().say((document.body.dataset.tPageSelected || "").replace("%(total)s", document.querySelector("[data-list]").dataset.total || ""));
  };

  const escape = () => {
    if (document.querySelector("details.menu[open]")) ours().closeMenus(null);
    else if (ours().pane.isOpen()) ours().pane.close();
    else if (ours().selection.size()) ours().selection.clear();
    else return false;
    return true;
  };

  const openPane = () => {
    const link = cursor() && linkOf(cursor());
    if (!link || document.activeElement?.closest("a, button, summary") !== link && document.activeElement !== document.body && document.activeElement?.id !== "main") return false;
    link.click();
    return true;
  };

  const openFilters = () => {
    const panel = document.querySelector("[data-filter-panel]");
    if (!panel) return focusSearch();
    panel.open = true;
    panel.querySelector(".menu-body :is(input:not([type=hidden]), select)")?.focus();
    return true;
  };
  const focusSearch = () => {
    const search = document.getElementById("search");
    search?.focus();
    search?.select();
    return Boolean(search);
  };

  // Declared acts: the pane's first, then the bulk form's, the cursor row's own, then the page's.
  const declared = (key) => {
    const selector = `[data-key="${CSS.escape(key)}" i]`;
    const scopes = [ours().pane.isOpen() && document.getElementById("pane"), document.querySelector("form[data-bulk]"), cursor(), document];
    for (const scope of scopes) {
      const elsewhere = scope === document ? "[hidden], dialog:not([open]), [data-list] [data-row]" : "[hidden], dialog:not([open])";
      const found = scope ? [...scope.querySelectorAll(selector)].filter((element) => !element.closest(elsewhere)) : [];
      if (found.length) return found.at(key === "u" ? -1 : 0); // the newest toast is what is undone
    }
    return null;
  };

  const DECISIONS = new Set(["accept", "hold"]);
  const act = (key) => {
    if (/^[a-z0-9]$/.test(key) && key !== "u" && ours().pane.isComing()) {
      kept = key;
      return true;
    }
    const element = declared(key);
    if (!element) return false;
    if (element.form?.classList.contains("htmx-request")) {
      ours().toast({ text: ours().text("busy") });
      return true;
    }
    const bulk = element.closest("form[data-bulk]") || element.form?.matches("form[data-bulk]") && element.form;
    if (bulk && !ours().selection.size()) {
      if (!cursor()) return false;
      ours().selection.set(cursor(), true);
      decided = DECISIONS.has(element.dataset.action) ? current : null;
    }
    if (key === "u" && undoable) {
      const row = document.getElementById(undoable);
      if (row) place(row);
      else current = undoable; // it comes back
    }
    if (bulk || key === "u") undoable = null;
    element.click();
    return true;
  };

  const nameOf = (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isLetter = /^[a-z]$/.test(key);
    return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${event.shiftKey && (isLetter || key.length > 1) ? "shift+" : ""}${key}`;
  };

  const BUILT_IN = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    "shift+j": () => extend(1), "shift+ArrowDown": () => extend(1), "shift+k": () => extend(-1), "shift+ArrowUp": () => extend(-1),
    x: () => cursor() && ours().selection.toggle(cursor()),
    "ctrl+a": selectAll,
    Enter: openPane, Escape: escape, "/": focusSearch, f: openFilters,
    "?": () => ours().openDialog(document.getElementById("key-sheet")),
    g: () => { goUntil = Date.now() + 1500; },
  };
  const NEED_ROWS = new Set(["j", "k", "x", "ctrl+a", "ArrowDown", "ArrowUp", "shift+j", "shift+k", "shift+ArrowDown", "shift+ArrowUp", "Enter"]);

  const go = (key) => {
    goUntil = 0;
    const link = [...document.querySelectorAll("a[data-go]")].reverse().find((element) => element.dataset.go === key);
    if (link) location.assign(link.href);
    return Boolean(link);
  };

  const isTyping = (event) => event.isComposing || event.keyCode === 229 || event.altKey
    || event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");

  const handle = (event, name) => {
    if (goUntil > Date.now() && /^[a-z]$/.test(name)) return go(name);
    if (!(name in BUILT_IN)) return (!event.ctrlKey && !event.metaKey || name.includes("Enter")) && act(name);
    if (NEED_ROWS.has(name) && !document.querySelector("[data-list] [data-row]")) return name.length === 1 && act(name);
    return BUILT_IN[name]() !== false;
  };

  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (event.key === "Escape" && event.target.id === "search" && !event.isComposing) return event.target.blur();
    if (name === "ctrl+Enter" && event.target.matches?.("textarea") && event.target.form && !event.isComposing) return event.target.form.requestSubmit();
    if (event.defaultPrevented || isTyping(event)) return undefined;
    if (document.body.dataset.shortcuts === "off" && !["Escape", "Enter"].includes(event.key)) return undefined;
    if (event.target.closest?.("details.menu[open]") && event.key.startsWith("Arrow")) return undefined;
    if (handle(event, name)) event.preventDefault();
    return undefined;
  });

  const actKept = () => {
    if (!kept || ours().pane.isComing()) return;
    const key = kept;
    kept = "";
    if (ours().pane.isOpen()) act(key);
  };

  // The cursor follows the mouse and survives swaps; a row that left gives its place to the next one.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-list] [data-row]");
    if (row && event.isTrusted) kept = "";
    if (row) place(row, { focus: false, follow: false });
  });
  const keep = (row) => {
    row.classList.add("is-cursor");
    if (document.activeElement === document.body) linkOf(row)?.focus({ preventScroll: true }); // the swap took what had the focus
  };
  let before = [];
  document.addEventListener("htmx:beforeSwap", () => { before = rows().map((row) => row.id); });
  const follow = () => {
    if (edge) {
      place(edge === "first" ? rows()[0] : rows().at(-1));
      edge = null;
      return undefined;
    }
    if (!current) return undefined;
    const still = cursor();
    if (still && !isDecided) return keep(still);
    const after = new Set(rows().map((row) => row.id));
    const next = before.slice(before.indexOf(current) + 1).find((id) => after.has(id));
    isDecided = false;
    return place(document.getElementById(next) || still || rows().at(-1) || null);
  };
  // Done to the row under the cursor, as the answer says: the next one is due.
  let isDecided = false;
  document.addEventListener("selection-done", () => {
    if (decided && decided === current) isDecided = true;
    decided = null;
    if (!isDecided) return;
    undoable = current;
    follow();
  });
  document.addEventListener("htmx:afterSettle", () => {
    follow();
    actKept();
  });
  document.addEventListener("pane-came", actKept);

  // What the page declares goes onto the sheet.
  const line = (key, words) => {
    const div = document.createElement("div");
    const dt = document.createElement("dt");
    key.forEach((part) => {
      const kbd = document.createElement("kbd");
      kbd.textContent = part.length === 1 ? part.toUpperCase() : part[0].toUpperCase() + part.slice(1);
      dt.append(kbd, " ");
    });
    const dd = document.createElement("dd");
    dd.textContent = words;
    div.append(dt, dd);
    return div;
  };
  const wordsOf = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, .tab-count, .nav-count").forEach((part) => part.remove());
    return element.dataset.keyLabel || copy.textContent.trim();
  };
  const fillSheet = () => {
    const sheet = document.getElementById("key-sheet");
    if (!sheet) return;
    const put = (holder, title, lines) => {
      sheet.querySelector(holder).replaceChildren(...lines.values());
      sheet.querySelector(title).hidden = !lines.size;
    };
    const here = new Map();
    document.querySelectorAll("[data-key]").forEach((element) => here.set(element.dataset.key, line(element.dataset.key.split("+"), wordsOf(element))));
    const places = new Map();
    document.querySelectorAll("a[data-go]").forEach((element) => places.set(element.dataset.go, line(["G", element.dataset.go], wordsOf(element))));
    put("[data-keys-here]", "[data-keys-here-title]", here);
    put("[data-keys-go]", "[data-keys-go-title]", places);
  };
  document.getElementById("key-sheet")?.addEventListener("dialog-open", fillSheet);
})();
