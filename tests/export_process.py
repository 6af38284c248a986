"""A process that downloads a merchant's leads as CSV and says how much memory that took.

`python -m tests.export_process DATABASE USER MERCHANT` answers the number of lines, bytes, and kB that the process grew by
between the first piece and the last.
"""

import os
import resource
import sys
from uuid import UUID

os.environ["LEADSMARKET_ENV"] = "test"


def main(database: str, user_id: str, merchant_id: str) -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = database

    from leads.exports import MERCHANT_LEADS
    from leads.selectors.leads import merchant_leads
    from leadsmarket.lib.actor import Actor, acting_as
    from leadsmarket.lib.exports import OFFICE_FORMATS, csv_response

    actor = Actor("merchant", UUID(user_id), merchant_id=UUID(merchant_id))
    with acting_as(actor):
        leads = merchant_leads(UUID(merchant_id)).select_related(None).order_by("-created_at", "-id")
        response = csv_response(leads, MERCHANT_LEADS, actor=actor, name="leads", layout=OFFICE_FORMATS["fr"])
    lines, size, before = 0, 0, 0
    for number, piece in enumerate(response.streaming_content):
        lines, size = lines + piece.count(b"\n"), size + len(piece)
        if number == 1:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(lines, size, grown)  # noqa: T201 - what the test waits for


if __name__ == "__main__":
    main(*sys.argv[1:])
