"""Crypto by an operator's own BTCPay Server (Greenfield API, version 1); off unless switched on (BTCPAY_ENABLED)."""
