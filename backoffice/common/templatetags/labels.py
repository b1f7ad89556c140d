"""Words for codes that are stored as data: kinds of job, acts of the audit trail and what they tell, durations."""

from typing import Any

from django import template
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.common.access import Role
from backoffice.common.display import listed
from backoffice.common.models import Job
from backoffice.common.models.tokens import Scope

register = template.Library()

JOB_KINDS: dict[str, str | Promise] = {
    "order_import": gettext_lazy("Import orders"),
    "order_export": gettext_lazy("Export orders"),
    "bulk_act": gettext_lazy("Batch"),
    "waybills": gettext_lazy("Waybills of many orders"),
    "print": gettext_lazy("Papers to print"),
    "rollup": gettext_lazy("Sales rollup"),
    "purge": gettext_lazy("Wipe old buyer data and files"),
    "review": gettext_lazy("Review by the acceptance rules"),
    "recognition": gettext_lazy("Reading of buyer notes"),
    "promise": gettext_lazy("Ship-by times after a changed promise"),
    "fulfilment": gettext_lazy("Stock and gifts of changed orders"),
    "demand": gettext_lazy("Forecast of how long stock lasts"),
    "anomalies": gettext_lazy("Look for parcels in trouble"),
    "traces": gettext_lazy("Asking for traces of parcels"),
    "trace_import": gettext_lazy("Import traces of parcels"),
    "product_import": gettext_lazy("Import products and counts"),
    "greetings": gettext_lazy("Greetings to buyers who agreed"),
    "review_thanks": gettext_lazy("Thanks for many reviews"),
    "review_import": gettext_lazy("Import reviews"),
    "sentiment": gettext_lazy("Reading of reviews"),
    "topics": gettext_lazy("Looking for topics in new texts"),
    "topics_reread": gettext_lazy("Looking for topics in all texts"),
    "outbox": gettext_lazy("Sending to the platform"),
    "pull": gettext_lazy("Taking orders in from the platform"),
    "case_clock": gettext_lazy("After-sales cases whose time is over"),
}
AUDIT_ACTIONS: dict[str, str | Promise] = {
    "topic_saved": gettext_lazy("Topic saved"),
    "reply_template_saved": gettext_lazy("Ready reply to reviews saved"),
    "reply_template_deleted": gettext_lazy("Ready reply to reviews deleted"),
    "return_address_saved": gettext_lazy("Return address saved"),
    "refund_policy_saved": gettext_lazy("What the shop holds to in after-sales saved"),
    "review_settings_saved": gettext_lazy("Settings of reviews saved"),
    "recipient_revealed": gettext_lazy("Recipient revealed"),
    "waybill_printed": gettext_lazy("Waybill printed, recipient in clear text"),
    "waybill_shown": gettext_lazy("Waybill shown on a page, recipient in clear text"),
    "papers_downloaded": gettext_lazy("Papers downloaded"),
    "courier_account_saved": gettext_lazy("Courier set up"),
    "pool_numbers_added": gettext_lazy("Waybill numbers added"),
    "pool_numbers_voided": gettext_lazy("Waybill numbers taken out of use"),
    "export_requested": gettext_lazy("Export requested"),
    "export_downloaded": gettext_lazy("Export downloaded"),
    "clear_export_requested": gettext_lazy("Clear-text export requested"),
    "export_template_saved": gettext_lazy("Export template saved"),
    "export_template_deleted": gettext_lazy("Export template deleted"),
    "member_invited": gettext_lazy("Member invited"),
    "roles_changed": gettext_lazy("Roles changed"),
    "member_disabled": gettext_lazy("Member disabled"),
    "member_enabled": gettext_lazy("Member enabled"),
    "settings_changed": gettext_lazy("Settings changed"),
    "rules_changed": gettext_lazy("Acceptance rules changed"),
    "store_created": gettext_lazy("Store created"),
    "platform_connected": gettext_lazy("Platform connected"),
    "platform_switched": gettext_lazy("Connection to the platform switched"),
    "local_service_saved": gettext_lazy("Local service saved"),
    "local_service_deleted": gettext_lazy("Local service deleted"),
    "message_template_saved": gettext_lazy("Message text saved"),
    "message_template_deleted": gettext_lazy("Message text deleted"),
    "messages_switched": gettext_lazy("Messages to buyers switched"),
    "consent_changed": gettext_lazy("Consent to greetings changed"),
    "token_created": gettext_lazy("API key created"),
    "token_revoked": gettext_lazy("API key revoked"),
    "note_overridden": gettext_lazy("Note gate overridden"),
    "recipients_purged": gettext_lazy("Recipients wiped"),
    "keys_rotated": gettext_lazy("Keys changed"),
    "signed_in": gettext_lazy("Signed in"),
    "password_changed": gettext_lazy("Password changed"),
    "second_factor_set": gettext_lazy("Second factor set up"),
}
AUDIT_DETAILS: dict[str, str | Promise] = {
    "template": gettext_lazy("Template"),
    "format": gettext_lazy("Format"),
    "filter_text": gettext_lazy("Filter"),
    "reason": gettext_lazy("Reason"),
    "fields": pgettext_lazy("of a recipient", "Shown"),
    "columns": gettext_lazy("Columns"),
    "scopes": gettext_lazy("Scopes"),
    "roles": gettext_lazy("Roles"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
    "file": gettext_lazy("File"),
    "orders": gettext_lazy("Orders"),
    "address": gettext_lazy("Network address"),
    "position": pgettext_lazy("in a sequence", "Place"),
    "gateway": gettext_lazy("Gateway"),
    "app_key": gettext_lazy("App key"),
    "pulls_orders": gettext_lazy("Takes orders in"),
    "sends_acts": gettext_lazy("Sends shipments, remarks and flags"),
    "sends_answers": gettext_lazy("Sends answers to refunds"),
    "is_active": gettext_lazy("On"),
    "is_on": gettext_lazy("On"),
    "service": gettext_lazy("Local service"),
    "places": gettext_lazy("Places"),
    "purpose": gettext_lazy("Message about"),
    "is_given": gettext_lazy("Agreed"),
    "evidence": gettext_lazy("Where the buyer agreed"),
    "adapter": gettext_lazy("Where numbers come from"),
    "warn_below": gettext_lazy("Warn below, numbers"),
    "is_default": gettext_lazy("The usual one"),
    "added": gettext_lazy("Numbers added"),
    "first": gettext_lazy("First number"),
    "last": gettext_lazy("Last number"),
    "waybill": gettext_lazy("Parcel"),
    "count": pgettext_lazy("number of", "Numbers"),
    "job": gettext_lazy("Job"),
    "shown": gettext_lazy("Address"),
    "words": gettext_lazy("Words no text to buyers may hold"),
    "results": gettext_lazy("Offered first for"),
    "is_thanks": gettext_lazy("May be sent to many good reviews at once"),
    "low_stars": gettext_lazy("Stars that open a follow-up"),
    "task_hours": gettext_lazy("Follow up within, hours"),
    "reply_days": gettext_lazy("Days for a reply"),
}
AUDITED_MODELS = (("common", "Store"), ("refunds", "RefundPolicy"))  # whose changed fields are details of an entry
CODES: dict[str, str | Promise] = {
    **dict(Role.choices),
    **dict(Scope.choices),
    "picking": gettext_lazy("Picking"),
    "full": gettext_lazy("Everything"),
    "name": pgettext_lazy("person", "Name"),
    "mobile": gettext_lazy("Mobile"),
    "phone": gettext_lazy("Phone"),
    "street": gettext_lazy("Street"),
    "postcode": gettext_lazy("Postcode"),
    "modified_address": gettext_lazy("Changed address"),
    "pool": gettext_lazy("Number pool"),
    "shipped": gettext_lazy("The parcel was shipped"),  # purposes of messages: fulfilment names them likewise
    "anomaly": gettext_lazy("Something is wrong with the parcel"),
    "shortage": gettext_lazy("Something is out of stock"),
    "service": gettext_lazy("A local service is arranged"),
    "greeting": gettext_lazy("Greeting"),
}


@register.filter
def job_kind(kind: str) -> str | Promise:
    return JOB_KINDS.get(kind, kind)


@register.filter
def audit_action(action: str) -> str | Promise:
    return AUDIT_ACTIONS.get(action, action)


@register.filter
def audit_detail(key: str) -> str | Promise:
    """Name a detail of an audit entry; a changed setting is a field of the store or of its after-sales policy."""
    if key in AUDIT_DETAILS:
        return AUDIT_DETAILS[key]
    for label, name in AUDITED_MODELS:
        try:
            return apps.get_model(label, name)._meta.get_field(key).verbose_name  # noqa: SLF001 -- Django's own way
        except FieldDoesNotExist:
            continue
    return key


@register.filter
def audit_value(value: Any, key: str = "") -> Any:
    """Write a detail's value in words; names of columns stay codes."""
    if key == "columns":
        return format_html("<code>{}</code>", ", ".join(map(str, value)))
    if isinstance(value, list):
        return " → ".join(map(_word, value)) if key not in AUDIT_DETAILS else listed(map(_word, value)) or "—"
    return _word(value)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return listed(f"{name}: {text}" for name, text in value.items()) or "—"
    return str(CODES.get(value, value)) if isinstance(value, str) else str(value)


@register.filter
def job_seconds(job: Job) -> str:
    """Return how long an ended job took, in seconds with one decimal."""
    if not job.started_at or not job.finished_at:
        return ""
    seconds = (job.finished_at - job.started_at).total_seconds()
    return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
