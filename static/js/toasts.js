// Toasts: Django's messages on the page, the "toast" event of htmx answers, and toast(…) for other scripts.
"use strict";
(() => {
  const SHOWN_FOR = 10000;
  const region = () => document.getElementById("toasts");
  const text = (name) => document.body.getAttribute(`data-t-${name}`) || "";
  const say = (words) => {
    const live = document.getElementById("live");
    if (live) live.textContent = words;
  };

  const raise = () => {
    const box = region();
    if (!box?.showPopover) return;
    if (box.matches(":popover-open")) box.hidePopover();
    if (box.children.length) box.showPopover();
  };

  const drop = (card) => {
    card.remove();
    const box = region();
    if (box?.matches(":popover-open") && !box.children.length) box.hidePopover();
  };

  const expire = (card) => {
    let timer = setTimeout(() => drop(card), SHOWN_FOR);
    card.addEventListener("pointerenter", () => clearTimeout(timer));
    card.addEventListener("focusin", () => clearTimeout(timer));
    card.addEventListener("pointerleave", () => { timer = setTimeout(() => drop(card), SHOWN_FOR / 2); });
  };

  const add = (toast) => {
    const template = document.getElementById("toast-template");
    if (!template || !toast.text) return;
    const card = template.content.firstElementChild.cloneNode(true);
    card.className = `toast-card toast-${toast.level || "info"}`;
    card.querySelector(".toast-text").textContent = toast.text;
    const link = card.querySelector(".toast-link");
    link.hidden = !toast.link;
    if (toast.link) link.href = toast.link;
    if (toast.linkText) link.textContent = toast.linkText;
    const undo = card.querySelector("form");
    undo.hidden = !toast.undo;
    if (toast.undo) {
      undo.action = toast.undo;
      undo.setAttribute("hx-post", toast.undo);
    }
    region().querySelectorAll("[data-toast]").forEach((old, at, all) => { if (all.length - at > 2) old.remove(); });
    region().append(card);
    window.htmx?.process(card);
    raise();
    if (toast.level !== "error") expire(card);
  };

  window.backoffice = { ...(window.backoffice || {}), toast: add, say, text };

  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-toast]");
    if (card && event.target.closest("[data-toast-close]")) drop(card);
  });
  document.addEventListener("toast", (event) => (event.detail.toasts || [event.detail]).forEach(add));
  document.addEventListener("htmx:afterRequest", (event) => {
    const card = event.detail.elt?.closest?.("[data-toast]");
    if (card && event.detail.successful) drop(card);
  });

  const REFUSALS = { 401: "signed-out", 403: "not-allowed", 404: "not-found" };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const trigger = event.detail.xhr.getResponseHeader("HX-Trigger") || "";
    if (!trigger.includes('"toast"')) add({ text: text(REFUSALS[status] || "server-error"), level: "error" });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (!event.detail.elt?.closest("[hx-trigger*='every'], [hx-trigger*='load']")) add({ text: text("server-down"), level: "error" });
    });
  }
  // An expired session answers a part with the login page: go there instead of swapping it in.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const url = event.detail.xhr.responseURL || "";
    if (new URL(url || location.href, location.href).pathname.startsWith("/login/") && !location.pathname.startsWith("/login/")) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    raise();
    region()?.querySelectorAll("[data-toast]:not(.toast-error)").forEach(expire);
  });
})();
