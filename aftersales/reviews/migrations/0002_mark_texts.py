"""Reviews whose words are new or changed are read for topics (again)."""

from django.db import migrations

WORDS = """
CREATE TRIGGER review_text_due_insert AFTER INSERT ON reviews_review
    FOR EACH ROW WHEN (NOT NEW.is_default) EXECUTE FUNCTION topics_mark_text('review');
CREATE TRIGGER review_text_due_update AFTER UPDATE OF text, follow_up, title_id ON reviews_review FOR EACH ROW
    WHEN ((OLD.text, OLD.follow_up, OLD.title_id) IS DISTINCT FROM (NEW.text, NEW.follow_up, NEW.title_id))
    EXECUTE FUNCTION topics_mark_text('review');
"""
WORDS_UNDO = """
DROP TRIGGER review_text_due_insert ON reviews_review;
DROP TRIGGER review_text_due_update ON reviews_review;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("topics", "0002_mark_texts")]

    operations = [migrations.RunSQL(WORDS, WORDS_UNDO)]
