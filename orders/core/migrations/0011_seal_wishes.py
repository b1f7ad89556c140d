from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_desk_indexes")]

    operations = [
        migrations.AddField(
            model_name="wish",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(condition=models.Q(("line__isnull", False)), fields=["line"], name="wish_line"),
        ),
    ]
