"""Which function tells which kind of event."""

from collections.abc import Callable

from alerts.models import Event

Teller = Callable[[Event], None]
_tellers: dict[str, Teller] = {}


def tells(*kinds: str) -> Callable[[Teller], Teller]:
    """Register a function that tells people of events of these kinds, by alerts.services.notifying.notify."""

    def register(teller: Teller) -> Teller:
        for kind in kinds:
            _tellers[kind] = teller
        return teller

    return register


def tell(event: Event) -> None:
    """Tell everybody concerned; rows only, in the running transaction. Raises KeyError for a kind without teller."""
    _tellers[event.kind](event)
