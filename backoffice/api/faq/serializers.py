from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from orders.notes.models import FaqEntry
from orders.notes.services.faq import ANSWER_LENGTH, QUESTION_LENGTH
from orders.notes.statuses import NoteType

STATES = {"draft": True, "published": False}


class FaqQuerySerializer(serializers.Serializer[object]):
    state = serializers.ChoiceField(list(STATES), required=False, allow_blank=True, default="")


class FaqDraftSerializer(serializers.Serializer[object]):
    """What notes about a product ask for, as the topics name it."""

    product = serializers.CharField(max_length=500)
    kind = serializers.ChoiceField(NoteType.values)
    wanted = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class FaqInputSerializer(serializers.Serializer[object]):
    question = serializers.CharField(max_length=QUESTION_LENGTH)
    answer = serializers.CharField(max_length=ANSWER_LENGTH, allow_blank=True)
    is_draft = serializers.BooleanField(help_text="false: finished, and then it has an answer")


class FaqSerializer(serializers.Serializer[FaqEntry]):
    id = serializers.IntegerField()
    product = serializers.CharField()
    kind = serializers.ChoiceField(NoteType.values)
    question = serializers.CharField()
    answer = serializers.CharField()
    is_draft = serializers.BooleanField()
    note_count = serializers.IntegerField(help_text="notes behind it when it was drafted")
    updated_by = serializers.CharField(source="updated_by.username", default=None, allow_null=True)
    updated_at = serializers.DateTimeField()


class FaqPageSerializer(PageSerializer):
    results = FaqSerializer(many=True)
