// Copies the text of a [data-copy] button, or what stands in the field that [data-copy-from] names.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const { text, toast } = window.backoffice;
  const words = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom)?.value ?? "";
  try {
    await navigator.clipboard.writeText(words);
    toast({ text: text("copied").replace("%(text)s", words.length > 60 ? `${words.slice(0, 60)}…` : words), level: "success" });
  } catch {
    toast({ text: text("copy-failed"), level: "warning" });
  }
});
