"""The shapes of reviews in answers. Phone-like numbers in texts are masked."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aftersales.reviews.models import ReplyTemplate, Review, ReviewSettings, ReviewTask
from aftersales.reviews.services import VARIABLES
from aftersales.reviews.statuses import ReplyState, ReviewResult, Sentiment, TaskState
from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer
from backoffice.common.models import JobRow

_TASK = {
    "type": "object", "nullable": True, "description": "the follow-up of a poor review; null: it has none",
    "required": ["state", "owner", "opened_at", "deadline", "outcome", "closed_by", "closed_at", "version"],
    "properties": {
        "state": {"type": "string", "enum": TaskState.values},
        "owner": {"type": "string", "nullable": True},
        "opened_at": {"type": "string", "format": "date-time"},
        "deadline": {"type": "string", "format": "date-time"},
        "outcome": {"type": "string"},
        "closed_by": {"type": "string", "nullable": True},
        "closed_at": {"type": "string", "format": "date-time", "nullable": True},
        "version": {"type": "integer"},
    },
}  # fmt: skip  # a reference to a serializer's own could not be null


class ReviewTaskSerializer(serializers.Serializer[ReviewTask]):
    state = serializers.ChoiceField(TaskState.values)
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    opened_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField()
    outcome = serializers.CharField()
    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ReviewSerializer(serializers.Serializer[Review]):
    """What a buyer says in public about one line of an order, the follow-up, and the shop's reply."""

    id = serializers.IntegerField()
    order = serializers.CharField(source="order_number", help_text="may not be known here yet")
    line = serializers.IntegerField(source="line_id", allow_null=True)
    nick = serializers.CharField()
    product = serializers.CharField(source="title.text", default=None, allow_null=True)
    product_id = serializers.CharField()
    result = serializers.ChoiceField(ReviewResult.values)
    stars = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    is_default = serializers.BooleanField(help_text="the platform's words for a buyer who wrote nothing")
    reviewed_at = serializers.DateTimeField()
    follow_up = serializers.CharField()
    followed_up_at = serializers.DateTimeField(allow_null=True)
    sentiment = serializers.ChoiceField(Sentiment.values)
    reply = serializers.CharField()
    reply_state = serializers.ChoiceField(ReplyState.values, help_text="recorded: not seen on the platform yet")
    replied_by = serializers.CharField(source="replied_by.username", default=None, allow_null=True)
    replied_at = serializers.DateTimeField(allow_null=True)
    read_by = serializers.CharField(source="read_by.username", default=None, allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True, help_text="null: unread")
    task = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    @extend_schema_field(_TASK)
    def get_task(self, review: Review) -> Any:
        task = getattr(review, "task", None)
        return ReviewTaskSerializer(task).data if task is not None else None


class ReviewPageSerializer(PageSerializer):
    results = ReviewSerializer(many=True)


class FittingReplySerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField(help_text="as the buyer would read it")


class ReviewDetailSerializer(ReviewSerializer):
    reply_until = serializers.DateTimeField(help_text="the platform takes no reply after it")
    reply_problem = serializers.CharField(help_text="why it would take none now; empty: it would")
    replies = FittingReplySerializer(many=True, help_text="ready replies, those for such reviews first")
    others = serializers.ListField(child=serializers.IntegerField(), help_text="the buyer's other reviews")


class ReplyTemplateSerializer(serializers.Serializer[ReplyTemplate]):
    __doc__ = f"A ready reply; variables: {', '.join(f'{{{name}}}' for name in VARIABLES)}."

    id = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    results = serializers.ListField(child=serializers.ChoiceField(ReviewResult.values))
    is_thanks = serializers.BooleanField(help_text="may be sent to many good reviews at once")
    use_count = serializers.IntegerField()
    used_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class ReplyTemplatesSerializer(serializers.Serializer[object]):
    results = ReplyTemplateSerializer(many=True)


class ReviewSettingsSerializer(serializers.Serializer[ReviewSettings]):
    low_stars = serializers.IntegerField(help_text="so many or fewer, or a bad result, open a follow-up")
    task_hours = serializers.IntegerField()
    reply_days = serializers.IntegerField()
    forbidden_words = serializers.ListField(child=serializers.CharField(), source="store.forbidden_words")
    version = serializers.IntegerField()


class ThanksExampleSerializer(serializers.Serializer[object]):
    review = serializers.IntegerField()
    text = serializers.CharField()


class ThanksPreviewSerializer(serializers.Serializer[object]):
    """What thanking would do: how many get the reply, the first of them, and why others do not."""

    count = serializers.IntegerField()
    examples = ThanksExampleSerializer(many=True)
    left_out = serializers.DictField(child=serializers.IntegerField())


class ThanksRowSerializer(serializers.Serializer[JobRow]):
    review = serializers.IntegerField(source="data.review")
    order = serializers.CharField(source="subject")
    outcome = serializers.ChoiceField(JobRow.Outcome.values)
    reason = serializers.CharField()


class ThanksSerializer(JobSerializer):
    """The receipt: what became of each review."""

    left_out = serializers.DictField(child=serializers.IntegerField(), source="params.left_out")
    rows = ThanksRowSerializer(many=True, source="receipt")


class RecordOutcomeSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField(allow_null=True, help_text="of the review")
    result = serializers.ChoiceField(["created", "updated", "unchanged", "stale", "refused"])
    reason = serializers.CharField(help_text="why it was refused")


class RecordedSerializer(serializers.Serializer[object]):
    """What became of the records, in their order."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    stale = serializers.IntegerField()
    refused = serializers.IntegerField()
    outcomes = RecordOutcomeSerializer(many=True)


class ReviewsReadSerializer(serializers.Serializer[object]):
    read = serializers.IntegerField(help_text="how many were unread")
