"""What every page's frame needs. No query here: it would cost every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from backoffice.common.access import Right


def frame(request: HttpRequest) -> dict[str, Any]:
    membership = getattr(request, "membership", None)
    is_live = membership is not None and not getattr(request, "owes_second_factor", False)
    return {
        "store": getattr(request, "store", None),
        "membership": membership,
        "rights": {str(right) for right in getattr(request, "rights", ())},
        "stores": getattr(membership, "all_stores", []),
        "Right": Right,
        "app_env": settings.APP_ENV,
        "is_live": is_live,  # whether what the frame asks for by itself would be answered
        "nav_counts_url": reverse("desk:nav-counts") if is_live else "",
    }
