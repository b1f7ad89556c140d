"""Topics by day, and the marks of the days on which what buyers speak of has changed."""

import django.db.models.deletion
from django.db import migrations, models

MENTIONS = """
CREATE FUNCTION analytics_mark_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO analytics_dirtyday (store_id, day)
        SELECT DISTINCT store_id, day FROM (
            (SELECT id, store_id, day, title_id, topic_id, source, is_negative, verdict FROM new_rows
                EXCEPT SELECT id, store_id, day, title_id, topic_id, source, is_negative, verdict FROM old_rows)
            UNION ALL (SELECT id, store_id, day, title_id, topic_id, source, is_negative, verdict FROM old_rows
                EXCEPT SELECT id, store_id, day, title_id, topic_id, source, is_negative, verdict FROM new_rows)
        ) AS changed;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO analytics_dirtyday (store_id, day) SELECT DISTINCT store_id, day FROM new_rows;
    ELSE
        INSERT INTO analytics_dirtyday (store_id, day) SELECT DISTINCT store_id, day FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mention_dirty_insert AFTER INSERT ON topics_topicmention REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_mentions();
CREATE TRIGGER mention_dirty_update AFTER UPDATE ON topics_topicmention
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_mentions();
CREATE TRIGGER mention_dirty_delete AFTER DELETE ON topics_topicmention REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_mentions();
"""
MENTIONS_UNDO = """
DROP TRIGGER mention_dirty_insert ON topics_topicmention;
DROP TRIGGER mention_dirty_update ON topics_topicmention;
DROP TRIGGER mention_dirty_delete ON topics_topicmention;
DROP FUNCTION analytics_mark_mentions();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0004_compare_rows_as_sets"),
        ("common", "0007_aftersales_alerts"),
        ("topics", "0002_mark_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="TopicDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="Day")),
                ("title_id", models.BigIntegerField()),
                ("source", models.CharField(max_length=8)),
                ("mention_count", models.PositiveIntegerField(default=0)),
                ("negative_count", models.PositiveIntegerField(default=0)),
                ("confirmed_count", models.PositiveIntegerField(default=0)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="common.store"
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="topics.topic",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["store", "title_id", "day"], name="topicday_title")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "day", "title_id", "topic", "source"), name="topicday_key_unique"
                    )
                ],
            },
        ),
        migrations.RunSQL(MENTIONS, MENTIONS_UNDO),
    ]
