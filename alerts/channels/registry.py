"""Every channel by its name."""

from alerts.channels.base import Channel
from alerts.channels.email.channel import EmailChannel
from alerts.kinds import ChannelName

CHANNELS: dict[str, Channel] = {ChannelName.EMAIL: EmailChannel()}
