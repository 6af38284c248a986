"""What the operations on notifications read and answer."""

from rest_framework import serializers

from alerts.kinds import Kind, Level
from api.pagination import PageQuery


class NotificationQuery(PageQuery):
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    read = serializers.BooleanField(required=False, default=None, allow_null=True, help_text="Else both.")


class NotificationAnswer(serializers.Serializer):
    """title and body are in the person's language. url: the page that it is about. The ids: what it is about."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    level = serializers.ChoiceField(choices=Level.choices)
    title = serializers.CharField()
    body = serializers.CharField()
    url = serializers.URLField()
    read = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    deposit_id = serializers.UUIDField(allow_null=True)
    campaign_id = serializers.UUIDField(allow_null=True)
    lead_id = serializers.UUIDField(allow_null=True)
    payment_id = serializers.UUIDField(allow_null=True)


class NotificationPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = NotificationAnswer(many=True)


class ReadNotificationAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    notification = NotificationAnswer()
