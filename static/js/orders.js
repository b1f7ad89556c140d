// The pane went on to the next order: the list's cursor follows. An undone order comes back under the cursor.
// Papers open in a page of their own; where the browser does not allow that, the toast has the link.
"use strict";
(() => {
  const rowOf = (number) => document.querySelector(`[data-list] [data-row][data-order="${CSS.escape(number)}"]`);
  let awaited = "";

  document.addEventListener("order-advanced", (event) => rowOf(event.detail.number)?.click());

  document.addEventListener("order-undone", (event) => {
    if (window.backoffice.pane?.isOpen()) awaited = event.detail.number;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.closest?.("[data-bulk]")) window.backoffice.closeMenus(null);
  });
  document.addEventListener("open-page", (event) => window.open(event.detail.url, "_blank"));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!awaited || !event.target.closest?.("[data-list]")) return;
    const row = rowOf(awaited);
    awaited = "";
    row?.querySelector("[data-row-link]")?.click();
  });
})();
