from rest_framework import serializers

from aftersales.reviews.services import THANKED_AT_MOST
from aftersales.reviews.services.followups import ENDS
from aftersales.reviews.services.records import MOST_STARS
from aftersales.reviews.services.shop import MOST_WORDS, WORD_LENGTH
from aftersales.reviews.services.texts import TITLE_LENGTH
from aftersales.reviews.statuses import REPLY_LIMIT, ReviewResult
from backoffice.api.orders.inputs import LONGEST_ID, VersionSerializer
from backoffice.api.serializers import TIMES

_LONGEST, _MOST_RECORDS = 5000, 200
_RESULTS = [value for value in ReviewResult.values if value]


class ReviewRecordSerializer(serializers.Serializer[object]):
    """What the platform says of one review; what is left out is not said. It needs `order` or `key`."""

    order = serializers.CharField(max_length=64, required=False, allow_blank=True, source="number")
    line_key = serializers.CharField(max_length=35, required=False, allow_blank=True)
    key = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text="the platform's id of it")
    nick = serializers.CharField(max_length=120, required=False, allow_null=True, allow_blank=True)
    product = serializers.CharField(max_length=500, required=False, allow_blank=True, source="title")
    product_id = serializers.CharField(max_length=40, required=False, allow_blank=True)
    result = serializers.ChoiceField(_RESULTS, required=False, allow_null=True)
    stars = serializers.IntegerField(min_value=1, max_value=MOST_STARS, required=False, allow_null=True)
    text = serializers.CharField(max_length=_LONGEST, required=False, allow_null=True, allow_blank=True)
    follow_up = serializers.CharField(max_length=_LONGEST, required=False, allow_null=True, allow_blank=True)
    followed_up_at = serializers.DateTimeField(required=False, allow_null=True, validators=TIMES)
    reply = serializers.CharField(max_length=_LONGEST, required=False, allow_null=True, allow_blank=True)
    replied_at = serializers.DateTimeField(required=False, allow_null=True, validators=TIMES)
    reviewed_at = serializers.DateTimeField(validators=TIMES)
    snapshot_at = serializers.DateTimeField(
        required=False, validators=TIMES, help_text="how new the record is; without it now"
    )


class ReviewRecordsSerializer(serializers.Serializer[object]):
    reviews = serializers.ListField(child=ReviewRecordSerializer(), allow_empty=False, max_length=_MOST_RECORDS)


class ReviewReplySerializer(VersionSerializer):
    text = serializers.CharField(max_length=REPLY_LIMIT, help_text="variables are filled in")
    template = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_ID, source="template_id",
        help_text="the ready reply that the text began with, whose use is counted",
    )  # fmt: skip


class ReviewsSerializer(serializers.Serializer[object]):
    reviews = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_ID), allow_empty=False, max_length=THANKED_AT_MOST
    )


class ThanksInputSerializer(ReviewsSerializer):
    template = serializers.IntegerField(min_value=1, max_value=LONGEST_ID, help_text="a ready reply that `is_thanks`")


class ReviewOwnerSerializer(VersionSerializer):
    """`version` is the follow-up's."""

    owner = serializers.CharField(
        required=False, allow_null=True, max_length=150, help_text="a user name; null: nobody; left out: the caller"
    )


class ReviewTaskEndSerializer(VersionSerializer):
    """`version` is the follow-up's."""

    state = serializers.ChoiceField([end.value for end in ENDS])
    outcome = serializers.CharField(max_length=300)


class ReplyTemplateInputSerializer(serializers.Serializer[object]):
    title = serializers.CharField(max_length=TITLE_LENGTH)
    text = serializers.CharField(max_length=REPLY_LIMIT)
    results = serializers.ListField(
        child=serializers.ChoiceField(_RESULTS), required=False, default=list, max_length=len(_RESULTS)
    )
    is_thanks = serializers.BooleanField(required=False, default=False)


class ReviewSettingsInputSerializer(VersionSerializer):
    """What is left out stays."""

    low_stars = serializers.IntegerField(min_value=0, max_value=5, required=False)
    task_hours = serializers.IntegerField(min_value=1, max_value=720, required=False)
    reply_days = serializers.IntegerField(min_value=1, max_value=365, required=False)
    forbidden_words = serializers.ListField(
        child=serializers.CharField(max_length=WORD_LENGTH), required=False, max_length=MOST_WORDS,
        help_text="that no text to buyers may hold, beside promises for reviews and ways round the platform",
    )  # fmt: skip
