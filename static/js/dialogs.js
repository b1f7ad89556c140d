// Dialogs, drawers, menus (details), unfolding rows, acts that say why not, and the busy state after 300 ms.
"use strict";
(() => {
  const BUSY_AFTER = 300;
  const openers = new WeakMap();
  const fromPane = new WeakSet();

  const open = (dialog, opener) => {
    if (!dialog || dialog.open) return;
    const from = opener || document.activeElement;
    openers.set(dialog, from);
    if (from?.closest("#pane")) fromPane.add(dialog);
    dialog.showModal();
    const first = dialog.querySelector("[autofocus]") || dialog.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea)");
    if (first) first.focus();
    dialog.dispatchEvent(new CustomEvent("dialog-open"));
  };

  const giveBack = (dialog) => {
    const opener = openers.get(dialog);
    if (opener?.isConnected && opener.offsetParent !== null) opener.focus();
    else if (fromPane.has(dialog) && window.backoffice.pane.isOpen()) document.querySelector("#pane .pane-title")?.focus({ preventScroll: true });
    else document.querySelector("[data-row].is-cursor [data-row-link]")?.focus();
    if (dialog.closest("#dialog-slot")) dialog.remove();
  };

  const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  });

  window.backoffice = { ...(window.backoffice || {}), openDialog: open, closeMenus };

  document.addEventListener("close", (event) => { if (event.target.matches("dialog")) giveBack(event.target); }, true);
  document.addEventListener("cancel", (event) => { if (event.target.matches("dialog")) event.stopPropagation(); }, true);

  const unfold = (button) => {
    const part = document.getElementById(button.dataset.unfold);
    if (!part) return;
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    closeMenus(target);
    const opener = target.closest("[data-dialog-open]");
    if (opener) {
      const menu = opener.closest("details.menu");
      closeMenus(null);
      open(document.getElementById(opener.dataset.dialogOpen), menu?.querySelector("summary") || opener);
    }
    if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
    if (target.matches("dialog") && isOutside(target, event)) target.close();
    const unfolder = target.closest("[data-unfold]");
    if (unfolder) unfold(unfolder);
    const refused = target.closest("[aria-disabled='true'][data-reason]");
    if (refused) {
      event.preventDefault();
      refused.focus(); // a key pressed it: the reason shows beside what has the focus
      window.backoffice.say(document.getElementById(refused.getAttribute("aria-describedby"))?.textContent || "");
    }
  });

  // A menu that would leave the window opens to the other side.
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    const body = menu.matches?.("details.menu[open]") && menu.querySelector(":scope > .menu-body");
    if (!body) return;
    if (body.getBoundingClientRect().right > innerWidth - 4) menu.classList.add("menu-end");
    else if (body.getBoundingClientRect().left < 0) menu.classList.add("menu-start");
  }, true);

  const isOutside = (dialog, event) => {
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    return !inside && event.detail > 0;
  };

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu || event.isComposing) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.matches("input, select, textarea")) {
      const items = [...menu.querySelectorAll("summary, .menu-body :is(a, button, input)")].filter((item) => item.offsetParent);
      const next = items[items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      next?.focus();
      event.preventDefault();
    }
  });

  // A form inside a dialog has done its work: close.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig?.elt || event.detail.elt;
    const dialog = form?.closest?.("dialog") || submitterDialog(event);
    const isGet = event.detail.requestConfig?.verb === "get";
    if (dialog?.open && event.detail.successful && !isGet && !dialog.hasAttribute("data-keep-open")) dialog.close();
  });
  const submitterDialog = (event) => event.detail.requestConfig?.triggeringEvent?.submitter?.closest("dialog");

  document.addEventListener("htmx:load", (event) => {
    const dialog = event.detail.elt.matches?.("dialog[data-auto-open]") ? event.detail.elt : event.detail.elt.querySelector?.("dialog[data-auto-open]");
    open(dialog);
  });

  // Busy: nothing flickers when the answer comes at once.
  const waiting = new Map();
  const settle = (xhr) => {
    const { timer, target } = waiting.get(xhr) || {};
    clearTimeout(timer);
    waiting.delete(xhr);
    target?.removeAttribute("aria-busy");
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const target = event.detail.target;
    if (!target || target === document.body) return;
    waiting.set(event.detail.xhr, { target, timer: setTimeout(() => target.setAttribute("aria-busy", "true"), BUSY_AFTER) });
  });
  document.addEventListener("htmx:afterRequest", (event) => settle(event.detail.xhr)); // an answer may have chosen another target

  // The second click of a double click sends nothing; another act of the same form does.
  const sending = new Map();
  const sent = ({ elt, path, triggeringEvent }) => {
    const form = elt.closest("form");
    const submitter = triggeringEvent?.submitter;
    return `${path} ${form ? new URLSearchParams(new FormData(form, submitter?.form === form ? submitter : null)) : ""}`;
  };
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.verb !== "get" && [...sending.values()].includes(sent(event.detail))) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (requestConfig.verb !== "get") sending.set(xhr, sent(requestConfig));
  });
  document.addEventListener("htmx:afterRequest", (event) => sending.delete(event.detail.xhr));

  // A table that scrolls sideways must scroll by keyboard too.
  const reachTables = () => document.querySelectorAll(".table-wrap").forEach((wrap) => {
    if (wrap.scrollWidth > wrap.clientWidth + 1 && getComputedStyle(wrap).overflowX !== "visible") wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  });
  for (const name of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(name, reachTables);
  window.addEventListener("resize", reachTables);

  // Say what a list now holds.
  document.addEventListener("htmx:afterSettle", () => {
    const words = document.querySelector("[data-announce]:not([data-said])");
    if (!words) return;
    words.setAttribute("data-said", "");
    window.backoffice.say(words.textContent.trim());
  });
})();
