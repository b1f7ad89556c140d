from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.exports.serializers import NUMBER
from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer, listed
from backoffice.common.models import Job, JobRow
from orders.fulfilment.models import PrintRecord, Waybill, WaybillLine
from orders.fulfilment.papers.batches import AGAIN_ALL, AGAIN_NEW, LIMIT
from orders.fulfilment.papers.content import SORTS
from orders.fulfilment.services.waybills import MAX_MERGED
from orders.fulfilment.statuses import WaybillState

MAX_LINES = 500
_VERSION = "of the waybill, as read: refused when somebody changed it since"


class WaybillLineSerializer(serializers.Serializer[WaybillLine]):
    order = serializers.CharField(source="order.number")
    position = serializers.IntegerField(source="line.position", help_text="of the line in its order")
    quantity = serializers.IntegerField()


class WaybillSerializer(serializers.Serializer[Waybill]):
    """A parcel that is to leave; with more than one order it is merged."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(WaybillState.values)
    courier = serializers.CharField(help_text="a code; empty: none chosen yet")
    number = serializers.CharField(help_text="empty: none yet")
    problem = serializers.CharField(help_text="why it has no number")
    lines = WaybillLineSerializer(source="lines.all", many=True)
    order_count = serializers.IntegerField()
    ship_by = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    print_count = serializers.IntegerField()
    printed_at = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.CharField()
    version = serializers.IntegerField()


class WaybillPageSerializer(PageSerializer):
    results = WaybillSerializer(many=True)


class PlannedLineSerializer(serializers.Serializer[object]):
    order = serializers.RegexField(NUMBER)
    position = serializers.IntegerField(min_value=1, max_value=32767)
    quantity = serializers.IntegerField(min_value=1, max_value=100_000)


class PlanSerializer(serializers.Serializer[object]):
    orders = serializers.ListField(
        child=serializers.RegexField(NUMBER), min_length=1, max_length=MAX_MERGED,
        help_text="Several go into one parcel, if they go to one recipient.",
    )  # fmt: skip
    courier = serializers.CharField(default="", max_length=60, allow_blank=True, help_text="empty: the store's usual")
    lines = serializers.ListField(
        child=PlannedLineSerializer(), required=False, min_length=1, max_length=MAX_LINES,
        help_text="without it: everything unshipped",
    )  # fmt: skip


class PlanRestSerializer(serializers.Serializer[object]):
    order = serializers.RegexField(NUMBER)
    courier = serializers.CharField(default="", max_length=60, allow_blank=True, help_text="empty: the store's usual")


class NumberSerializer(serializers.Serializer[object]):
    number = serializers.CharField(default="", max_length=80, allow_blank=True, help_text="empty: the next of the pool")
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text=_VERSION)


class WaybillCourierSerializer(serializers.Serializer[object]):
    courier = serializers.CharField(max_length=60, help_text="a code or a name of the courier list")
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text=_VERSION)


class VoidSerializer(serializers.Serializer[object]):
    reason = serializers.CharField(max_length=200)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text=_VERSION)


class PrintRequestSerializer(serializers.Serializer[object]):
    paper = serializers.ChoiceField(PrintRecord.Paper.values)
    waybills = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), required=False, max_length=LIMIT,
        help_text="ids, for the paper `waybill`",
    )  # fmt: skip
    orders = serializers.ListField(
        child=serializers.RegexField(NUMBER), required=False, max_length=LIMIT, help_text="for the other papers"
    )
    sort = serializers.ChoiceField(list(SORTS), default="ship_by")
    again = serializers.ChoiceField(
        ["", AGAIN_ALL, AGAIN_NEW], default="",
        help_text="what was printed before: refused without this, printed as reprints (all), left out (new)",
    )  # fmt: skip


class PrintRowSerializer(serializers.Serializer[JobRow]):
    order = serializers.CharField(source="subject")
    outcome = serializers.ChoiceField(JobRow.Outcome.values)
    reason = serializers.CharField()


class PrintBatchSerializer(JobSerializer):
    """A print batch, in a list."""

    paper = serializers.CharField(source="params.paper", default="")
    sort = serializers.CharField(source="params.sort", default="")
    file_name = serializers.CharField()
    size = serializers.IntegerField(source="file_size", allow_null=True)
    sha256 = serializers.CharField(source="file_sha256")
    expires_at = serializers.DateTimeField(source="file_expires_at", allow_null=True)


class PrintSerializer(PrintBatchSerializer):
    """A print batch: poll until `state` is done, then fetch its file within a day."""

    rows = serializers.SerializerMethodField(help_text="what became of the first 1,000 orders")

    @extend_schema_field(PrintRowSerializer(many=True))
    def get_rows(self, job: Job) -> Any:
        return listed(PrintRowSerializer, job.rows.order_by("position")[:1000])


class PrintPageSerializer(PageSerializer):
    results = PrintBatchSerializer(many=True)
