"""Primary keys: UUID version 7, whose order is the order of creation."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid_utils.compat.uuid7()
