"""A process that stands in the middle of `expire_leads` until it is killed; its argument is the name of the database."""

import os
import sys
import time

os.environ["LEADSMARKET_ENV"] = "test"


def stand_in_the_middle(database: str) -> None:
    """Start the job in the database of the tests, say so, and never end."""
    import django
    from django.conf import settings

    django.setup()
    settings.DATABASES["default"]["NAME"] = database

    from leadsmarket.job_runs import run_by_hand
    from leadsmarket.jobs import JOBS, Job

    def act() -> None:
        print("in the middle", flush=True)  # noqa: T201 - what the test waits for
        time.sleep(60)

    job = JOBS["expire_leads"]
    JOBS["expire_leads"] = Job(job.name, job.description, job.schedule, act)
    run_by_hand("expire_leads")


if __name__ == "__main__":
    stand_in_the_middle(sys.argv[1])
