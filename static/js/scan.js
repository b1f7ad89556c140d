// The scan station: scans come faster than answers, so they wait in line, each for the answer of the one before.
"use strict";
(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const input = form.querySelector("input[name='text']");
  const line = form.querySelector("[data-scan-queue]");
  const switch_ = document.querySelector("[data-scan-sound]");
  const SOUND = "scan-sound";
  const waiting = [];
  let isBusy = false;
  let speaker = null;

  const read = () => { try { return localStorage.getItem(SOUND) !== "off"; } catch { return true; } };
  const station = () => document.getElementById("station");

  const tone = (pitch, from, length, type) => {
    const wave = new OscillatorNode(speaker, { type, frequency: pitch });
    const level = new GainNode(speaker, { gain: 0 });
    level.gain.setValueAtTime(0, from);
    level.gain.linearRampToValueAtTime(0.2, from + 0.01);
    level.gain.exponentialRampToValueAtTime(0.001, from + length);
    wave.connect(level).connect(speaker.destination);
    wave.start(from);
    wave.stop(from + length + 0.02);
  };
  const sound = (kind) => {
    if (!switch_?.checked || !window.AudioContext) return;
    speaker = speaker || new AudioContext();
    if (speaker.state === "suspended") speaker.resume();
    const now = speaker.currentTime;
    if (kind === "ok") { tone(880, now, 0.12, "sine"); tone(1318.5, now + 0.1, 0.2, "sine"); }
    else if (kind === "bad") { tone(220, now, 0.25, "square"); tone(180, now + 0.28, 0.35, "square"); }
    else tone(660, now, 0.08, "sine");
  };

  const show = () => {
    line.hidden = waiting.length === 0;
    line.textContent = waiting.length ? `${form.dataset.tWaiting} ${waiting.join(", ")}` : "";
  };

  // Nothing is guessed after a lost answer: what was not done is named, and the person scans it again.
  const lose = (text) => {
    const lost = [text, ...waiting.splice(0)];
    line.hidden = false;
    line.classList.add("is-lost");
    line.textContent = `${form.dataset.tLost} ${lost.join(", ")}`;
    sound("bad");
  };

  const send = async (text) => {
    const body = new FormData(form);
    body.set("text", text);
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "error", credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("station");
    if (!part) throw new Error("no station");
    station().replaceWith(part);
    sound(part.dataset.tone);
    document.dispatchEvent(new CustomEvent("scan-answered", { detail: { text, tone: part.dataset.tone } }));
  };

  const work = async () => {
    if (isBusy) return;
    isBusy = true;
    while (waiting.length) {
      const text = waiting.shift();
      show();
      try { await send(text); } catch { lose(text); break; }
    }
    isBusy = false;
    input.focus();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value;
    input.value = "";
    if (!text.trim()) return;
    line.classList.remove("is-lost");
    waiting.push(text);
    show();
    work();
  });

  // Esc offers to take the order off the table; Enter does it, and a scan that comes instead replaces the offer.
  const CANCEL = "CANCEL";
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    input.value = input.value || !station()?.dataset.order ? "" : CANCEL;
    input.select();
  });

  // A scanner types wherever the focus is: what it types belongs in the one field.
  const isField = (element) => element?.closest?.("input:not([type='checkbox']), textarea, select, dialog, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    if (event.key === "Escape") { input.focus(); return; }
    const isText = event.key.length === 1 && event.key !== " ";
    if (!isText && !(event.key === "Enter" && input.value)) return;
    event.stopImmediatePropagation();
    input.focus();
    if (event.key === "Enter") { event.preventDefault(); form.requestSubmit(); }
  }, { capture: true });

  if (switch_) {
    switch_.checked = read();
    switch_.addEventListener("change", () => {
      try { localStorage.setItem(SOUND, switch_.checked ? "on" : "off"); } catch { /* private mode */ }
      if (switch_.checked) sound("ok");
      input.focus();
    });
  }
  window.addEventListener("focus", () => input.focus());
  input.focus();
})();
