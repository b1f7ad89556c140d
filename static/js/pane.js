// The pane beside a list: rows with data-pane-url open in it, the list stays where it is.
"use strict";
(() => {
  const NARROW = "(max-width: 1180px)";
  const pane = () => document.getElementById("pane");
  const body = () => document.getElementById("pane-body");
  let opener = null;
  let timer = 0;
  let asked = 0; // of which the newest is awaited
  let awaited = 0;
  let comingUntil = 0; // an answer that never comes is not awaited for ever

  const isOpen = () => Boolean(pane() && !pane().hidden);

  const isComing = () => {
    if (!isOpen() || comingUntil < Date.now()) return false;
    return Boolean(awaited || body().querySelector("#note-card:not([data-order])"));
  };
  const expect = (isExpected = true) => {
    asked += 1;
    awaited = isExpected ? asked : 0;
    comingUntil = Date.now() + 5000;
  };

  const load = (url, focus, number) => {
    const skeleton = document.getElementById("pane-skeleton");
    const wait = setTimeout(() => body().replaceChildren(skeleton.content.cloneNode(true)), 300);
    const done = () => {
      clearTimeout(wait);
      if (awaited === number) awaited = 0;
      document.dispatchEvent(new CustomEvent("pane-came"));
      if (!pane().querySelector(".pane-title")) return close(); // refused: a toast says why
      if (focus) pane().querySelector(".pane-title").focus();
      return undefined;
    };
    window.htmx.ajax("GET", url, { target: "#pane-body", swap: "innerHTML" }).then(done, done);
  };

  const show = (link, { focus = true } = {}) => {
    if (!pane() || matchMedia(NARROW).matches) return false;
    opener = link;
    pane().hidden = false;
    pane().closest(".list-page")?.classList.add("has-pane");
    expect();
    const number = awaited;
    clearTimeout(timer);
    timer = setTimeout(() => load(link.dataset.paneUrl, focus, number), focus ? 0 : 120);
    return true;
  };

  const close = () => {
    if (!isOpen()) return;
    pane().hidden = true;
    body().replaceChildren();
    pane().closest(".list-page")?.classList.remove("has-pane");
    if (opener) {
      const again = opener.isConnected ? opener : document.querySelector("[data-row].is-cursor [data-row-link]");
      again?.focus({ preventScroll: true });
    }
  };

  window.backoffice = { ...(window.backoffice || {}), pane: { isOpen, isComing, expect, show, close } };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-pane-close]")) close();
    const link = event.target.closest("[data-pane-url]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (show(link)) event.preventDefault();
  });

  // "list-changed" from an answer: read the list again where it stands.
  document.addEventListener("list-changed", () => {
    const list = document.querySelector("[data-list]");
    if (list) window.htmx.ajax("GET", list.dataset.reload || location.pathname + location.search, { target: list, swap: "outerHTML" });
  });
})();
