"""The built-in payment page: the whole flow without any account, signed like a real provider."""
