import ipaddress
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

from backoffice.common import queries
from backoffice.common.access import MEMBER, PUBLIC, SIGNED_IN, Right
from backoffice.common.models import Membership, Store, User

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("backoffice.requests")

STORE_KEY = "store"  # of the session: the code of the store a person works in
LANGUAGE_KEY = "language"


class StoreRequest(HttpRequest):
    """A request of a signed-in member: what views may rely on."""

    user: User
    store: Store
    membership: Membership
    rights: frozenset[Right]
    owes_second_factor: bool  # till they give it, only their account and the page for it answer


def client_ip(request: HttpRequest) -> str:
    """Return the address of the client; X-Forwarded-For counts only as far as TRUSTED_PROXIES wrote it."""
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    address: str = request.META.get("REMOTE_ADDR", "")
    while chain and _is_trusted(address):
        address = chain.pop()
    return address


def _is_trusted(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
        return any(ip in ipaddress.ip_network(network, strict=False) for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


class RequestLogMiddleware:
    """One line per request: method, path without its query string, status, milliseconds.

    Stands first, so that it can answer /livez before anything touches the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return HttpResponse("ok", content_type="text/plain")
        started = time.monotonic()
        response = self.get_response(request)
        elapsed = round((time.monotonic() - started) * 1000)
        logger.info("%s %s %s %sms", request.method, request.path, response.status_code, elapsed)
        return response


class UserLanguageMiddleware:
    """Chinese first; a person's own choice (account page or the switch) second; the browser is not asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.session.get(LANGUAGE_KEY) or settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            patch_vary_headers(response, ["Cookie"])
            response.headers.setdefault("Content-Language", language)
            return response


class AccessMiddleware:
    """Give a request its store and rights, and refuse every view that does not declare who may call it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        declared = _declared(view)
        if declared is None:
            raise PermissionDenied
        if PUBLIC in declared:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return self._enter(request, declared)  # type: ignore[arg-type]

    def _enter(self, request: StoreRequest, declared: frozenset[Right | str]) -> HttpResponse | None:
        wanted = request.GET.get("store")
        membership = queries.current_membership(request.user, wanted or request.session.get(STORE_KEY))
        if membership is not None:
            request.membership, request.store, request.rights = membership, membership.store, membership.rights
            request.owes_second_factor = settings.REQUIRE_MFA and _needs_second_factor(request)
            if wanted and request.session.get(STORE_KEY) != membership.store.code:
                request.session[STORE_KEY] = membership.store.code
        if SIGNED_IN in declared:
            return None
        if membership is None:
            raise PermissionDenied(_("You are not a member of any store yet. Ask a manager to invite you."))
        if request.owes_second_factor:
            return HttpResponseRedirect(reverse("common:second-factor"))
        if MEMBER in declared or declared & request.rights:
            return None
        raise PermissionDenied(_("Your role in %(store)s does not include this page.") % {"store": request.store.name})


def _declared(view: Callable) -> frozenset[Right | str] | None:
    if hasattr(view, "cls"):  # the REST API: its own permission class denies by default
        return frozenset({PUBLIC})
    view_class = getattr(view, "view_class", None)
    return getattr(view, "required_rights", None) or getattr(view_class, "required_rights", None)


def _needs_second_factor(request: StoreRequest) -> bool:
    return bool(request.rights & {Right.REVEAL, Right.EXPORT_CLEAR}) and not request.user.is_verified()  # type: ignore[attr-defined]
