"""One chat room of staff: Slack, Mattermost, Teams and the like by apprise; see docs/staff-chat.md."""
