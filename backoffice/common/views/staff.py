"""Who works in the store, and what each may do."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.common import services
from backoffice.common.access import RIGHT_LABELS, ROLE_RIGHTS, Right, Role, requires
from backoffice.common.forms import InviteForm, RolesForm
from backoffice.common.middleware import StoreRequest
from backoffice.common.models import Membership
from backoffice.common.toasts import notify


@requires(Right.MANAGE_STORE)
def staff_list(request: StoreRequest) -> HttpResponse:
    return _page(request, InviteForm())


def _page(request: StoreRequest, form: InviteForm, *, link: str = "", status: int = 200) -> HttpResponse:
    members = (
        Membership.objects.filter(store=request.store).select_related("user").order_by("-is_active", "user__username")
    )
    context: dict[str, Any] = {
        "members": [(member, [Role(role).label for role in member.roles]) for member in members],
        "form": form,
        "link": link,
        "roles": [role.label for role in Role],
        "matrix": [(label, [right in ROLE_RIGHTS[role] for role in Role]) for right, label in RIGHT_LABELS.items()],
        "active_nav": "settings",
    }
    return render(request, "common/staff_list.html", context, status=status)


@require_POST
@requires(Right.MANAGE_STORE)
def staff_invite(request: StoreRequest) -> HttpResponse:
    """Invite a person and show the one-time link that lets them set a password."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        member = services.invite_member(store=request.store, actor=request.user, at=timezone.now(), **form.cleaned_data)
    except services.PeopleError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    notify(request, _("%(name)s was invited.") % {"name": member.user})
    link = "" if member.user.has_usable_password() else _link(request, member)
    return _page(request, InviteForm(), link=link)


def _link(request: StoreRequest, member: Membership) -> str:
    uid, token = services.password_link_token(member.user)
    return request.build_absolute_uri(reverse("common:set-password", args=[uid, token]))


@requires(Right.MANAGE_STORE)
def staff_edit(request: StoreRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    form = RolesForm(request.POST if request.method == "POST" else None, initial={"roles": member.roles})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_roles(
                membership=member, roles=form.cleaned_data["roles"], actor=request.user, at=timezone.now()
            )
        except services.PeopleError as error:
            form.add_error(None, str(error))
        else:
            notify(request, _("The roles of %(name)s were changed.") % {"name": member.user})
            return redirect("common:staff-list")
    context = {
        "member": member,
        "form": form,
        "effective": [label for right, label in RIGHT_LABELS.items() if right in member.rights],
        "active_nav": "settings",
    }
    return render(request, "common/staff_edit.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Right.MANAGE_STORE)
def staff_access(request: StoreRequest, pk: int) -> HttpResponse:
    """Disable or enable a member: POST `active` = 0 or 1."""
    member = _member(request, pk)
    act = services.enable_member if request.POST.get("active") == "1" else services.disable_member
    try:
        act(membership=member, actor=request.user, at=timezone.now())
    except services.PeopleError as error:
        notify(request, str(error), level="error")
    else:
        notify(request, _("The access of %(name)s was changed.") % {"name": member.user})
    return redirect("common:staff-list")


@require_POST
@requires(Right.MANAGE_STORE)
def staff_link(request: StoreRequest, pk: int) -> HttpResponse:
    """Make a new one-time password link for a member who has not signed in yet."""
    member = _member(request, pk)
    if member.user.has_usable_password():
        notify(request, _("%(name)s has a password already.") % {"name": member.user}, level="warning")
        return redirect("common:staff-list")
    return _page(request, InviteForm(), link=_link(request, member))


def _member(request: StoreRequest, pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user", "store"), pk=pk, store=request.store)
