from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0003_note_desk")]

    operations = [
        AddIndexConcurrently(
            model_name='buyernote',
            index=models.Index(condition=models.Q(('handled_at__isnull', False)), fields=['store', '-handled_at', '-id'], name='buyernote_handled'),
        ),
        AddIndexConcurrently(
            model_name='buyernote',
            index=models.Index(condition=models.Q(('assignee__isnull', False), ('state__in', ('unread', 'recognised', 'needs_info', 'manual'))), fields=['assignee', 'store', 'received_at', 'id'], name='buyernote_mine'),
        ),
        AddIndexConcurrently(
            model_name='buyernote',
            index=models.Index(condition=models.Q(('recognised_at__isnull', True)), fields=['store', 'id'], name='buyernote_to_read'),
        ),
        AddIndexConcurrently(
            model_name='buyernote',
            index=models.Index(fields=['store', '-received_at', '-id'], name='buyernote_received'),
        ),
    ]
