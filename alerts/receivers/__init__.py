"""Connects the messages to the signals of the apps below; rows only, in the transaction of the change."""

from alerts.receivers import accounts, agreements, deposits, leads, payments, payouts, privacy

__all__ = ["accounts", "agreements", "deposits", "leads", "payments", "payouts", "privacy"]
