from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platforms", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="platformconnection",
            name="sends_answers",
            field=models.BooleanField(db_default=False, default=False, verbose_name="Sends answers to refunds"),
        ),
    ]
