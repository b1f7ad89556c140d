"""Ask a web process whether it can serve; `python -m backoffice.common.embedded.health` is the container's check."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

SECONDS = 5


def is_ready(host: str, port: int) -> bool:
    """Tell whether /readyz answers 200, asking under a name that ALLOWED_HOSTS permits."""
    connection = HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": permitted_name(host)})
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def permitted_name(default: str) -> str:
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    return first.lstrip(".") if first and first != "*" else default


if __name__ == "__main__":
    sys.exit(not is_ready("127.0.0.1", int(os.environ.get("PORT") or 8000)))
