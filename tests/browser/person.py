"""One person at one browser: a page, what it complained about, and how tests wait for htmx."""

from typing import Any

_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
window.busy = 0;
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...given) {
  window.busy += 1;
  this.addEventListener("loadend", () => setTimeout(() => { window.busy -= 1; }));
  return send.apply(this, given);
};
"""


class Person:
    """`page` is Playwright's page; refusals that a test provokes are taken from `complaints` by `forgive`."""

    def __init__(self, context: Any, *, other: "Person | None" = None) -> None:
        self.context = context
        self.complaints: list[str] = other.complaints if other else []
        self.pressed = self.typed = self.loads = 0  # keys, characters of texts, whole pages
        if other is None:
            context.add_init_script(_WATCH)
        self.page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        self.page.on("dialog", self._refuse)
        self.page.on("load", self._count_load)

    def second_tab(self) -> "Person":
        """Return the same person at another tab of the same browser."""
        return Person(self.context, other=self)

    def _count_load(self, _page: Any) -> None:
        self.loads += 1

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _refuse(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, url: str) -> Any:
        return self.page.goto(url, wait_until="load")

    def follow(self, selector: str) -> None:
        """Click what leads to another page, and be there."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.click(selector)

    def settle(self) -> None:
        """Wait until no request of htmx is on its way."""
        self.page.wait_for_timeout(30)
        self.page.wait_for_function("() => window.busy === 0")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys)
        self.settle()

    def travel(self, *keys: str) -> None:
        """Press what leads to another page, and be there."""
        with self.page.expect_navigation(wait_until="load"):
            for key in keys:
                self.page.keyboard.press(key)
        self.pressed += len(keys)
        self.settle()

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self.page.keyboard.type(text)
        self.typed += len(text)

    def paste(self, text: str) -> None:
        """Paste what was copied elsewhere: one press."""
        self.page.keyboard.insert_text(text)
        self.pressed += 1

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def values(self, selector: str, name: str) -> list[str]:
        """Return one attribute of every element that is found."""
        return self.page.eval_on_selector_all(selector, f"found => found.map(one => one.getAttribute({name!r}))")

    def orders(self) -> list[str]:
        return self.values("[data-row][data-order]", "data-order")

    def toasts(self) -> list[str]:
        return self.texts("#toasts .toast-text")

    def forgive(self, words: str) -> None:
        """Take what the browser itself writes of a refusal that the test meant to get."""
        assert any(words in one for one in self.complaints), self.complaints
        self.complaints[:] = [one for one in self.complaints if words not in one]
