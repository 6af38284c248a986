"""The channels: each has `send(delivery) -> provider id`, which returns or raises DeliveryError."""
