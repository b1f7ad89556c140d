from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import JobSerializer, listed
from orders.intake.formats import ORDER_DETAIL, ORDER_LIST
from orders.intake.models import ImportFile, QuarantinedRow
from orders.intake.queries import open_rows

SHOWN_ROWS = 100
ENCODINGS = ["utf-8", "gb18030", "big5"]


class StartSerializer(serializers.Serializer[object]):
    encoding = serializers.ChoiceField(
        ENCODINGS, required=False, help_text="Of a CSV; without it found by the usual rule."
    )
    snapshot_at = serializers.DateTimeField(
        required=False, help_text="How new the file is; without it from its name, else now."
    )


class UploadSerializer(StartSerializer):
    file = serializers.FileField(help_text="An order list or order details, .xlsx or .csv.")
    start = serializers.BooleanField(default=True, help_text="false: look through the file, import nothing yet.")


class CountsSerializer(serializers.Serializer[object]):
    """rows = created + updated + unchanged + stale + quarantined."""

    rows = serializers.IntegerField(default=0)
    created = serializers.IntegerField(default=0)
    updated = serializers.IntegerField(default=0)
    unchanged = serializers.IntegerField(default=0)
    stale = serializers.IntegerField(default=0)
    quarantined = serializers.IntegerField(default=0)


class BadRowSerializer(serializers.Serializer[QuarantinedRow]):
    """A row that waits; `line` is the physical line, the header is 1."""

    id = serializers.IntegerField()
    line = serializers.IntegerField()
    column = serializers.CharField()
    reason = serializers.CharField()


class ImportSerializer(serializers.Serializer[ImportFile]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    format = serializers.ChoiceField(["", ORDER_LIST, ORDER_DETAIL])
    encoding = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    snapshot_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(ImportFile.State.values)
    counts = CountsSerializer()
    waiting = serializers.IntegerField(help_text="Rows in quarantine that are still to be settled.")
    error = serializers.CharField()
    job = JobSerializer(allow_null=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username", default=None, allow_null=True)
    uploaded_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportDetailSerializer(ImportSerializer):
    preview = serializers.DictField(help_text="What the file was seen to hold before it was imported; masked.")
    quarantine = serializers.SerializerMethodField(help_text=f"The first {SHOWN_ROWS} rows that wait.")

    @extend_schema_field(BadRowSerializer(many=True))
    def get_quarantine(self, file: ImportFile) -> Any:
        rows = open_rows(file.store, file_id=file.pk).order_by("line")[:SHOWN_ROWS]
        return listed(BadRowSerializer, rows)


class ImportPageSerializer(PageSerializer):
    results = ImportSerializer(many=True)


class FixSerializer(serializers.Serializer[object]):
    cells = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True), allow_empty=False,
        help_text="New texts by the header of their column.",
    )  # fmt: skip
