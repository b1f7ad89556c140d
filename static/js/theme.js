// Runs before the first paint: marks that scripts work, and folds the side bar as this browser last had it.
"use strict";
(() => {
  const root = document.documentElement;
  const KEY = "sidebar-folded";
  const isFolded = () => { try { return localStorage.getItem(KEY) === "1"; } catch { return false; } };
  const remember = (folded) => { try { localStorage.setItem(KEY, folded ? "1" : "0"); } catch { /* private mode: not remembered */ } };

  root.classList.add("js");
  root.classList.toggle("sidebar-folded", isFolded() || (innerWidth < 1024 && innerWidth >= 768));

  const showTheme = (theme) => {
    root.dataset.bsTheme = theme;
    document.querySelectorAll("[data-theme-choice]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme)));
    document.dispatchEvent(new CustomEvent("theme-changed"));
  };

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-sidebar-toggle]");
    if (toggle) {
      const folded = root.classList.toggle("sidebar-folded");
      toggle.setAttribute("aria-pressed", String(folded));
      remember(folded);
      window.dispatchEvent(new Event("resize"));
    }
  });

  // The theme changes at once; the form then tells the server without a new page.
  document.addEventListener("submit", (event) => {
    const choice = event.submitter?.dataset.themeChoice;
    if (!choice) return;
    event.preventDefault();
    const body = new FormData(event.target, event.submitter);
    showTheme(choice);
    fetch(event.target.action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
  });

  document.addEventListener("DOMContentLoaded", () => document.querySelector(".nav-item[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }));
  // Rows of tabs that are wider than a phone show the one that is open; the page itself does not scroll.
  const showOpenTabs = () => document.querySelectorAll(".tabs > [aria-current]").forEach((tab) => {
    const row = tab.parentElement;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });
  document.addEventListener("DOMContentLoaded", showOpenTabs);
  document.addEventListener("htmx:afterSettle", showOpenTabs);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("theme-changed")));
})();
