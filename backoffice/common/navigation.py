"""The side bar: what there is, who sees it, and which counter stands beside it."""

from collections.abc import Collection
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.common.access import Right


class NavItem(NamedTuple):
    key: str
    label: str | Promise
    icon: str
    url_name: str
    rights: frozenset[Right]  # any one of them; none: every member
    count_key: str = ""
    go_key: str = ""  # after G on the keyboard


class NavLink(NamedTuple):
    item: NavItem
    url: str
    is_active: bool = False


_ORDERS, _SHIPPING = frozenset({Right.VIEW_ORDERS}), frozenset({Right.SHIP})
NAV: tuple[NavItem, ...] = (
    NavItem("home", _("Home"), "home", "common:home", frozenset(), go_key="h"),
    NavItem("orders", _("Orders"), "clipboard-list", "desk:order-list", _ORDERS, "orders", "o"),
    NavItem("notes", _("Buyer notes"), "message-2", "notes:note-list", _ORDERS, "notes", "n"),
    NavItem("shipping", _("Shipping"), "truck-delivery", "fulfilment:shipping-desk", _SHIPPING, "shipping", "w"),
    NavItem("invoices", _("Invoices"), "file-invoice", "fulfilment:invoice-list", _ORDERS),
    NavItem("aftersales", _("After-sales"), "receipt-refund", "refunds:refund-list", _ORDERS, "aftersales"),
    NavItem("reviews", _("Reviews"), "star", "reviews:review-list", _ORDERS, "reviews"),
    NavItem("stock", _("Stock"), "packages", "fulfilment:stock-list", _SHIPPING, go_key="k"),
    NavItem("analytics", _("Figures"), "chart-line", "analytics:sales", frozenset({Right.ANALYTICS}), go_key="d"),
    NavItem("imports", _("Imports"), "file-import", "intake:import-list", frozenset({Right.IMPORT}), "imports", "i"),
    NavItem("exports", _("Exports"), "file-export", "desk:export-list", frozenset({Right.EXPORT}), go_key="e"),
    NavItem("jobs", _("Jobs"), "activity", "common:job-list", frozenset({Right.SEE_JOBS})),
    NavItem("settings", _("Settings"), "settings", "common:settings", frozenset({Right.MANAGE_STORE})),
)  # fmt: skip


def nav_links(rights: Collection[str], *, path: str = "", active: str = "") -> list[NavLink]:
    """Return what a person with these rights may open, in order; pages that do not exist are left out.

    The active one is named by the view, or is the one whose address begins the path with the most characters.
    """
    links = [NavLink(item, url) for item in NAV if _allows(item, rights) and (url := _url(item.url_name))]
    active = active or _closest(links, path)
    return [link._replace(is_active=link.item.key == active) for link in links]


def _closest(links: list[NavLink], path: str) -> str:
    matching = [link for link in links if path == link.url or (link.url != "/" and path.startswith(link.url))]
    return max(matching, key=lambda link: len(link.url)).item.key if matching else ""


def _allows(item: NavItem, rights: Collection[str]) -> bool:
    return not item.rights or any(right in rights for right in item.rights)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
