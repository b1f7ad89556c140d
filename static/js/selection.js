// Selection in a list: header box, ranges, all of the filter. It outlives swaps while the filter stays the same.
"use strict";
(() => {
  const chosen = new Set();
  let everything = false;
  let filter = null;
  let anchor = null;

  const list = () => document.querySelector("[data-list]");
  const boxes = () => [...document.querySelectorAll("[data-list] input[name='selected'][type='checkbox']")];
  const form = () => document.querySelector("form[data-bulk]");
  const total = () => Number(list()?.dataset.total || boxes().length);
  const plus = () => (list()?.hasAttribute("data-capped") ? "+" : "");
  const fill = (name, values) => (document.body.getAttribute(`data-t-${name}`) || "").replace(/%\((\w+)\)s/g, (_, key) => Number(values[key]).toLocaleString("en-US") + (key === "total" ? plus() : ""));

  // Rows of other pages have no box here, so the form carries them as hidden fields.
  const carry = (bulk) => {
    bulk.querySelectorAll("[data-carried]").forEach((field) => field.remove());
    if (everything) return;
    const here = new Set(boxes().map((box) => box.value));
    for (const value of chosen) {
      if (here.has(value)) continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "selected", value });
      field.dataset.carried = "";
      bulk.append(field);
    }
  };

  const showHeader = (all) => {
    const header = document.querySelector("[data-check-page]");
    if (!header) return;
    const ticked = all.filter((box) => box.checked).length;
    header.checked = ticked > 0 && ticked === all.length;
    header.indeterminate = ticked > 0 && ticked < all.length;
  };

  const showBulk = (all) => {
    const bulk = form();
    if (!bulk) return;
    const size = everything ? total() : chosen.size;
    bulk.classList.toggle("is-open", size > 0);
    const field = bulk.querySelector("[data-select-all]");
    if (field) field.disabled = !everything;
    const words = bulk.querySelector("[data-bulk-count]");
    const said = size === 0 ? "" : fill(everything ? "all-selected" : "selected", { count: size, total: total() });
    if (words && words.textContent !== said) {
      words.textContent = said;
      window.backoffice.say(said);
    }
    const more = bulk.querySelector("[data-select-matching]");
    if (more) {
      more.hidden = everything || total() <= chosen.size || !all.length || !all.every((box) => box.checked);
      more.textContent = fill("select-all", { total: total() });
    }
    carry(bulk);
  };

  const render = () => {
    const all = boxes();
    all.forEach((box) => {
      box.checked = everything || chosen.has(box.value);
      box.closest("[data-row]")?.classList.toggle("is-selected", box.checked);
    });
    showHeader(all);
    showBulk(all);
  };

  const set = (box, on) => {
    if (everything && !on) leaveEverything();
    if (on) chosen.add(box.value);
    else chosen.delete(box.value);
  };
  const leaveEverything = () => {
    everything = false;
    boxes().forEach((box) => chosen.add(box.value));
  };
  const clear = () => {
    chosen.clear();
    everything = false;
    render();
  };
  const toPage = (on) => {
    boxes().forEach((box) => set(box, on));
    render();
  };
  const toRange = (box, on) => {
    const all = boxes();
    const ends = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
    all.slice(ends[0], ends[1] + 1).filter((one) => one.offsetParent !== null).forEach((one) => set(one, on));
    getSelection()?.removeAllRanges();
    render();
  };
  const matching = () => {
    everything = total() > 0;
    render();
  };

  window.backoffice = {
    ...(window.backoffice || {}),
    selection: {
      size: () => (everything ? total() : chosen.size),
      hasPage: () => boxes().length > 0 && boxes().every((box) => box.checked),
      set: (row, on) => {
        const box = row.querySelector("input[name='selected']");
        if (box) { set(box, on); anchor = box; render(); }
      },
      toggle: (row) => {
        const box = row.querySelector("input[name='selected']");
        if (box) { set(box, !box.checked); anchor = box; render(); }
      },
      toPage, matching, clear,
    },
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[name='selected'][type='checkbox']");
    if (box?.closest("[data-list]")) {
      if (event.shiftKey && anchor?.isConnected) toRange(box, box.checked);
      else { set(box, box.checked); render(); }
      anchor = box;
    }
    const header = event.target.closest("[data-check-page]");
    if (header) toPage(header.checked);
    if (event.target.closest("[data-select-matching]")) matching();
    if (event.target.closest("[data-select-none]")) clear();
  });

  const refresh = () => {
    const now = list()?.dataset.filter ?? null;
    if (now !== filter) {
      chosen.clear();
      everything = false;
      filter = now;
    }
    if (list()) render();
  };
  // The answer to a bulk act: what was selected has been dealt with.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, target, shouldSwap, isError } = event.detail;
    if (shouldSwap && !isError && requestConfig.verb !== "get" && target?.matches?.("[data-list]")) clear();
  });
  document.addEventListener("selection-done", clear);
  document.addEventListener("htmx:afterSettle", refresh);
  document.addEventListener("DOMContentLoaded", refresh);
})();
