"""What a person keeps of the queue: saved views, and the columns to see."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.common.models import Membership, Store, User
from orders.desk.columns import LIST_NAME, known_columns
from orders.desk.models import SavedView
from orders.desk.refusals import DeskError

MAX_VIEWS = 50


@transaction.atomic
def save_view(*, store: Store, owner: User, name: str, query: str, is_shared: bool, at: datetime) -> SavedView:
    """Keep a filter under a name; the person's view of that name is replaced.

    Raises:
        DeskError: the person has too many.
    """
    view = SavedView.objects.filter(store=store, owner=owner, name=name).first()
    if view is None:
        if SavedView.objects.filter(store=store, owner=owner).count() >= MAX_VIEWS:
            raise DeskError(_("You have %(count)s saved views already. Delete one first.") % {"count": MAX_VIEWS})
        view = SavedView(store=store, owner=owner, name=name, created_at=at)
    view.query, view.is_shared = query, is_shared
    view.save()
    return view


def delete_view(*, store: Store, view_id: int, actor: User, may_manage: bool) -> None:
    """Delete an own view, or with the manager's right a shared one.

    Raises:
        SavedView.DoesNotExist: there is no such view for this person.
    """
    views = SavedView.objects.filter(store=store)
    view = (
        views.get(pk=view_id, is_shared=True)
        if may_manage and not views.filter(pk=view_id, owner=actor).exists()
        else views.get(pk=view_id, owner=actor)
    )
    view.delete()


@transaction.atomic
def choose_columns(*, membership: Membership, columns: Iterable[str] | None) -> Membership:
    """Keep which columns a person sees in the queue; None brings the standard ones back."""
    membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    settings = {key: value for key, value in membership.preferences.get(LIST_NAME, {}).items() if key != "columns"}
    if columns is not None:
        settings["columns"] = known_columns(columns)
    membership.preferences = {**membership.preferences, LIST_NAME: settings}
    membership.save(update_fields=["preferences"])
    return membership
