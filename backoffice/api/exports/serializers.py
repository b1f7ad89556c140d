from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer, MoneyField
from orders.desk.exports.writing import FORMATS

NUMBER = r"^(?=[A-Za-z_-]*[0-9])[0-9A-Za-z_-]{1,64}$"
MAX_ORDERS = 20_000


class ExportRequestSerializer(serializers.Serializer[object]):
    query = serializers.CharField(
        default="", max_length=4000, allow_blank=True, help_text="Parameters of the order list: queue=…&paid_from=…"
    )
    orders = serializers.ListField(
        child=serializers.RegexField(NUMBER), required=False, max_length=MAX_ORDERS, allow_empty=False,
        help_text="Order numbers; then of the query only the sort counts.",
    )  # fmt: skip
    template = serializers.CharField(
        default="", max_length=60, allow_blank=True, help_text="full, picking, finance, or a saved one"
    )
    format = serializers.ChoiceField(FORMATS, default="xlsx")
    clear = serializers.BooleanField(default=False, help_text="Clear text: needs its own right and a reason.")
    reason = serializers.CharField(default="", max_length=200, allow_blank=True)


class ExportSerializer(JobSerializer):
    """An export. `rows` and what follows are known when it is done."""

    template = serializers.CharField(source="params.template", default="")
    format = serializers.ChoiceField(FORMATS, source="params.format", default="xlsx")
    clear = serializers.BooleanField(source="params.clear", default=False)
    reason = serializers.CharField(source="params.reason", default="")
    filter = serializers.CharField(source="params.filter_text", default="")
    rows = serializers.IntegerField(source="result.rows", default=None, allow_null=True, help_text="orders")
    lines = serializers.IntegerField(source="result.lines", default=None, allow_null=True)
    sum_paid = MoneyField(source="result.sum_paid", default=None, allow_null=True)
    snapshot_at = serializers.DateTimeField(source="result.snapshot_at", default=None, allow_null=True)
    file_name = serializers.CharField()
    size = serializers.IntegerField(source="file_size", allow_null=True)
    sha256 = serializers.CharField(source="file_sha256")
    downloads = serializers.IntegerField()
    expires_at = serializers.DateTimeField(source="file_expires_at", allow_null=True)
    requested_by = serializers.CharField(source="requested_by.username", default=None, allow_null=True)


class ExportPageSerializer(PageSerializer):
    results = ExportSerializer(many=True)
