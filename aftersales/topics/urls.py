"""Addresses of what buyers speak of, below /aftersales/topics/."""

from django.urls import path

from aftersales.topics.views import acts, mentions

app_name = "topics"
urlpatterns = [
    path("", mentions.mention_list, name="mention-list"),
    path("decide/", acts.decide, name="decide"),
    path("draft/", acts.draft, name="draft"),
    path("actions/", acts.action_add, name="action-add"),
    path("actions/<int:pk>/withdraw/", acts.action_withdraw, name="action-withdraw"),
]
