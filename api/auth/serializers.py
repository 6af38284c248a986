"""What the operations on log-ins and accounts read and answer."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.models import User


class LogInBody(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    code = serializers.CharField(
        max_length=20, required=False, default="", help_text="Of the authenticator app, where the account has one."
    )


class RefreshBody(serializers.Serializer):
    refresh = serializers.CharField(max_length=2000)


class TokenPairAnswer(serializers.Serializer):
    """access: for `Authorization: Bearer`, 15 minutes. refresh: for one exchange, 7 days."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class MeAnswer(serializers.Serializer):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=User.Role.choices)
    merchant_id = serializers.UUIDField(allow_null=True)
    influencer_id = serializers.UUIDField(allow_null=True)
    language = serializers.ChoiceField(choices=settings.LANGUAGES)


class RegisterBody(serializers.Serializer):
    """company_name for a merchant, display_name for an influencer."""

    role = serializers.ChoiceField(choices=[("merchant", "merchant"), ("influencer", "influencer")])
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    phone = serializers.CharField(max_length=30)
    company_name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    display_name = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = "company_name" if attrs["role"] == "merchant" else "display_name"
        if not attrs[name]:
            raise serializers.ValidationError({name: self.fields[name].error_messages["required"]})
        return attrs


class RegisterAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    email = serializers.EmailField()
    message = serializers.CharField()
