"""What a shop holds to in reviews, and the words that none of its texts to buyers may hold."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.reviews.models import ReviewSettings
from aftersales.reviews.services.errors import ReviewError
from backoffice.common.audit import write_audit
from backoffice.common.models import Store, User

WORD_LENGTH, MOST_WORDS = 40, 200
_LIMITS = {"low_stars": (0, 5), "task_hours": (1, 720), "reply_days": (1, 365)}


@transaction.atomic
def save_settings(
    *,
    store: Store,
    low_stars: int,
    task_hours: int,
    reply_days: int,
    forbidden_words: Iterable[str],
    actor: User | None,
    at: datetime,
    version: int | None = None,
) -> ReviewSettings:
    """Save what opens a follow-up, how long it and a reply may take, and the forbidden words.

    Raises:
        ReviewError: a number or a word will not do, or somebody saved them meanwhile.
    """
    values = {"low_stars": low_stars, "task_hours": task_hours, "reply_days": reply_days}
    for name, (least, most) in _LIMITS.items():
        if not least <= values[name] <= most:
            raise ReviewError(
                _("Choose a number from %(least)s to %(most)s.") % {"least": least, "most": most}, "field"
            )
    words = _clean_words(forbidden_words)
    locked = Store.objects.select_for_update().get(pk=store.pk)
    settings = ReviewSettings.objects.filter(store=store).first() or ReviewSettings(store=store)
    if version is not None and settings.version != version:
        raise ReviewError(
            _("Somebody saved these settings while you were working on them. Nothing was saved."), "version"
        )
    for name, value in values.items():
        setattr(settings, name, value)
    settings.version += 1
    settings.save()
    locked.forbidden_words = store.forbidden_words = words
    locked.save(update_fields=["forbidden_words"])
    write_audit(store=store, actor=actor, action="review_settings_saved", at=at, data={**values, "words": len(words)})
    return settings


def _clean_words(words: Iterable[str]) -> list[str]:
    clean = list(dict.fromkeys(filter(None, (" ".join(word.replace("\0", "").split()) for word in words))))
    if len(clean) > MOST_WORDS or any(len(word) > WORD_LENGTH for word in clean):
        raise ReviewError(
            _("Up to %(count)s words of up to %(length)s characters.") % {"count": MOST_WORDS, "length": WORD_LENGTH},
            "field",
        )
    return clean
