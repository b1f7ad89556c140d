from typing import Any

from rest_framework import serializers

from orders.platforms.models import PlatformConnection
from orders.platforms.statuses import SIGN_METHODS


class ConnectionSerializer(serializers.Serializer[PlatformConnection]):
    """How the store is connected, and how that goes. Its secret and its session are never shown."""

    gateway = serializers.CharField()
    app_key = serializers.CharField()
    sign_method = serializers.ChoiceField(SIGN_METHODS)
    is_active = serializers.BooleanField()
    pulls_orders = serializers.BooleanField(help_text="takes orders in")
    sends_acts = serializers.BooleanField(help_text="sends shipments, remarks and flags")
    sends_answers = serializers.BooleanField(help_text="sends answers to refunds: money moves by them")
    pulled_until = serializers.DateTimeField(allow_null=True, help_text="all changes before this were taken in")
    pulled_at = serializers.DateTimeField(allow_null=True)
    blocked_until = serializers.DateTimeField(allow_null=True, help_text="the platform's rate limit")
    last_ok_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    last_error_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ConnectionInputSerializer(serializers.Serializer[Any]):
    gateway = serializers.CharField(max_length=200)
    app_key = serializers.CharField(max_length=40)
    secret = serializers.CharField(
        max_length=200, default="", allow_blank=True, write_only=True, help_text="empty: what is stored stays"
    )
    session = serializers.CharField(
        max_length=200, default="", allow_blank=True, write_only=True, help_text="empty: what is stored stays"
    )
    sign_method = serializers.ChoiceField(SIGN_METHODS, default=SIGN_METHODS[-1])
    pulls_orders = serializers.BooleanField(default=True)
    sends_acts = serializers.BooleanField(default=True)
    sends_answers = serializers.BooleanField(default=False)
    since = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="of a new connection: changes since then are taken in"
    )
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1, default=None, allow_null=True)


class PlatformSwitchSerializer(serializers.Serializer[Any]):
    is_active = serializers.BooleanField()


class PlatformTestSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="orders that changed in the last ten minutes")
