from decimal import Decimal

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.paging import PageSerializer
from backoffice.api.serializers import MoneyField
from orders.fulfilment.models import InvoiceRequest
from orders.fulfilment.models.invoices import invoice_limit
from orders.fulfilment.services.invoices.asking import missing_details
from orders.fulfilment.statuses import STAFF_VOID_REASONS, InvoiceState

_KINDS = InvoiceRequest.Kind.values


class InvoiceSerializer(serializers.Serializer[InvoiceRequest]):
    """An invoice that a buyer asked for. It costs the buyer nothing, and nobody who paid is refused one."""

    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number")
    state = serializers.ChoiceField(InvoiceState.values)
    kind = serializers.ChoiceField(_KINDS)
    title = serializers.CharField(help_text="empty: to be asked for")
    tax_number = serializers.CharField()
    amount = MoneyField()
    limit = serializers.SerializerMethodField(help_text="what was paid and not refunded")
    electronic = serializers.BooleanField(source="is_electronic")
    remark = serializers.CharField()
    needs_details = serializers.BooleanField(help_text="a title or tax number is to be asked for")
    missing = serializers.SerializerMethodField(help_text="the same as a sentence, or a warning")
    requested_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="to be issued by then")
    invoice_number = serializers.CharField()
    issued_at = serializers.DateTimeField(allow_null=True)
    courier = serializers.CharField()
    tracking_number = serializers.CharField()
    mailed_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.CharField(help_text="reissue, refunded or withdrawn (by the buyer), of one that is void")
    version = serializers.IntegerField()

    @extend_schema_field(MoneyField)
    def get_limit(self, invoice: InvoiceRequest) -> str:
        return str(max(invoice_limit(invoice.order), Decimal("0.00")))

    def get_missing(self, invoice: InvoiceRequest) -> str:
        return missing_details(invoice) if invoice.state == InvoiceState.PENDING else ""


class InvoicePageSerializer(PageSerializer):
    results = InvoiceSerializer(many=True)


class _DetailsSerializer(serializers.Serializer[object]):
    title = serializers.CharField(max_length=120, allow_blank=True)
    tax_number = serializers.CharField(max_length=40, allow_blank=True, default="")
    amount = serializers.DecimalField(
        max_digits=12, decimal_places=2, required=False, allow_null=True, default=None,
        help_text="without it what was paid and not refunded",
    )  # fmt: skip
    remark = serializers.CharField(max_length=200, allow_blank=True, default="")
    electronic = serializers.BooleanField(source="is_electronic", default=True)
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class InvoiceInputSerializer(_DetailsSerializer):
    order = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(_KINDS, required=False, default="", allow_blank=True)


class InvoiceChangeSerializer(_DetailsSerializer):
    kind = serializers.ChoiceField(_KINDS)


class _VersionSerializer(serializers.Serializer[object]):
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class InvoiceIssueSerializer(_VersionSerializer):
    invoice_number = serializers.CharField(max_length=60)
    electronic = serializers.BooleanField(source="is_electronic", required=False, allow_null=True, default=None)


class InvoiceMailSerializer(_VersionSerializer):
    courier = serializers.CharField(max_length=60)
    tracking_number = serializers.CharField(max_length=60)


class InvoiceVoidSerializer(_VersionSerializer):
    reason = serializers.ChoiceField([reason.value for reason in STAFF_VOID_REASONS])
