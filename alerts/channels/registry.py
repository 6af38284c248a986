"""Every channel by its name."""

from alerts.channels.base import Channel
from alerts.channels.email.channel import EmailChannel
from alerts.channels.staff_chat.channel import StaffChatChannel
from alerts.channels.web_push.channel import WebPushChannel
from alerts.kinds import ChannelName

CHANNELS: dict[str, Channel] = {
    ChannelName.EMAIL: EmailChannel(),
    ChannelName.WEB_PUSH: WebPushChannel(),
    ChannelName.STAFF_CHAT: StaffChatChannel(),
}
