"""Every channel by its name."""

from alerts.channels.base import Channel
from alerts.channels.email.channel import EmailChannel
from alerts.channels.sms.channel import SmsChannel
from alerts.channels.staff_chat.channel import StaffChatChannel
from alerts.channels.web_push.channel import WebPushChannel
from alerts.channels.whatsapp.channel import WhatsAppChannel
from alerts.kinds import ChannelName

CHANNELS: dict[str, Channel] = {
    ChannelName.EMAIL: EmailChannel(),
    ChannelName.SMS: SmsChannel(),
    ChannelName.WHATSAPP: WhatsAppChannel(),
    ChannelName.WEB_PUSH: WebPushChannel(),
    ChannelName.STAFF_CHAT: StaffChatChannel(),
}
