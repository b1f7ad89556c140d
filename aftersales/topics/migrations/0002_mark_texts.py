"""Texts of buyers that are new or changed are marked by the database itself, whoever writes them.

Whoever reads a text for topics deletes its mark first, in the same transaction.
"""

from django.db import migrations

MARK = """
CREATE FUNCTION topics_mark_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO topics_textdue (store_id, source, source_id) VALUES (NEW.store_id, TG_ARGV[0], NEW.id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER note_text_due_insert AFTER INSERT ON notes_buyernote
    FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION topics_mark_text('note');
CREATE TRIGGER note_text_due_update AFTER UPDATE OF text ON notes_buyernote
    FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text) EXECUTE FUNCTION topics_mark_text('note');
"""
MARK_UNDO = """
DROP TRIGGER note_text_due_insert ON notes_buyernote;
DROP TRIGGER note_text_due_update ON notes_buyernote;
DROP FUNCTION topics_mark_text();
"""


class Migration(migrations.Migration):
    dependencies = [("topics", "0001_initial"), ("notes", "0008_inbox_counts")]

    operations = [migrations.RunSQL(MARK, MARK_UNDO)]
