// The pane went on to the next order: the list's cursor follows. An undone order comes back under the cursor.
"use strict";
(() => {
  const rowOf = (number) => document.querySelector(`[data-list] [data-row][data-order="${CSS.escape(number)}"]`);
  let awaited = "";

  document.addEventListener("order-advanced", (event) => rowOf(event.detail.number)?.click());

  document.addEventListener("order-undone", (event) => {
    if (window.backoffice.pane?.isOpen()) awaited = event.detail.number;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!awaited || !event.target.closest?.("[data-list]")) return;
    const row = rowOf(awaited);
    awaited = "";
    row?.querySelector("[data-row-link]")?.click();
  });
})();
