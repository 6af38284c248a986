"""Connects the messages to the signals of the apps below; rows only, in the transaction of the change."""
