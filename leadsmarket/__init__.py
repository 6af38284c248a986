"""The project: wiring only, no business rules."""

import zoneinfo

# Morocco left UTC+1 on 2026-09-20; system zone files older than tzdata 2026c are silently one hour wrong.
# An empty search path makes Python read the pinned PyPI package alone.
zoneinfo.reset_tzpath(to=())

from leadsmarket.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
