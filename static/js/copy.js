// Copies the text of a [data-copy] button.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const { text, toast } = window.backoffice;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast({ text: text("copied").replace("%(text)s", button.dataset.copy), level: "success" });
  } catch {
    toast({ text: text("copy-failed"), level: "warning" });
  }
});
