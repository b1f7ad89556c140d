"""A follow-up of a buyer who had written nothing, known at the review's first arrival, is read for topics too."""

from django.db import migrations

WORDS = """
DROP TRIGGER review_text_due_insert ON reviews_review;
CREATE TRIGGER review_text_due_insert AFTER INSERT ON reviews_review
    FOR EACH ROW WHEN (NOT NEW.is_default OR NEW.follow_up <> '') EXECUTE FUNCTION topics_mark_text('review');
"""
WORDS_UNDO = """
DROP TRIGGER review_text_due_insert ON reviews_review;
CREATE TRIGGER review_text_due_insert AFTER INSERT ON reviews_review
    FOR EACH ROW WHEN (NOT NEW.is_default) EXECUTE FUNCTION topics_mark_text('review');
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_find_reviews")]

    operations = [migrations.RunSQL(WORDS, WORDS_UNDO)]
