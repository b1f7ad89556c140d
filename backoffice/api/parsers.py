import io
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from backoffice.api.refusals import Refusal

MAX_BYTES = 5 * 1024 * 1024


class SmallJSONParser(JSONParser):
    """JSON up to a size: Django's own limit does not hold for bodies that are read as a stream."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Refusal(
                _("The request is larger than %(size)s MB.") % {"size": MAX_BYTES >> 20},
                "too_large",
                status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            )
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
