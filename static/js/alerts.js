// The bell: toasts, sound and title of what the poll brings; a bar over an open list when orders came.
"use strict";
(() => {
  const NEWEST = "alert-newest"; // number of an alert: what this tab knows already
  const SOUNDED = "alert-sounded"; // and what any tab of this browser has sounded
  const AWAY_AFTER = 10 * 60000;
  let waiting = 0; // orders that the open list does not show
  let count = "";
  let sound = false;
  let touched = Date.now();
  let speaker = null;

  const read = (store, key) => { try { return store.getItem(key); } catch { return null; } };
  const write = (store, key, value) => { try { store.setItem(key, value); } catch { /* private mode: told again after a page change */ } };

  // Browsers let a page sound only after it was touched.
  const wake = () => {
    touched = Date.now();
    if (!sound || !window.AudioContext) return;
    speaker = speaker || new AudioContext();
    if (speaker.state === "suspended") speaker.resume();
  };
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake, { capture: true, passive: true });
  document.addEventListener("scroll", () => { touched = Date.now(); }, { capture: true, passive: true });

  const tone = (pitch, from) => {
    const wave = new OscillatorNode(speaker, { type: "sine", frequency: pitch });
    const level = new GainNode(speaker, { gain: 0 });
    level.gain.setValueAtTime(0, from);
    level.gain.linearRampToValueAtTime(0.18, from + 0.015);
    level.gain.exponentialRampToValueAtTime(0.001, from + 0.22);
    wave.connect(level).connect(speaker.destination);
    wave.start(from);
    wave.stop(from + 0.24);
  };

  const ring = () => {
    if (!sound || speaker?.state !== "running") return;
    tone(880, speaker.currentTime);
    tone(1174.7, speaker.currentTime + 0.13);
    document.dispatchEvent(new CustomEvent("alert-rang"));
  };

  const ringOnce = (newest) => {
    if (newest <= Number(read(localStorage, SOUNDED) || 0)) return;
    write(localStorage, SOUNDED, String(newest));
    ring();
  };

  const showTitle = () => {
    const plain = document.title.replace(/^\(\d+\+?\) /, "");
    const title = count ? `(${count}) ${plain}` : plain;
    if (document.title !== title) document.title = title;
  };

  const showBar = (words) => {
    const bar = document.querySelector("[data-new-orders]");
    if (!bar) return;
    bar.hidden = waiting === 0;
    if (words) bar.querySelector("[data-new-orders-text]").textContent = words;
  };

  const isPoll = (event) => event.detail.elt?.id === "alert-poll";

  document.addEventListener("htmx:configRequest", (event) => {
    if (!isPoll(event)) return;
    const known = read(sessionStorage, NEWEST);
    if (known) event.detail.parameters.since = known;
    if (waiting) event.detail.parameters.waiting = String(waiting);
    if (Date.now() - touched > AWAY_AFTER) event.detail.parameters.away = "1";
  });

  let asked = false;
  document.addEventListener("alerts", (event) => {
    const news = event.detail;
    count = news.count;
    sound = news.sound;
    write(sessionStorage, NEWEST, String(news.newest));
    news.toasts.forEach((toast) => window.backoffice.toast(toast));
    if (news.toasts.length) ringOnce(news.newest);
    // what the first answer brings came before this page was made: its list shows it
    if (asked) waiting = news.orders.count;
    asked = true;
    showBar(news.orders.text);
    showTitle();
  });

  // A list that was read again shows the new orders.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches?.("[data-list]") || event.detail.elt?.matches?.("[data-list]")) waiting = 0;
  });
  document.addEventListener("htmx:afterSettle", showTitle);

  document.addEventListener("click", (event) => {
    const bell = event.target.closest("[data-bell]");
    if (!bell || document.querySelector(".alert-page") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.backoffice.openDialog(document.getElementById("alert-drawer"), bell);
  });

  // Who switches the sound on hears at once what it is like.
  document.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-alert-sound]")) return;
    sound = event.target.checked;
    wake();
    if (!sound || !speaker) return;
    await speaker.resume();
    ring();
  });
})();
