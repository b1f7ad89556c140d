"""What a supervisor asks: is the process alive, can it serve, and what is degraded."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from backoffice.common import broker
from backoffice.common.access import PUBLIC, requires


@requires(PUBLIC)
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@requires(PUBLIC)
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 503 only without the database or its tables; name everything else that is degraded."""
    problem = _database_problem()
    if problem:
        return JsonResponse({"status": "unavailable", "problems": [problem]}, status=503)
    degraded = [problem for problem in (_broker_problem(), _storage_problem(), _role_problem()) if problem]
    return JsonResponse({"status": "degraded" if degraded else "ready", "degraded": degraded})


def _database_problem() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "database: no answer"
    return f"database: {len(pending)} migrations are not applied" if pending else ""


def _broker_problem() -> str:
    is_there = broker.answers(settings.REDIS_URL, seconds=1)
    return "" if is_there else "broker: no answer; jobs wait and run when it is back"


def _storage_problem() -> str:
    try:
        default_storage.exists("probe")
    except Exception:  # noqa: BLE001 -- every storage back end has errors of its own
        return "storage: no answer; files cannot be stored or downloaded"
    return ""


def _role_problem() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(current_user, 'common_auditentry', 'UPDATE')")
        may_change = cursor.fetchone()[0]
    if not may_change:
        return ""
    return "database role: the application owns the audit table and could change it; set DATABASE_OWNER_URL"
