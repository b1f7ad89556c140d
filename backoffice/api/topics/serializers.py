from typing import Any

from rest_framework import serializers

from aftersales.topics.models import ProductAction, Topic
from aftersales.topics.queries import Mention, MentionRow
from aftersales.topics.services.actions import TEXT_LENGTH
from aftersales.topics.services.editing import MOST_WORDS, NAME_LENGTH, WORD_LENGTH
from aftersales.topics.statuses import Source, Verdict
from backoffice.api.orders.inputs import LONGEST_ID, VersionSerializer
from backoffice.api.paging import PageSerializer


class TopicSerializer(serializers.Serializer[Topic]):
    """One thing that buyers speak of, found by its words in reviews, refund reasons and notes alike."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    words = serializers.ListField(child=serializers.CharField(), help_text="any of them says it")
    not_words = serializers.ListField(child=serializers.CharField(), help_text="a clause with one of them does not")
    is_complaint = serializers.BooleanField(help_text="false: said in praise as often as in blame")
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class TopicListSerializer(serializers.Serializer[object]):
    results = TopicSerializer(many=True)


class _WordsSerializer(serializers.Serializer[Any]):
    words = serializers.ListField(
        child=serializers.CharField(max_length=WORD_LENGTH), allow_empty=False, max_length=MOST_WORDS
    )
    not_words = serializers.ListField(
        child=serializers.CharField(max_length=WORD_LENGTH), required=False, default=list, max_length=MOST_WORDS
    )
    is_complaint = serializers.BooleanField(required=False, default=True)


class TopicInputSerializer(VersionSerializer, _WordsSerializer):
    """All of it anew; where its words change, a job reads every text again."""

    name = serializers.CharField(max_length=NAME_LENGTH)
    is_active = serializers.BooleanField(required=False, default=True)


class TopicTryInputSerializer(_WordsSerializer):
    pass


class TopicHitSerializer(serializers.Serializer[object]):
    source = serializers.ChoiceField(Source.values)  # type: ignore[assignment]  # a field of that name
    before = serializers.CharField()
    word = serializers.CharField()
    after = serializers.CharField()


class TopicTryOutSerializer(serializers.Serializer[object]):
    """What the words find in the newest texts; nothing is saved."""

    tried = serializers.IntegerField()
    hit_count = serializers.IntegerField()
    hits = TopicHitSerializer(many=True, help_text="the newest of them")


class TopicsSeededSerializer(serializers.Serializer[object]):
    made = serializers.IntegerField(help_text="0: the store has topics already")


class MentionSerializer(serializers.Serializer[MentionRow]):
    """A text of a buyer that speaks of a topic, around the word."""

    id = serializers.IntegerField(source="pk")
    topic = serializers.CharField(source="topic_code")
    name = serializers.CharField(source="topic_name")
    source = serializers.ChoiceField(Source.values)  # type: ignore[assignment]  # a field of that name
    source_id = serializers.IntegerField(help_text="of a review: for `GET reviews/{id}/`")
    product = serializers.CharField(source="title_text", allow_null=True)
    title = serializers.IntegerField(source="title_id", allow_null=True)
    day = serializers.DateField()
    quote = serializers.CharField()
    is_negative = serializers.BooleanField()
    verdict = serializers.ChoiceField(Verdict.values)
    decided_by = serializers.CharField(source="decided_username", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: MentionRow | Mention) -> dict[str, Any]:
        return super().to_representation(instance.row if isinstance(instance, Mention) else instance)


class MentionPageSerializer(PageSerializer):
    results = MentionSerializer(many=True)


class MentionVerdictSerializer(serializers.Serializer[object]):
    verdict = serializers.ChoiceField(Verdict.values, allow_blank=True, help_text="empty: leave it to the rules again")


class ProductActionSerializer(serializers.Serializer[ProductAction]):
    """What the shop did about a product."""

    id = serializers.IntegerField()
    title = serializers.IntegerField(source="title_id")
    topic = serializers.CharField(source="topic.code", default=None, allow_null=True)
    day = serializers.DateField()
    text = serializers.CharField()
    by = serializers.CharField(source="actor.username", default=None, allow_null=True)
    at = serializers.DateTimeField()


class ProductActionsSerializer(serializers.Serializer[object]):
    results = ProductActionSerializer(many=True)


class ProductActionInputSerializer(serializers.Serializer[object]):
    title = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="title_id", help_text="id of a product")
    text = serializers.CharField(max_length=TEXT_LENGTH)
    day = serializers.DateField()
    topic = serializers.IntegerField(
        min_value=1, max_value=LONGEST_ID, source="topic_id", required=False, allow_null=True, default=None
    )


class TopicDraftInputSerializer(serializers.Serializer[object]):
    title = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, source="title_id", help_text="id of a product")


class TopicDraftSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="of `faq/`")
    question = serializers.CharField()
