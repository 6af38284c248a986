"""A process of its own on the database of the tests, for tests that kill it or take its Redis away.

`python -m tests.own_process DATABASE`, then lines on the standard input:
`submit NUMBER USER INFLUENCER CAMPAIGN` creates a lead of a contact with that number and answers its id;
`expire BATCH HOURS` expires leads in batches, as if it were so many hours later, and answers how many.
"""

import os
import sys
from datetime import timedelta
from uuid import UUID

os.environ["LEADSMARKET_ENV"] = "test"


def main(database: str) -> None:
    """Follow the orders on the standard input until it ends."""
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = database

    from django.utils import timezone

    from leads.services import create_lead, expire_leads
    from leadsmarket.lib.actor import Actor, acting_as
    from tests.personas import submission

    for line in sys.stdin:
        match line.split():
            case ["submit", number, user, influencer, campaign]:
                with acting_as(Actor("influencer", UUID(user), influencer_id=UUID(influencer))):
                    lead = create_lead(
                        influencer_id=UUID(influencer),
                        campaign_id=UUID(campaign),
                        submission=submission(
                            "600.00", customer_email=f"c{number}@exemple.ma", customer_phone=f"06{number:0>8}"
                        ),
                    )
                answer = str(lead.pk)
            case ["expire", batch, hours]:
                later = timezone.now() + timedelta(hours=int(hours))
                answer = str(expire_leads(now=later, batch_size=int(batch)))
            case _:
                raise ValueError(line)
        print(answer, flush=True)  # noqa: T201 - what the test waits for


if __name__ == "__main__":
    main(sys.argv[1])
