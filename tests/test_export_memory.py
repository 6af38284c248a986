"""A list is downloaded in constant memory, however long it is (quality.md, "Speed")."""

import subprocess
import sys

from django.db import connection, connections

from tests.raw_sql import copy_sql

LEADS = 50_000
LARGEST_GROWTH_KB = 4 * 1024
"""The file itself has more than twice as much."""


def test_fifty_thousand_leads_take_no_more_memory_than_a_few(committed_personas):
    personas = committed_personas
    personas.submit(customer_notes="Rappeler le soir, =1+1", customer_name="أمينة العلوي")
    changes = {"id": "new_id()", "customer_email": "'c' || n || '@exemple.ma'", "submission_key": "NULL"}
    insert = (
        copy_sql("leads", changes)
        .replace(" LIMIT 1", "")
        .replace("FROM leads", f"FROM leads, generate_series(1, {LEADS - 1}) AS n")
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE leads DISABLE TRIGGER USER")
        cursor.execute(insert)
        cursor.execute("ALTER TABLE leads ENABLE TRIGGER USER")
        cursor.execute("ANALYZE leads")
    connections["owner"].close()

    name = connection.settings_dict["NAME"]
    arguments = [name, str(personas.owner.pk), str(personas.merchant.pk)]
    made = subprocess.run(
        [sys.executable, "-m", "tests.export_process", *arguments], capture_output=True, text=True, check=True
    )

    lines, size, grown = map(int, made.stdout.split())
    assert lines == LEADS + 1
    assert size > 2 * LARGEST_GROWTH_KB * 1024 > 2 * grown * 1024
