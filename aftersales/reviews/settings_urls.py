"""Addresses of what a shop holds to in reviews, below /settings/."""

from django.urls import path

from aftersales.reviews.views import settings

app_name = "review_settings"
urlpatterns = [
    path("replies/", settings.reply_settings, name="replies"),
    path("replies/settings/", settings.settings_save, name="save"),
    path("replies/<int:pk>/delete/", settings.template_delete, name="template-delete"),
]
