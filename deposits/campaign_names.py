"""Names of campaigns, which belong to the app above: leads says at start-up how to read them."""

from collections.abc import Callable, Collection
from uuid import UUID

ReadNames = Callable[[Collection[UUID]], dict[UUID, str]]


def _no_names(_campaign_ids: Collection[UUID]) -> dict[UUID, str]:
    return {}


_read_names: ReadNames = _no_names


def register_campaign_names(read_names: ReadNames) -> None:
    """Let `campaign_names` ask `read_names`, which returns the names that the actor may see by campaign id."""
    global _read_names
    _read_names = read_names


def campaign_names(campaign_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of campaigns by id; those that the actor can't see are left out. One query, none for no ids."""
    return _read_names(campaign_ids) if campaign_ids else {}
