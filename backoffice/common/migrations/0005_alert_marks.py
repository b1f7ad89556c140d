from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0004_alerts_and_attachments")]

    operations = [
        migrations.CreateModel(
            name="AlertMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("value", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
