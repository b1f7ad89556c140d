from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.common.models import Store


class SavedView(models.Model):
    """A named filter of the queue: the query string it stands for."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=40)
    query = models.TextField()
    is_shared = models.BooleanField(_("Shared with the store"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "owner", "name"], name="savedview_name_unique")]

    def __str__(self) -> str:
        return self.name


class ExportTemplate(models.Model):
    """A named choice of export columns at one grain; the built-in ones are code."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=40)
    grain = models.CharField(_("One row per"), max_length=5, choices=[("order", _("Order")), ("line", _("Line"))])
    columns = ArrayField(models.CharField(max_length=40), verbose_name=_("Columns"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="exporttemplate_name_unique"),
            models.CheckConstraint(condition=models.Q(grain__in=["order", "line"]), name="exporttemplate_grain_known"),
        ]

    def __str__(self) -> str:
        return self.name


class ShiftNote(models.Model):
    """What a person leaves in words for the next shift: one text a day, phone-like numbers masked."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    text = models.CharField(_("For the next shift"), max_length=1000)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "day", "user"], name="shiftnote_day_unique")]

    def __str__(self) -> str:
        return self.text
