"""Gift rules."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.api.stock.serializers import (
    GiftRuleInputSerializer,
    GiftRuleSerializer,
    GiftRulesSerializer,
    GiftSwitchSerializer,
    GiftTrialSerializer,
)
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.fulfilment.models import GiftRule
from orders.fulfilment.queries.gift_trial import trial_of
from orders.fulfilment.queries.gifts import CAP, gift_rules
from orders.fulfilment.services.gifts import (
    GiftValues,
    delete_gift_rule,
    save_gift_rule,
    switch_gift_rule,
    unsaved_gift_rule,
)

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
_RULE: dict[int | str, Any] = {200: GiftRuleSerializer, **REFUSALS}
_NEW: dict[int | str, Any] = {201: GiftRuleSerializer, **REFUSALS}


def _shown(rule: GiftRule, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(GiftRuleSerializer(rule).data, status=status_code)


def _values(request: ApiRequest) -> GiftValues:
    return GiftValues(**read_values(GiftRuleInputSerializer, request))


class GiftRuleListView(APIView):
    @extend_schema(
        operation_id="gift_rules_list", responses={200: GiftRulesSerializer, **REFUSALS},
        summary="The store's gift rules, those that are on first",
    )  # fmt: skip
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(GiftRuleSerializer, gift_rules(request.store)[:CAP])})

    @extend_schema(
        operation_id="gift_rules_create", request=GiftRuleInputSerializer, responses=_NEW,
        summary="Write a gift rule; it is off until it is switched on",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = _values(request)
        return once(request, lambda: _shown(_save(request, values), status.HTTP_201_CREATED))


def _save(request: ApiRequest, values: GiftValues, pk: int | None = None) -> GiftRule:
    return save_gift_rule(store=request.store, values=values, actor=request.user, at=timezone.now(), rule_id=pk)


class GiftTryView(APIView):
    @extend_schema(
        operation_id="gift_rules_try", request=GiftRuleInputSerializer,
        responses={200: GiftTrialSerializer, **REFUSALS}, summary="Whom a gift rule would give to now",
    )  # fmt: skip
    @_READ
    def post(self, request: ApiRequest) -> Response:
        values = _values(request)
        with transaction.atomic():
            rule = unsaved_gift_rule(store=request.store, values=values, at=timezone.now())
            return Response(GiftTrialSerializer(trial_of(request.store, rule)).data)


class GiftRuleView(APIView):
    @extend_schema(
        operation_id="gift_rules_change", request=GiftRuleInputSerializer, responses=_RULE, summary="Change a gift rule"
    )
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        return _shown(_save(request, _values(request), pk))

    @extend_schema(
        operation_id="gift_rules_delete", responses={204: None, **REFUSALS},
        summary="Delete a gift rule that never gave anything",
    )  # fmt: skip
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        delete_gift_rule(store=request.store, rule_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class GiftSwitchView(APIView):
    @extend_schema(
        operation_id="gift_rules_switch", request=GiftSwitchSerializer, responses=_RULE,
        summary="Switch a gift rule on or off",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        is_active = read_values(GiftSwitchSerializer, request)["is_active"]
        return once(request, lambda: _switched(request, pk, is_active=is_active))


def _switched(request: ApiRequest, pk: int, *, is_active: bool) -> Response:
    rule = switch_gift_rule(store=request.store, rule_id=pk, is_active=is_active, actor=request.user, at=timezone.now())
    return _shown(rule)
