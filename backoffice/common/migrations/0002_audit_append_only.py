from django.db import migrations

GUARD = """
CREATE FUNCTION common_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON common_auditentry
    FOR EACH ROW EXECUTE FUNCTION common_audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON common_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION common_audit_refuse();
"""
UNDO = """
DROP TRIGGER audit_no_change ON common_auditentry;
DROP TRIGGER audit_no_truncate ON common_auditentry;
DROP FUNCTION common_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, UNDO)]
