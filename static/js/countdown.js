// Keeps <time data-countdown> going: the words and the tone change as the deadline comes nearer.
"use strict";
(() => {
  const EVERY = 30000;
  const HOUR = 3600000;
  const fill = (words, values) => words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const text = (name) => document.body.getAttribute(`data-t-${name}`) || "";

  const span = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60000);
    const hours = Math.floor(minutes / 60);
    if (hours >= 24) return fill(text("days"), { days: Math.floor(hours / 24), hours: hours % 24 });
    return `${hours}:${String(minutes % 60).padStart(2, "0")}`;
  };

  const tone = (left) => {
    if (left < 0) return "late";
    if (left < 4 * HOUR) return "soon";
    return left < 24 * HOUR ? "today" : "later";
  };

  const tick = () => {
    const now = Date.now();
    document.querySelectorAll("time[data-countdown]").forEach((element) => {
      const left = Date.parse(element.getAttribute("datetime")) - now;
      const words = fill(text(left < 0 ? "late" : "left"), { time: span(Math.abs(left)) });
      if (element.textContent !== words) element.textContent = words;
      element.className = element.className.replace(/due-\w+/, `due-${tone(left)}`);
    });
  };

  setInterval(tick, EVERY);
})();
