from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulesConfig(AppConfig):
    name = "orders.rules"
    label = "rules"
    verbose_name = _("Acceptance rules")
    default_auto_field = "django.db.models.BigAutoField"
