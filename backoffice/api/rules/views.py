from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.authentication import ApiRequest
from backoffice.api.idempotency import once
from backoffice.api.permissions import operation
from backoffice.api.rules.serializers import (
    MoveSerializer,
    RuleChangeSerializer,
    RuleInputSerializer,
    RuleSerializer,
    RulesSerializer,
    SwitchSerializer,
    TriedSerializer,
    TrySerializer,
    rule_values,
)
from backoffice.api.schema import REFUSALS
from backoffice.api.serializers import listed, read_values
from backoffice.common.access import Right
from backoffice.common.models.tokens import Scope
from orders.rules import services
from orders.rules.dry_run import dry_run
from orders.rules.models import AcceptanceRule
from orders.rules.queries import rules_of, rules_to_try

_READ = operation(Scope.ORDERS_READ, Right.MANAGE_STORE)
_WRITE = operation(Scope.ORDERS_WRITE, Right.MANAGE_STORE)
_RULE: dict[int | str, Any] = {200: RuleSerializer, **REFUSALS}
_NEW: dict[int | str, Any] = {201: RuleSerializer, **REFUSALS}


def _shown(rule: AcceptanceRule, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(RuleSerializer(rule).data, status=status_code)


def _rule(request: ApiRequest, pk: int) -> AcceptanceRule:
    return rules_of(request.store).select_related("updated_by").get(pk=pk)


class RuleListView(APIView):
    @extend_schema(
        operation_id="rules_list", responses={200: RulesSerializer, **REFUSALS}, summary="The store's acceptance rules"
    )
    @_READ
    def get(self, request: ApiRequest) -> Response:
        return Response({"results": listed(RuleSerializer, rules_of(request.store).select_related("updated_by"))})

    @extend_schema(
        operation_id="rules_create", request=RuleInputSerializer, responses=_NEW, summary="Add a rule behind the others"
    )
    @_WRITE
    def post(self, request: ApiRequest) -> Response:
        values = rule_values(read_values(RuleInputSerializer, request))
        return once(request, lambda: _create(request, values))


def _create(request: ApiRequest, values: services.RuleValues) -> Response:
    rule = services.save_rule(store=request.store, values=values, actor=request.user, at=timezone.now())
    return _shown(rule, status.HTTP_201_CREATED)


class RuleView(APIView):
    @extend_schema(operation_id="rules_read", responses=_RULE, summary="One rule")
    @_READ
    def get(self, request: ApiRequest, pk: int) -> Response:
        return _shown(_rule(request, pk))

    @extend_schema(operation_id="rules_change", request=RuleChangeSerializer, responses=_RULE, summary="Change a rule")
    @_WRITE
    def put(self, request: ApiRequest, pk: int) -> Response:
        """It keeps its place. Orders that nobody has reviewed are looked at again."""
        rule = _rule(request, pk)
        given = read_values(RuleChangeSerializer, request)
        services.save_rule(
            store=request.store, values=rule_values(given), actor=request.user, at=timezone.now(), rule_id=rule.pk,
            seen_at=given.get("updated_at"),
        )  # fmt: skip
        return _shown(_rule(request, pk))

    @extend_schema(operation_id="rules_delete", responses={204: None, **REFUSALS}, summary="Delete a rule")
    @_WRITE
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """Its name stays on the orders that it decided about."""
        services.delete_rule(store=request.store, rule_id=pk, actor=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _on_rule(request: ApiRequest, pk: int, act: Callable[..., object], **values: Any) -> Response:
    """Do an act on one rule of the store, and answer with the rule."""
    rule = _rule(request, pk)

    def run() -> Response:
        act(store=request.store, rule_id=rule.pk, actor=request.user, at=timezone.now(), **values)
        return _shown(_rule(request, pk))

    return once(request, run)


class RuleMoveView(APIView):
    @extend_schema(
        operation_id="rules_move", request=MoveSerializer, responses=_RULE,
        summary="Let a rule be asked one place sooner or later",
    )  # fmt: skip
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        """At the end nothing changes."""
        return _on_rule(request, pk, services.move_rule, **read_values(MoveSerializer, request))


class RuleSwitchView(APIView):
    @extend_schema(
        operation_id="rules_switch", request=SwitchSerializer, responses=_RULE, summary="Switch a rule on or off"
    )
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        return _on_rule(request, pk, services.switch_rule, **read_values(SwitchSerializer, request))


class RuleDuplicateView(APIView):
    @extend_schema(operation_id="rules_duplicate", request=None, responses=_NEW, summary="Copy a rule; the copy is off")
    @_WRITE
    def post(self, request: ApiRequest, pk: int) -> Response:
        return once(request, lambda: _duplicate(request, pk))


def _duplicate(request: ApiRequest, pk: int) -> Response:
    copy = services.duplicate_rule(store=request.store, rule_id=pk, actor=request.user, at=timezone.now())
    return _shown(copy, status.HTTP_201_CREATED)


class RuleTryView(APIView):
    @extend_schema(
        operation_id="rules_try", request=TrySerializer, responses={200: TriedSerializer, **REFUSALS},
        summary="Try rules on the day's paid orders; nothing is changed",
    )  # fmt: skip
    @_READ
    def post(self, request: ApiRequest) -> Response:
        """Up to 2,000 orders, as if nobody had reviewed them."""
        rules = _tried(request, read_values(TrySerializer, request))
        return once(request, lambda: _try(request, rules))


def _tried(request: ApiRequest, given: dict[str, Any]) -> list[AcceptanceRule]:
    place = _rule(request, given["id"]).pk if "id" in given else None
    wanted = services.unsaved_rule(request.store, rule_values(given["rule"])) if "rule" in given else None
    return rules_to_try(request.store, wanted=wanted, place=place)


def _try(request: ApiRequest, rules: list[AcceptanceRule]) -> Response:
    return Response(TriedSerializer(dry_run(store=request.store, rules=rules, at=timezone.now())).data)
