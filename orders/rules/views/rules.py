"""The rules of a store: the list in the order in which they are asked, and the form of one."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.common.access import Right, requires
from backoffice.common.middleware import StoreRequest
from backoffice.common.toasts import notify
from backoffice.common.web import wants_partial
from orders.core.services import OrderError
from orders.rules import services
from orders.rules.conditions import condition_text
from orders.rules.dry_run import DryRun, dry_run
from orders.rules.forms import RuleEditor
from orders.rules.models import AcceptanceRule
from orders.rules.queries import active_rules, rules_of, rules_to_try

INVALID = 422


@require_GET
@requires(Right.MANAGE_STORE)
def rule_list(request: StoreRequest) -> HttpResponse:
    """Show the rules; with `?try=1` also what they would do with today's orders."""
    tried = None
    if "try" in request.GET:
        tried = dry_run(store=request.store, rules=active_rules(request.store), at=timezone.now())
        if wants_partial(request):
            return render(request, "rules/_dry_run.html", {"tried": tried})
    return render(request, "rules/rule_list.html", _list_context(request) | {"tried": tried})


def _list_context(request: StoreRequest) -> dict[str, Any]:
    rules = list(rules_of(request.store))
    rows = [(rule, [condition_text(stored) for stored in rule.conditions]) for rule in rules]
    return {"rows": rows, "active_nav": "settings", "has_active": any(rule.is_active for rule in rules)}


def _list(request: StoreRequest) -> HttpResponse:
    """Answer an act in place, or with the whole page where there is no script."""
    if not wants_partial(request):
        return redirect("rules:rule-list")
    return render(request, "rules/_rule_list.html", _list_context(request))


@require_http_methods(["GET", "POST"])
@requires(Right.MANAGE_STORE)
def rule_edit(request: StoreRequest, pk: int | None = None) -> HttpResponse:
    """Show and save one rule; its rows are added and removed, and it is tried, by buttons of the same form."""
    rule = get_object_or_404(rules_of(request.store), pk=pk) if pk is not None else None
    if request.method == "GET":
        return _page(request, RuleEditor(rule))
    editor = RuleEditor(rule, request.POST)
    act, _colon, argument = request.POST.get("do", "save").partition(":")
    if act in {"add", "remove"}:
        editor.unbind()
        (editor.add if act == "add" else editor.remove)(argument or request.POST.get("field", ""))
        return _page(request, editor)
    if not editor.is_valid():
        return _page(request, editor, status=INVALID)
    return _try(request, editor) if act == "try" else _save(request, editor)


def _try(request: StoreRequest, editor: RuleEditor) -> HttpResponse:
    """Answer with what the rules would do if this one were saved as it stands here, and switched on."""
    try:
        wanted = services.unsaved_rule(request.store, editor.values())
    except OrderError as error:
        editor.form.add_error(None, str(error))
        return _page(request, editor, status=INVALID)
    rules = rules_to_try(request.store, wanted=wanted, place=editor.rule.pk if editor.rule else None)
    return _page(request, editor, tried=dry_run(store=request.store, rules=rules, at=timezone.now()))


def _save(request: StoreRequest, editor: RuleEditor) -> HttpResponse:
    try:
        rule = services.save_rule(
            store=request.store, values=editor.values(), actor=request.user, at=timezone.now(),
            rule_id=editor.rule.pk if editor.rule else None, seen_at=editor.seen_at,
        )  # fmt: skip
    except AcceptanceRule.DoesNotExist as error:
        raise Http404 from error
    except OrderError as error:
        editor.form.add_error(None, str(error))
        return _page(request, editor, status=409 if error.code == "version" else INVALID)
    notify(request, _("The rule “%(name)s” was saved.") % {"name": rule.name})
    return redirect("rules:rule-list")


def _page(request: StoreRequest, editor: RuleEditor, *, tried: DryRun | None = None, status: int = 200) -> HttpResponse:
    context = {"editor": editor, "rule": editor.rule, "tried": tried, "active_nav": "settings"}
    template = "rules/_rule_form.html" if wants_partial(request) else "rules/rule_edit.html"
    return render(request, template, context, status=status)


@require_POST
@requires(Right.MANAGE_STORE)
def rule_move(request: StoreRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(rules_of(request.store), pk=pk)
    services.move_rule(
        store=request.store, rule_id=rule.pk, up=request.POST.get("up") == "1", actor=request.user, at=timezone.now()
    )
    return _list(request)


@require_POST
@requires(Right.MANAGE_STORE)
def rule_switch(request: StoreRequest, pk: int) -> HttpResponse:
    """Switch one on or off: POST `active` = 1 or 0."""
    rule = get_object_or_404(rules_of(request.store), pk=pk)
    is_active = request.POST.get("active") == "1"
    services.switch_rule(
        store=request.store, rule_id=rule.pk, is_active=is_active, actor=request.user, at=timezone.now()
    )
    text = _("The rule “%(name)s” is on now.") if is_active else _("The rule “%(name)s” is off now.")
    notify(request, text % {"name": rule.name})
    return _list(request)


@require_POST
@requires(Right.MANAGE_STORE)
def rule_duplicate(request: StoreRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(rules_of(request.store), pk=pk)
    try:
        copy = services.duplicate_rule(store=request.store, rule_id=rule.pk, actor=request.user, at=timezone.now())
    except OrderError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("The copy “%(name)s” is off until you switch it on.") % {"name": copy.name})
    return _list(request)


@require_POST
@requires(Right.MANAGE_STORE)
def rule_delete(request: StoreRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(rules_of(request.store), pk=pk)
    name = services.delete_rule(store=request.store, rule_id=rule.pk, actor=request.user, at=timezone.now())
    notify(request, _("The rule “%(name)s” was deleted.") % {"name": name})
    return redirect("rules:rule-list")
