from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0004_desk_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name='buyernote',
            index=models.Index(condition=models.Q(('changed_after_print', True)), fields=['store', '-received_at', '-id'], name='buyernote_changed'),
        ),
    ]
