"""Addresses of the topics of a store, below /settings/."""

from django.urls import path

from aftersales.topics.views import settings

app_name = "topic_settings"
urlpatterns = [
    path("topics/", settings.topic_list, name="topic-list"),
    path("topics/usual/", settings.topic_seed, name="topic-seed"),
    path("topics/new/", settings.topic_edit, name="topic-new"),
    path("topics/<int:pk>/", settings.topic_edit, name="topic-edit"),
]
