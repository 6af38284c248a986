"""A lead's state and the money behind it go together at every commit, also for raw SQL that the policies let through."""

import pytest
from django.db import DatabaseError, connection

from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.books import broken_invariants
from tests.raw_sql import as_owner, refusal_of

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("lead_is_booked")

VALIDATE = "UPDATE leads SET status = 'validated', decided_at = now(), quality_score = 10 WHERE id = '{lead}'"
REJECT = "UPDATE leads SET status = 'rejected', decided_at = now(), rejection_reason = 'fraud' WHERE id = '{lead}'"
DEDUCT = "SELECT deduct_commission('{deposit}', '{lead}', 60.00)"
RELEASE = "SELECT release_commission('{deposit}', '{lead}', 60.00)"
RECORD = (
    "INSERT INTO lead_validation (id, lead_id, decision, feedback, rejection_reason, rejection_details, commission_amount,"
    " created_at) VALUES (new_id(), '{lead}', '{decision}', '', '{reason}', '', 60, now())"
)
CREDIT = "SELECT credit_earning('{lead}', interval '7 days')"

# What a merchant could run beside the services, and what it lacks.
HALF = {
    "validated for nothing": (VALIDATE,),
    "rejected without release": (REJECT,),
    "validated, paid, by nobody": (VALIDATE, DEDUCT, CREDIT),
    "validated without the influencer's share": (VALIDATE, DEDUCT, RECORD),
    "validated without paying": (VALIDATE, RECORD, CREDIT),
    "rejected without a decision": (REJECT, RELEASE),
}


def run(books, statements, **words) -> str:
    """The statements as one merchant's transaction would run them, as one text."""
    personas, made = books
    decision = "rejected" if REJECT in statements else "validated"
    reason = "fraud" if decision == "rejected" else ""
    ids = {"lead": made.pending.pk, "deposit": personas.deposit.pk, "decision": decision, "reason": reason}
    return "; ".join(statements).format(**ids | words)


@pytest.mark.parametrize("name", HALF)
def test_a_merchant_cannot_decide_half(books, name):
    personas, _made = books
    with acting_as(personas.as_owner), connection.cursor() as cursor:
        assert refusal_of(cursor, run(books, HALF[name]), "default").sqlstate == "LM026"


@pytest.mark.parametrize("statements", [(VALIDATE, DEDUCT, RECORD, CREDIT), (REJECT, RELEASE, RECORD)])
def test_what_the_services_do_is_whole(books, statements):
    personas, _made = books
    with as_owner() as cursor:
        cursor.execute(
            "SELECT set_config('app.role', 'merchant', true), set_config('app.merchant_id', %s, true)",
            [str(personas.merchant.pk)],
        )
        cursor.execute(run(books, statements))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_refusal_comes_at_the_commit_and_nothing_is_changed(books):
    personas, made = books

    with pytest.raises(DatabaseError) as caught, acting_as(personas.as_owner), connection.cursor() as cursor:
        cursor.execute(run(books, (VALIDATE,)))

    assert caught.value.__cause__.sqlstate == "LM026"
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=made.pending.pk).status == Lead.Status.PENDING
        assert broken_invariants() == {}


def test_not_even_the_platform_decides_half(books):
    with acting_as(SYSTEM), connection.cursor() as cursor:
        assert refusal_of(cursor, run(books, (VALIDATE,)), "default").sqlstate == "LM026"
        expire = "SELECT expire_due_leads(now() + interval '1 year', 10)"
        assert refusal_of(cursor, expire, "default").sqlstate == "LM026"


def test_an_influencer_cannot_plant_a_lead_that_reserves_nothing(books):
    personas, made = books
    with acting_as(personas.as_influencer), connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_name = 'leads'"
            " AND table_schema = 'public' AND is_generated = 'NEVER'"
        )
        columns = cursor.fetchone()[0]
        values = columns
        for column, value in {
            "id": "new_id()",
            "customer_email": "'planted@exemple.ma'",
            "customer_phone": "'+212600000999'",
            "submission_key": "NULL",
        }.items():
            values = ", ".join(value if name == column else name for name in values.split(", "))
        plant = f"INSERT INTO leads ({columns}) SELECT {values} FROM leads WHERE id = '{made.pending.pk}'"
        assert refusal_of(cursor, plant, "default").sqlstate == "LM026"
