"""What the title of a product says about the wishes that it takes."""

_ENGRAVED = "刻"


def takes_engraving(title: str) -> bool:
    return _ENGRAVED in title
