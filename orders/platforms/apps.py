from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlatformsConfig(AppConfig):
    name = "orders.platforms"
    label = "platforms"
    verbose_name = _("Platforms")
    default_auto_field = "django.db.models.BigAutoField"
