"""How the description of the API says that callers show who they are."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from backoffice.api.authentication import TokenAuthentication


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
