// A return parcel: digits say what each piece is, and a scan is told from typing by its pace.
"use strict";
(() => {
  const form = document.querySelector("form[data-inspect]");
  if (!form) return;
  const PACE = 60; // milliseconds between the signs of a scanner; people take longer
  const LEAST = 5; // signs of a scanned number
  const missed = form.querySelector("[data-return-missed]");
  const finder = document.querySelector("form[data-return-scan]");
  const radios = [...form.querySelectorAll("input[type='radio']")];
  let typed = "";
  let last = 0;
  let before = [];
  let next = null; // where the focus goes unless a scan goes on

  const isText = (target) => target.matches?.("textarea, select, input:not([type='radio']):not([type='file'])");
  const chosen = () => radios.map((radio) => radio.checked);
  const pieces = () => [...form.querySelectorAll("fieldset")];

  const choose = (digit, target) => {
    const open = pieces().filter((piece) => !piece.querySelector(":checked"));
    const piece = next?.closest("fieldset") || target.closest?.("fieldset") || open[0];
    const radio = piece?.querySelector(`[data-outcome="${digit}"]`);
    if (!radio) return false;
    radio.checked = true;
    const following = pieces().slice(pieces().indexOf(piece) + 1).find((one) => !one.querySelector(":checked"));
    const note = radio.value === "disputed" ? piece.closest("li").querySelector("input[name^='note-']") : null;
    next = note || following?.querySelector("input") || radio;
    setTimeout(() => {
      if (next && typed.length < 2) next.focus();
      next = null;
    }, PACE * 2);
    return true;
  };

  // What a scan typed into the choices is taken back; nothing that was said is left behind unsaved.
  const scanned = () => {
    radios.forEach((radio, place) => { radio.checked = before[place]; });
    const isBegun = radios.some((radio) => radio.checked) || [...form.querySelectorAll("input[type='text']")].some((one) => one.value !== one.defaultValue);
    if (!isBegun) {
      finder.elements.number.value = typed;
      finder.requestSubmit();
      return;
    }
    missed.hidden = false;
    missed.textContent = `${form.dataset.tUnsaved} ${typed}`;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (isText(event.target)) {
      // Enter in a note goes to the next piece: a parcel is saved by its button or by Ctrl and Enter
      if (event.key === "Enter" && form.contains(event.target)) event.preventDefault();
      return;
    }
    if (event.key === "Enter") {
      if (typed.length >= LEAST && event.timeStamp - last < PACE * 3) { event.preventDefault(); event.stopPropagation(); scanned(); } else if (event.target.matches?.("input[type='radio']")) event.preventDefault();
      typed = "";
      return;
    }
    if (event.key.length !== 1) return;
    if (event.timeStamp - last > PACE) { typed = ""; before = chosen(); }
    else event.stopPropagation(); // signs of a scan are nobody's keys
    typed += event.key;
    last = event.timeStamp;
    if (typed.length === 1 && /^[1-9]$/.test(event.key) && choose(event.key, event.target)) event.preventDefault();
  }, true);
})();
