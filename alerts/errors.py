"""What can go wrong while sending."""


class DeliveryError(Exception):
    """A message was not sent.

    permanent: never try this message again. bad_address: nothing will ever reach this address; permanent as well.
    """

    def __init__(self, message: str, *, permanent: bool = False, bad_address: bool = False) -> None:
        self.permanent = permanent or bad_address
        self.bad_address = bad_address
        super().__init__(message)
