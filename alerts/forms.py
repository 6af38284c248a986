"""What people choose of their notifications, and filters of the list of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.kinds import NOT_ON_DASHBOARD, ROLE_KINDS, ChannelName, Kind, offered_channels
from leadsmarket.lib.forms import DayField, PhoneField


class NotificationFilterForm(forms.Form):
    """Kind, unread ones and days; bound to the address's parameters. Only valid fields narrow the list."""

    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), ("unread", _("Unread")), ("read", _("Read"))]
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def __init__(self, parameters: QueryDict, role: str) -> None:
        super().__init__(parameters)
        kinds = [(kind.value, kind.label) for kind in (*ROLE_KINDS[role], Kind.WELCOME) if kind not in NOT_ON_DASHBOARD]
        self.fields["kind"].choices = [("", _("All")), *kinds]
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return self.cleaned_data

    @property
    def filters(self) -> dict[str, str | date | None]:
        """What the list is narrowed to, as alerts.selectors.notifications_of takes it."""
        data = self.cleaned_data
        return {
            "kind": data.get("kind", ""),
            "state": data.get("state", ""),
            "since": data.get("since"),
            "until": data.get("until"),
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.filters.values())

    def query(self, *, cursor: str = "") -> str:
        """Return the parameters of this list as an address carries them."""
        values = {name: value for name, value in self.data.items() if value and name in self.fields}
        return urlencode(values | ({"cursor": cursor} if cursor else {}))


class ChannelsForm(forms.Form):
    """One box per kind and channel, named `<kind>:<channel>`."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        chosen: dict[tuple[str, str], bool],
        channels: Sequence[ChannelName],
    ) -> None:
        super().__init__(data, initial={f"{kind}:{channel}": is_on for (kind, channel), is_on in chosen.items()})
        self.chosen = chosen
        self.kinds, self.channels = ROLE_KINDS[user.role], channels
        for kind in self.kinds:
            for channel in self._offered(kind):
                self.fields[f"{kind}:{channel}"] = forms.BooleanField(
                    required=False, label=_("%(kind)s by %(channel)s") % {"kind": kind.label, "channel": channel.label}
                )

    @property
    def rows(self) -> list[tuple[Kind, list[tuple[ChannelName, forms.BoundField | None]]]]:
        """The kinds, each with the channels and their boxes; None where a channel is not offered for it."""
        return [
            (
                kind,
                [
                    (channel, self[f"{kind}:{channel}"] if channel in self._offered(kind) else None)
                    for channel in self.channels
                ],
            )
            for kind in self.kinds
        ]

    def _offered(self, kind: Kind) -> list[ChannelName]:
        return [channel for channel in offered_channels(kind) if channel in self.channels]

    @property
    def changes(self) -> dict[tuple[str, str], bool]:
        """The choices that differ from what was chosen before; an untouched default stays a default."""
        wanted = {tuple(name.split(":")): is_on for name, is_on in self.cleaned_data.items()}
        return {key: is_on for key, is_on in wanted.items() if self.chosen[key] != is_on}


class HoursForm(forms.Form):
    """When a phone stays silent, and whether the daily report comes also after a quiet day."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class ReportForm(forms.Form):
    """Whether the daily report comes also after a day without anything."""

    reports_without_activity = forms.BooleanField(label=_("Also after a day on which nothing happened"), required=False)


class PhoneForm(forms.Form):
    """The mobile number for messages."""

    phone = PhoneField(label=_("Mobile number"))


class CodeForm(forms.Form):
    """The code that was sent to the number."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr"}),
    )
