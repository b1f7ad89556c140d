"""What the shop holds to in after-sales, and where goods come back to."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.refunds.models import RefundPolicy, ReturnAddress
from aftersales.refunds.services import policy_of
from aftersales.refunds.services.goods import ReturnPlace, return_address_text, save_return_address
from aftersales.refunds.services.policy import FIELDS, save_policy
from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.orders.inputs import VersionSerializer
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope

_SEE, _MANAGE = (operation(scope, Right.MANAGE_STORE) for scope in (Scope.REFUNDS_READ, Scope.REFUNDS_WRITE))
_HOURS, _DAYS = 24 * 90, 365
_NUMBERS = {  # name: the least and the most
    "decide_hours": (1, _HOURS), "decide_return_hours": (1, _HOURS), "refused_days": (1, _DAYS),
    "return_days": (1, _DAYS), "receive_days": (1, _DAYS), "send_hours": (1, _HOURS), "confirm_days": (1, _DAYS),
    "due_soon_hours": (0, _HOURS), "inspect_hours": (1, _HOURS), "no_reason_days": (0, _DAYS),
    "quality_days": (0, _DAYS), "signal_days": (1, _DAYS), "signal_count": (1, 1000), "complaint_hours": (1, _HOURS),
}  # fmt: skip


class RefundPolicySerializer(serializers.Serializer[RefundPolicy]):
    """A change may leave out what stays; with `version` a stale one is refused with 409."""

    approval_above = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), help_text="money above it needs a second person"
    )
    special_words = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=100, help_text="of goods that are not taken back"
    )
    acts_on_timeout = serializers.BooleanField(help_text="false: the platform reports what silence does")
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)

    def get_fields(self) -> dict[str, Any]:
        numbers = {
            name: serializers.IntegerField(min_value=least, max_value=most) for name, (least, most) in _NUMBERS.items()
        }
        return {**super().get_fields(), **numbers}


_POLICY: dict[int | str, Any] = {200: RefundPolicySerializer, **REFUSALS}


class PolicyView(APIView):
    @extend_schema(
        operation_id="refunds_policy_read", responses=_POLICY, summary="What the shop holds to in after-sales"
    )
    @_SEE
    def get(self, request: ApiRequest) -> Response:
        return Response(RefundPolicySerializer(policy_of(request.store)).data)

    @extend_schema(
        operation_id="refunds_policy_change", request=RefundPolicySerializer(partial=True), responses=_POLICY,
        summary="Change it; open cases keep the deadlines they have",
    )  # fmt: skip
    @_MANAGE
    def put(self, request: ApiRequest) -> Response:
        shape = RefundPolicySerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        version, policy = given.pop("version", None), policy_of(request.store)
        values = {name: getattr(policy, name) for name in FIELDS} | given
        saved = save_policy(
            store=request.store, values=values, actor=request.user, at=timezone.now(), version=version
        )  # fmt: skip
        return Response(RefundPolicySerializer(saved).data)


class ReturnAddressSerializer(serializers.Serializer[ReturnAddress]):
    """Where buyers send goods back to; masked here, told in clear to the buyer whose return is agreed to."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    shown = serializers.CharField()
    is_default = serializers.BooleanField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class ReturnAddressTextSerializer(serializers.Serializer[object]):
    text = serializers.CharField(help_text="in clear, in one line, to be told to a buyer")


class ReturnAddressesSerializer(serializers.Serializer[object]):
    results = ReturnAddressSerializer(many=True)


class ReturnAddressInputSerializer(VersionSerializer):
    """All of it anew: the contact, the phone number and the street are nowhere answered in clear."""

    name = serializers.CharField(max_length=60)
    contact = serializers.CharField(max_length=40)
    phone = serializers.CharField(max_length=30)
    region = serializers.CharField(max_length=60, help_text="province, city, district")
    street = serializers.CharField(max_length=200)
    is_default = serializers.BooleanField(default=False)
    is_active = serializers.BooleanField(default=True)


class AddressListView(APIView):
    @extend_schema(
        operation_id="return_addresses_list", responses={200: ReturnAddressesSerializer, **REFUSALS},
        summary="Where buyers send goods back to",
    )  # fmt: skip
    @operation(Scope.REFUNDS_READ, Right.WORK_REFUNDS, Right.RECEIVE_RETURNS, Right.MANAGE_STORE)
    def get(self, request: ApiRequest) -> Response:
        rows = ReturnAddress.objects.for_store(request.store).order_by("-is_active", "-is_default", "name", "pk")
        return Response({"results": listed(ReturnAddressSerializer, rows.defer("sealed"))})

    @extend_schema(
        operation_id="return_addresses_create", request=ReturnAddressInputSerializer,
        responses={201: ReturnAddressSerializer, **REFUSALS}, summary="Add an address",
    )  # fmt: skip
    @_MANAGE
    def post(self, request: ApiRequest) -> Response:
        values = read_values(ReturnAddressInputSerializer, request)
        return once(request, lambda: Response(_saved(request, values), status=status.HTTP_201_CREATED))


class AddressView(APIView):
    @extend_schema(
        operation_id="return_addresses_change", request=ReturnAddressInputSerializer,
        responses={200: ReturnAddressSerializer, **REFUSALS}, summary="Change an address, or take it out of use",
    )  # fmt: skip
    @_MANAGE
    def put(self, request: ApiRequest, pk: int) -> Response:
        ReturnAddress.objects.for_store(request.store).only("pk").get(pk=pk)
        return Response(_saved(request, read_values(ReturnAddressInputSerializer, request), pk))


class AddressTextView(APIView):
    @extend_schema(
        operation_id="return_addresses_text", responses={200: ReturnAddressTextSerializer, **REFUSALS},
        summary="One of the shop's own addresses in clear, for whoever tells it to a buyer",
    )  # fmt: skip
    @operation(Scope.REFUNDS_WRITE, Right.WORK_REFUNDS)
    def get(self, request: ApiRequest, pk: int) -> Response:
        text = return_address_text(ReturnAddress.objects.for_store(request.store).get(pk=pk))
        return Response({"text": text}, headers={"Cache-Control": "no-store"})


def _saved(request: ApiRequest, values: dict[str, Any], pk: int | None = None) -> Any:
    values = dict(values)
    place = ReturnPlace(*(values.pop(part) for part in ReturnPlace._fields))
    saved = save_return_address(
        store=request.store, place=place, actor=request.user, at=timezone.now(), address_id=pk, **values
    )
    return ReturnAddressSerializer(saved).data
