"""What can go wrong while sending."""


class DeliveryError(Exception):
    """A message was not sent. permanent: never try again (bad address, refused content)."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(message)
