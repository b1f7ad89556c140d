// A note was decided in the pane: when the list has been read again, the next one opens. The side bar counts anew.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-list] [data-row]")];
  let following = "";

  document.addEventListener("note-decided", (event) => {
    const all = rows();
    const place = all.findIndex((row) => row.dataset.order === event.detail.number);
    following = (place >= 0 && all[place + 1]?.dataset.order) || "";
    window.backoffice.pane?.expect(Boolean(following)); // a key pressed meanwhile is for the next one
    window.htmx.trigger(document.body, "counts-changed");
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!following || !event.target.closest?.("[data-list]")) return;
    const row = rows().find((one) => one.dataset.order === following);
    following = "";
    if (!row) window.backoffice.pane?.expect(false);
    if (window.backoffice.pane?.isOpen()) row?.querySelector("[data-row-link]")?.click();
  });
})();
