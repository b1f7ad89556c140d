"""Where buyers send goods back to: sealed, masked in lists, told to the buyer when a return is agreed."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.refunds.models import ReturnAddress
from aftersales.refunds.services.errors import RefundError
from backoffice.common.audit import write_audit
from backoffice.common.masking import mask_name, mask_phone, normalise_phone
from backoffice.common.models import Store, User
from backoffice.common.sealing import SealError, seal_json, unseal_json

MOST = 50
_NAME, _CONTACT, _PHONE, _REGION, _STREET, _SHOWN = 60, 40, 30, 60, 200, 200
_SHORTEST_PHONE = 7  # digits of a landline without its area code


class ReturnPlace(NamedTuple):
    """An address in clear."""

    contact: str
    phone: str
    region: str  # province, city, district
    street: str

    @property
    def shown(self) -> str:
        parts = (mask_name(self.contact), mask_phone(self.phone), self.region)
        return " ".join(part for part in parts if part)[:_SHOWN]

    @property
    def text(self) -> str:
        """The address as the buyer is told it."""
        return f"{self.contact} {self.phone} {self.region} {self.street}".strip()


@transaction.atomic
def save_return_address(
    *,
    store: Store,
    name: str,
    place: ReturnPlace,
    actor: User | None,
    at: datetime,
    is_default: bool = False,
    is_active: bool = True,
    address_id: int | None = None,
    version: int | None = None,
) -> ReturnAddress:
    """Add an address, or change one; the first, and the one that is made the usual one, is told when none is chosen.

    Raises:
        ReturnAddress.DoesNotExist: the store has no such address.
        RefundError: a value will not do, or somebody else changed the address.
    """
    place = _checked(ReturnPlace(*(part.strip() for part in place)))
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)  # one usual address: those who save wait here
    address = _found(store, address_id, version)
    address.name, address.shown = _checked_name(store, name, address), place.shown
    address.sealed = seal_json(place._asdict(), context=address_context(store.pk))
    address.is_active = is_active
    address.is_default = is_active and (is_default or not _others(store, address).filter(is_active=True).exists())
    address.updated_at = at
    if address.is_default:
        _others(store, address).filter(is_default=True).update(is_default=False)
    address.save()
    data = {"shown": address.shown, "is_default": address.is_default, "is_active": is_active}
    write_audit(store=store, actor=actor, action="return_address_saved", at=at, subject=address.name, data=data)
    return address


def address_context(store_id: int) -> str:
    """Return what the sealed addresses of a store are bound to."""
    return f"return_address:{store_id}"


def open_return_address(address: ReturnAddress) -> ReturnPlace:
    """Open an address.

    Raises:
        RefundError: its key is gone.
    """
    try:
        clear: dict[str, Any] = unseal_json(bytes(address.sealed), context=address_context(address.store_id))
    except SealError as error:
        raise RefundError(
            _("“%(name)s” cannot be opened: its key is not there. Tell operations, or write the address down again.")
            % {"name": address.name}
        ) from error
    return ReturnPlace(*(str(clear.get(part, "")) for part in ReturnPlace._fields))


def return_address_text(address: ReturnAddress) -> str:
    """Return the address in clear, in one line, to be told to a buyer.

    Raises:
        RefundError: its key is gone.
    """
    return open_return_address(address).text


def _found(store: Store, pk: int | None, version: int | None) -> ReturnAddress:
    if pk is None:
        if ReturnAddress.objects.for_store(store).count() >= MOST:
            raise RefundError(_("A shop keeps up to %(count)s return addresses.") % {"count": MOST})
        return ReturnAddress(store=store)
    address = ReturnAddress.objects.for_store(store).get(pk=pk)
    if version is not None and address.version != version:
        raise RefundError(
            _("“%(name)s” was changed by somebody else while you were working on it. Nothing was saved.")
            % {"name": address.name},
            "version",
        )
    address.version += 1
    return address


def _others(store: Store, address: ReturnAddress) -> Any:
    return ReturnAddress.objects.for_store(store).exclude(pk=address.pk)


def _checked_name(store: Store, name: str, address: ReturnAddress) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= _NAME:
        raise RefundError(_("Give the address a name of 1 to %(count)s characters.") % {"count": _NAME}, "field")
    if _others(store, address).filter(name=name).exists():
        raise RefundError(_("Another return address is called “%(name)s”.") % {"name": name}, "field")
    return name


def _checked(place: ReturnPlace) -> ReturnPlace:
    longest = (_CONTACT, _PHONE, _REGION, _STREET)
    if any("\0" in part or not 0 < len(part) <= most for part, most in zip(place, longest, strict=True)):
        raise RefundError(
            _("A return address needs a contact, a phone number, province, city and district, and the street."), "field"
        )
    if len(normalise_phone(place.phone)) < _SHORTEST_PHONE:
        raise RefundError(_("“%(phone)s” is not a phone number.") % {"phone": mask_phone(place.phone)}, "field")
    return place
