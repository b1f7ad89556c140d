from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "orders.desk"
    label = "desk"
    verbose_name = _("Order desk")
    default_auto_field = "django.db.models.BigAutoField"
