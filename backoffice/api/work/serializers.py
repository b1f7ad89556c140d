from typing import Any

from rest_framework import serializers

from orders.core.models import Order, OrderEvent
from orders.desk.models import ShiftNote
from orders.desk.shifts import NOTE_LENGTH, SHOWN, Shift, kind_label
from orders.desk.workload import ACT_KINDS, CAP, Workload

_FIRST = f"up to {SHOWN + 1}: one more than {SHOWN} says that there are more"


class ClaimsActSerializer(serializers.Serializer[object]):
    user = serializers.CharField(max_length=150, help_text="whose claims; a user name")
    act = serializers.ChoiceField(["take", "give_back"], help_text="they become the caller's, or anybody's")


class PersonSerializer(serializers.Serializer[object]):
    """What one person holds now and did since midnight, Beijing time."""

    username = serializers.CharField()
    name = serializers.CharField()
    is_at_work = serializers.BooleanField(help_text="a page of theirs was open in the last 15 minutes")
    claims = serializers.IntegerField(help_text="live ones, of orders that have not left")
    earliest_ship_by = serializers.DateTimeField(source="earliest", allow_null=True)
    overdue = serializers.IntegerField()
    notes = serializers.IntegerField(help_text="given to them and not handled")
    acts = serializers.SerializerMethodField()
    act_count = serializers.IntegerField(help_text="acts of any kind today")
    last_act_at = serializers.DateTimeField(allow_null=True)

    def get_acts(self, person: Any) -> dict[str, int]:
        """Return the acts of today, by kind."""
        return {key: person.acts[key] for key in ACT_KINDS}


class WorkloadSerializer(serializers.Serializer[Workload]):
    people = PersonSerializer(many=True)
    unclaimed = serializers.SerializerMethodField(help_text=f"ready to ship and nobody's, at most {CAP}")
    unclaimed_is_capped = serializers.SerializerMethodField()
    unclaimed_earliest_ship_by = serializers.DateTimeField(source="unclaimed_earliest", allow_null=True)

    def get_unclaimed(self, load: Workload) -> int:
        return min(load.unclaimed, CAP)

    def get_unclaimed_is_capped(self, load: Workload) -> bool:
        return load.unclaimed > CAP


class ShiftQuerySerializer(serializers.Serializer[object]):
    user = serializers.CharField(max_length=150, default="", allow_blank=True)
    day = serializers.CharField(max_length=10, default="", allow_blank=True)


class HandledSerializer(serializers.Serializer[object]):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    count = serializers.IntegerField()


class ClaimedOrderSerializer(serializers.Serializer[Order]):
    number = serializers.CharField()
    ship_by = serializers.DateTimeField(allow_null=True)
    claim_expires_at = serializers.DateTimeField(allow_null=True)


class OpenNoteSerializer(serializers.Serializer[object]):
    order = serializers.CharField(source="order.number")
    text = serializers.CharField()
    state = serializers.CharField()


class OpenHoldSerializer(serializers.Serializer[object]):
    order = serializers.CharField(source="order.number")
    kind = serializers.CharField()
    reason = serializers.CharField()
    opened_at = serializers.DateTimeField()


class ExceptionSerializer(serializers.Serializer[OrderEvent]):
    """An override, an extension, a take-over or a reprint."""

    order = serializers.CharField(source="order.number")
    kind = serializers.CharField()
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    at = serializers.DateTimeField()
    before = serializers.DictField()
    after = serializers.DictField()

    def get_label(self, event: OrderEvent) -> str:
        return kind_label(event.kind)


class RefusedSerializer(serializers.Serializer[object]):
    order = serializers.CharField(source="subject")
    reason = serializers.CharField()
    batch = serializers.IntegerField(source="job_id")


class ShiftNoteSerializer(serializers.Serializer[ShiftNote]):
    text = serializers.CharField(help_text="phone-like numbers are masked")
    day = serializers.DateField()
    updated_at = serializers.DateTimeField()


class ShiftSerializer(serializers.Serializer[Shift]):
    user = serializers.CharField(source="person.username")
    name = serializers.CharField(source="person")
    day = serializers.DateField()
    first_act_at = serializers.DateTimeField(source="first_at", allow_null=True)
    last_act_at = serializers.DateTimeField(source="last_at", allow_null=True)
    handled = HandledSerializer(many=True)
    claims = ClaimedOrderSerializer(many=True, help_text=f"claimed and not shipped, {_FIRST}")
    notes = OpenNoteSerializer(many=True, help_text=f"given to them and not handled, {_FIRST}")
    holds = OpenHoldSerializer(many=True, help_text=f"opened by them and still open, {_FIRST}")
    exceptions = ExceptionSerializer(many=True, help_text=_FIRST)
    refused = RefusedSerializer(many=True, help_text=f"left out of their batches, {_FIRST}")
    note = ShiftNoteSerializer(allow_null=True)


class NoteRequestSerializer(serializers.Serializer[object]):
    text = serializers.CharField(max_length=NOTE_LENGTH, allow_blank=True, help_text="empty removes the note")
    day = serializers.DateField(required=False, help_text="today or yesterday; without it today")
