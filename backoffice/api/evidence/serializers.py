from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backoffice.api.orders.serializers import ContactFactSerializer, EventSerializer, WishFactSerializer
from backoffice.api.serializers import listed
from backoffice.common.models import Attachment
from orders.notes.models import BuyerNote, NoteFile, NoteVersion
from orders.notes.queries import Evidence
from orders.notes.statuses import BuyerNoteState, Negotiation, NoteType


class NoteVersionSerializer(serializers.Serializer[NoteVersion]):
    number = serializers.IntegerField()
    text = serializers.CharField(help_text="phone-like numbers are masked")
    sha256 = serializers.CharField(help_text="of the text as the buyer wrote it, in UTF-8")
    received_at = serializers.DateTimeField()


class EvidenceFileSerializer(serializers.Serializer[NoteFile]):
    id = serializers.IntegerField(source="attachment_id", help_text="for `GET attachments/{id}/`")
    kind = serializers.ChoiceField(Attachment.Kind.values, source="attachment.kind")
    media_type = serializers.CharField(source="attachment.media_type")
    name = serializers.CharField(source="attachment.name")
    size = serializers.IntegerField(source="attachment.size")
    sha256 = serializers.CharField(source="attachment.sha256", help_text="of the file as it was uploaded")
    is_kept = serializers.SerializerMethodField(help_text="false: it was deleted when its time was over")
    added_by = serializers.CharField(source="attachment.added_by.username", default=None, allow_null=True)
    added_at = serializers.DateTimeField()

    def get_is_kept(self, file: NoteFile) -> bool:
        return bool(file.attachment.stored)


class EvidenceNoteSerializer(serializers.Serializer[BuyerNote]):
    state = serializers.ChoiceField(BuyerNoteState.values)
    types = serializers.ListField(child=serializers.ChoiceField(NoteType.values))
    findings = serializers.DictField(help_text="what the rules made of the text")
    negotiation = serializers.ChoiceField(Negotiation.values)
    outcome = serializers.CharField()
    handled_by = serializers.CharField(source="handled_by.username", default=None, allow_null=True)
    handled_at = serializers.DateTimeField(allow_null=True)


class EvidenceSerializer(serializers.Serializer[Evidence]):
    """Everything that is known of a note, each part oldest first."""

    order = serializers.CharField(source="order.number")
    buyer = serializers.CharField(source="order.buyer.nick", default=None, allow_null=True)
    note = EvidenceNoteSerializer()
    versions = NoteVersionSerializer(many=True)
    files = EvidenceFileSerializer(many=True)
    contacts = ContactFactSerializer(many=True)
    wishes = WishFactSerializer(many=True)
    events = serializers.SerializerMethodField(help_text="what was done about it")

    @extend_schema_field(EventSerializer(many=True))
    def get_events(self, found: Evidence) -> Any:
        return listed(EventSerializer, found.events)
