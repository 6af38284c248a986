"""Forms of keys and webhooks. The services hold the rules; forms read what people type."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from api.models import ApiKey, WebhookEndpoint, WebhookEvent, WebhookMessage
from api.services.webhooks.endpoints import events_of


class ApiKeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Which program uses it, so that you know later what to revoke.")
    )
    scope = forms.ChoiceField(
        label=_("What it may do"),
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.READ,
        widget=forms.RadioSelect,
    )


class WebhookForm(forms.Form):
    """Where a webhook goes and what it is told."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("An https:// address of yours that takes POST requests."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    description = forms.CharField(label=_("Description"), max_length=120, required=False)
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=[], widget=forms.CheckboxSelectMultiple, help_text=_("At least one.")
    )

    def __init__(self, *args: Any, role: str, endpoint: WebhookEndpoint | None = None, **kwargs: Any) -> None:
        offered = events_of(role)
        initial: dict[str, Any] = {"events": [event.value for event in offered]}
        if endpoint:
            initial = {"url": endpoint.url, "description": endpoint.description, "events": endpoint.events}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["events"].choices = [(event.value, event.label) for event in offered]


class MessageFilters(forms.Form):
    """Event and state. What can't be read filters nothing and says so."""

    event = forms.ChoiceField(label=_("Event"), required=False)
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *WebhookMessage.Status.choices]
    )

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events = [*events_of(role), WebhookEvent.TEST]
        self.fields["event"].choices = [("", _("All")), *((event.value, event.label) for event in events)]

    def chosen(self) -> dict[str, str]:
        """Return the valid filters by name."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("event", "status")}
