"""Key rotation of the secrets by which stores are connected."""

from typing import Any

from backoffice.common.rotation import Rotated, resealed, rotate_rows
from orders.platforms.models import PlatformConnection
from orders.platforms.services.connections import sealed_context


def rotate() -> dict[str, Rotated]:
    """Seal secrets under the current key."""
    return {"platform_connections": rotate_rows(PlatformConnection.objects.all(), reseal=_connection)}


def _connection(connection: PlatformConnection) -> dict[str, Any]:
    return {"sealed": resealed(connection.sealed, context=sealed_context(connection.store_id))}
