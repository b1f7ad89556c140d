from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotesConfig(AppConfig):
    name = "orders.notes"
    label = "notes"
    verbose_name = _("Buyer notes")
    default_auto_field = "django.db.models.BigAutoField"
