"""A message with invented data as each channel would carry it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.channels.sms.text import fit_text
from alerts.kinds import LEVELS, NOT_ON_DASHBOARD, ROLE_KINDS, STAFF_CHAT_KINDS, ChannelName, Kind, default_channels
from alerts.previews.contexts import Context
from alerts.services.messages import write_message, write_notification, write_short_text
from leadsmarket.lib.gsm7 import sms_segments


@dataclass(frozen=True, slots=True)
class Sample:
    """One face of a kind. name: which, within the kind. role: of the person who reads it. level: of a deposit level, the
    level. context: makes what the templates get, anew each time. on_dashboard: False where the dashboard and browsers were
    told before.
    """

    kind: Kind
    name: str
    label: str | Promise
    role: str
    context: Callable[[], Context]
    level: str = ""
    on_dashboard: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person would get of a sample in one language; None or empty for channels that this kind never goes to.

    sms: the text as it leaves; sms_parts: how many it is paid as. channels: those that are on unless people choose otherwise.
    """

    sample: Sample
    language: str
    email: dict[str, str]
    notification: dict[str, str] | None
    sms: str
    sms_parts: int
    whatsapp: dict[str, Any] | None
    web_push: dict[str, Any] | None
    chat: str
    channels: list[str | Promise]


def preview_of(sample: Sample, language: str) -> Preview:
    """Return a message as each channel would carry it to a reader of this language."""
    reader = User(email="preview@example.ma", language=language, role=sample.role)
    context = sample.context()
    level = sample.level or LEVELS[sample.kind]
    told = write_notification(sample.kind, reader, context, level)
    is_chosen = any(sample.kind in kinds for kinds in ROLE_KINDS.values())
    short = write_short_text(sample.kind, reader, context) if is_chosen else ""
    sms = fit_text(short)
    with translation.override(language):
        payloads = {
            name: CHANNELS[name].payload(sample.kind, level, {"user": reader, **context})
            for name in (ChannelName.WHATSAPP, ChannelName.WEB_PUSH)
        }
    return Preview(
        sample=sample,
        language=language,
        email=write_message(sample.kind, reader, context),
        notification=told if sample.on_dashboard and sample.kind not in NOT_ON_DASHBOARD else None,
        sms=sms,
        sms_parts=sms_segments(sms) if sms else 0,
        whatsapp=payloads[ChannelName.WHATSAPP] | {"text": short} if is_chosen else None,
        web_push=payloads[ChannelName.WEB_PUSH] | {"title": told["title"], "body": told["body"]}
        if is_chosen and sample.on_dashboard
        else None,
        chat=f"{told['title']}\n{told['body']}\n{context['url']}" if sample.kind in STAFF_CHAT_KINDS else "",
        channels=[channel.label for channel in default_channels(sample.kind, level)],
    )
