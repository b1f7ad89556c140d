// Jobs in the top bar: overall progress, and a toast when one ends, also on the page that comes after. Of one that failed
// the bell tells: it is asked at once.
"use strict";
(() => {
  const KEY = "active-jobs"; // numbers only
  const ACTIVE = new Set(["queued", "running"]);

  const remembered = () => { try { return new Set(JSON.parse(sessionStorage.getItem(KEY) || "[]")); } catch { return new Set(); } };
  const remember = (ids) => { try { sessionStorage.setItem(KEY, JSON.stringify(ids)); } catch { /* private mode: no toast after a page change */ } };

  const announce = (job) => {
    if (job.dataset.state === "failed") {
      window.htmx.trigger(document.body, "alerts-changed");
      return;
    }
    const name = job.querySelector("strong")?.textContent.trim() || "";
    const state = job.querySelector(".badge")?.textContent.trim() || "";
    const link = job.querySelector("a[href]");
    const words = job.dataset.toast || [name, state].filter(Boolean).join(": ");
    window.backoffice.toast({ text: words, level: job.dataset.state === "done" ? "success" : "info", link: link?.getAttribute("href"), linkText: link?.textContent.trim() });
  };

  const showProgress = (body) => {
    const bar = document.querySelector("[data-job-progress]");
    if (!bar) return;
    const parts = [...body.querySelectorAll("progress[value]")];
    bar.hidden = !parts.length;
    bar.max = parts.reduce((sum, part) => sum + part.max, 0) || 1;
    bar.value = parts.reduce((sum, part) => sum + part.value, 0);
  };

  const refresh = () => {
    const body = document.getElementById("job-drawer-body");
    if (!body || body.querySelector(".skeleton")) return;
    const before = remembered();
    const jobs = [...body.querySelectorAll("[data-job]")];
    jobs.filter((job) => before.has(job.dataset.job) && !ACTIVE.has(job.dataset.state)).forEach(announce);
    remember(jobs.filter((job) => ACTIVE.has(job.dataset.state)).map((job) => job.dataset.job));
    showProgress(body);
  };

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "job-drawer-body" || event.target.closest?.("#job-drawer-body, #job-indicator")) refresh();
  });
})();
