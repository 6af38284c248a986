"""A message with invented data as each channel would carry it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.channels.sms.text import fit_text
from alerts.kinds import (
    LEVELS,
    NOT_ON_DASHBOARD,
    ROLE_KINDS,
    STAFF_CHAT_KINDS,
    ChannelName,
    Kind,
    default_channels,
    offered_channels,
)
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
    channels = channels_of(sample.kind)
    told = write_notification(sample.kind, reader, context, level) if is_on_dashboard(sample.kind) else None
    short = write_short_text(sample.kind, reader, context) if ChannelName.SMS in channels else ""
    sms = fit_text(short)
    whatsapp = web_push = None
    values = {"user": reader, **context}
    with translation.override(language):
        if ChannelName.WHATSAPP in channels:
            whatsapp = {"text": short, **CHANNELS[ChannelName.WHATSAPP].payload(sample.kind, level, values)}
        if ChannelName.WEB_PUSH in channels and told and sample.on_dashboard:
            payload = CHANNELS[ChannelName.WEB_PUSH].payload(sample.kind, level, values)
            web_push = {"title": told["title"], "body": told["body"], **payload}
    return Preview(
        sample=sample,
        language=language,
        email=write_message(sample.kind, reader, context),
        notification=told if sample.on_dashboard else None,
        sms=sms,
        sms_parts=sms_segments(sms) if sms else 0,
        whatsapp=whatsapp,
        web_push=web_push,
        chat=f"{told['title']}\n{told['body']}\n{context['url']}" if told and sample.kind in STAFF_CHAT_KINDS else "",
        channels=[channel.label for channel in default_channels(sample.kind, level)],
    )


def channels_of(kind: str) -> tuple[ChannelName, ...]:
    """Return the channels that a kind can go to beside the dashboard: what people can choose, else e-mail."""
    is_chosen = any(kind in kinds for kinds in ROLE_KINDS.values())
    return offered_channels(kind) if is_chosen else (ChannelName.EMAIL,)


def is_on_dashboard(kind: str) -> bool:
    """Say whether a kind is told under the bell."""
    return kind not in NOT_ON_DASHBOARD
