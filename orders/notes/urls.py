"""Addresses of the note desk, below /orders/notes/."""

from django.urls import path, re_path

from orders.notes.views import bulk, evidence, faq, inbox, replies, topics

app_name = "notes"
_NUMBER = r"^(?P<number>(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64})/"
urlpatterns = [
    path("", inbox.note_list, name="note-list"),
    path("bulk/", bulk.note_bulk, name="note-bulk"),
    path("take-next/", bulk.take_next, name="take-next"),
    path("replies/", replies.reply_list, name="reply-list"),
    path("replies/new/", replies.reply_edit, name="reply-new"),
    path("replies/preview/", replies.reply_preview, name="reply-preview"),
    path("replies/<int:pk>/", replies.reply_edit, name="reply-edit"),
    path("replies/<int:pk>/delete/", replies.reply_delete, name="reply-delete"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("faq/", faq.faq_list, name="faq-list"),
    path("faq/draft/", faq.faq_draft, name="faq-draft"),
    path("faq/<int:pk>/", faq.faq_edit, name="faq-edit"),
    path("faq/<int:pk>/delete/", faq.faq_delete, name="faq-delete"),
    re_path(rf"{_NUMBER}pane/$", inbox.note_pane, name="note-pane"),
    re_path(rf"{_NUMBER}evidence/$", evidence.evidence_sheet, name="evidence"),
]
