from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from backoffice.common.access import PUBLIC, requires


@csrf_exempt
@requires(PUBLIC)
def unknown_address(_request: HttpRequest, **_parts: str) -> JsonResponse:
    """Answer an address below /api/ that no operation has, in the API's own shape."""
    detail = _("There is nothing at this address. Addresses of the API end with a slash.")
    return JsonResponse({"code": "not_found", "detail": detail}, status=404)
