"""The two weights that papers are set in; the worker reads them from the fetched assets."""

from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from backoffice.common.assets import FONTS

REGULAR, BOLD = "paper", "paper-bold"


class PaperError(Exception):
    """Papers that cannot be set, with a translated sentence for staff."""


@cache
def load_fonts() -> None:
    """Make the fonts known to reportlab, once per process.

    Raises:
        PaperError: a font was not fetched with the other assets.
    """
    for name, path in ((REGULAR, FONTS["regular"]), (BOLD, FONTS["bold"])):
        pdfmetrics.registerFont(_font(name, path))


def _font(name: str, path: Path) -> TTFont:
    try:
        return TTFont(name, str(path))
    except (TTFError, OSError) as error:
        raise PaperError(
            _("The font of printed papers is missing on the server (%(file)s). Tell operations: `npm ci` fetches it.")
            % {"file": path.name}
        ) from error
