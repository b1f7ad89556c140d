"""The application's database role loses UPDATE, DELETE and TRUNCATE on the audit trail; the owner's role migrates."""

import os

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

RIGHTS = "UPDATE, DELETE, TRUNCATE"


def revoke(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _run(editor, f"REVOKE {RIGHTS} ON common_auditentry FROM")


def grant(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _run(editor, f"GRANT {RIGHTS} ON common_auditentry TO")


def _run(editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    role = os.environ.get("DATABASE_APP_ROLE", "")
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone():
            cursor.execute(f"{statement} {editor.quote_name(role)}")


class Migration(migrations.Migration):
    dependencies = [("common", "0002_audit_append_only")]

    operations = [migrations.RunPython(revoke, grant)]
