// Files dragged onto [data-drop-zone] go into its file input; without script it is a plain file field.
"use strict";
(() => {
  const zoneOf = (event) => event.target.closest?.("[data-drop-zone]");
  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

  const show = (zone) => {
    const holder = zone.querySelector("[data-drop-list]");
    if (!holder) return;
    const lines = [...zone.querySelector("input[type=file]").files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} · ${size(file.size)}`;
      return item;
    });
    holder.replaceChildren(...lines);
  };

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const zone = zoneOf(event);
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // a file dropped beside the zone must not replace the page
      if (zone) zone.classList.add("is-over");
      else event.dataTransfer.dropEffect = "none";
    });
  }
  document.addEventListener("dragleave", (event) => {
    const zone = zoneOf(event);
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    const zone = zoneOf(event);
    if (!zone) return;
    zone.classList.remove("is-over");
    const input = zone.querySelector("input[type=file]");
    if (input.multiple) input.files = event.dataTransfer.files;
    else {
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      input.files = one.files;
    }
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const zone = zoneOf(event);
    if (zone && event.target.matches("input[type=file]")) show(zone);
  });
})();
