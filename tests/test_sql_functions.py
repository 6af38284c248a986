"""Our SQL functions called by the web role for somebody else's deposit, lead or campaign, as every role.

They run with the rights of the tables' owner, so each must look at who is asking by itself, before it locks or tells anything.
"""

import pytest
from django.db import connection, connections, transaction

from api.services.keys import create_api_key
from leadsmarket.lib.actor import AUTHENTICATION, NOBODY, SYSTEM, Actor, acting_as
from tests.books import broken_invariants
from tests.raw_sql import as_owner, refusal_of, refused

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("sql_functions")

# Calls about Atlas (merchant), its deposit, and Salma's pending lead on it; {wrong} is an amount that isn't the lead's.
MONEY = {
    "reserve": "SELECT reserve_commission('{deposit}', '{lead}', 60.00)",
    "reserve a guess": "SELECT reserve_commission('{deposit}', '{lead}', {wrong})",
    "deduct": "SELECT deduct_commission('{deposit}', '{lead}', 60.00)",
    "deduct a guess": "SELECT deduct_commission('{deposit}', '{lead}', {wrong})",
    "release": "SELECT release_commission('{deposit}', '{lead}', 60.00)",
    "release a guess": "SELECT release_commission('{deposit}', '{lead}', {wrong})",
    "create": "SELECT create_deposit('{merchant}', '{campaign}', 2000, 5)",
    "open": "SELECT open_deposit('{deposit}', 2000, NULL, 'bank_transfer', 'VIR')",
    "recharge": "SELECT recharge_deposit('{deposit}', 500, NULL, 'bank_transfer', 'VIR')",
    "adjust": "SELECT adjust_deposit('{deposit}', 1, 'Gift')",
    "adjust a guess": "SELECT adjust_deposit('{deposit}', -{wrong}, 'Probe')",
    "suspend": "SELECT set_deposit_suspended('{deposit}', true)",
    "resume": "SELECT set_deposit_suspended('{deposit}', false)",
    "smallest": "SELECT set_deposit_smallest_commission('{deposit}', 4000)",
    "smallest as it is": "SELECT set_deposit_smallest_commission('{deposit}', 5)",
    "lock": "SELECT lock_deposits_of_merchant('{merchant}')",
    "pay": "SELECT make_earning_payable('{validated}')",
    "pay all": "SELECT make_due_earnings_payable(now(), 10)",
    "expire all": "SELECT expire_due_leads(now() + interval '1 year', 10)",
    "available": "SELECT lock_available_balance('{deposit}')",
    "refund": "SELECT refund_commission('{deposit}', '{validated}', 60.00)",
    "take back": "SELECT reverse_earning('{validated}')",
    "payout": "SELECT request_payout('{influencer}', 200, 'VRSX', 'X', '011519000001205000534921', false, 'fr')",
    "approve payouts": "SELECT approve_payouts(ARRAY['{lead}'::uuid], 'V-2026')",
    "end a payout": "SELECT end_payout('{lead}', 'paid', '')",
    "erase": "SELECT erase_leads(ARRAY['{validated}'::uuid])",
    "erase old": "SELECT erase_old_leads(now() + interval '1 year', 10)",
    "empty notifications": "SELECT empty_notifications(ARRAY['{lead}'::uuid])",
    "release many": "SELECT release_commissions(ARRAY['{lead}'::uuid], ARRAY['{deposit}'::uuid], ARRAY[60.00])",
}
EARNING = "SELECT credit_earning('{validated}', interval '0')"
TERMS = "SELECT * FROM lead_terms('{campaign}', '{influencer}', 600, '', '')"

# What the owner of the deposit, and the influencer of the lead, may do; everything else is refused with LM013.
PLATFORM_ONLY = {
    "open",
    "recharge",
    "adjust",
    "adjust a guess",
    "suspend",
    "resume",
    "pay",
    "pay all",
    "expire all",
    "release many",
    "available",
    "refund",
    "take back",
    "approve payouts",
    "end a payout",
    "erase",
    "erase old",
    "empty notifications",
}
NOT_THE_STATE_OF_THE_LEAD = {"reserve a guess", "deduct", "deduct a guess", "release", "release a guess"}


def ids(books) -> dict:
    personas, made = books
    return {
        "merchant": personas.merchant.pk,
        "deposit": personas.deposit.pk,
        "campaign": personas.campaign.pk,
        "influencer": personas.influencer.pk,
        "lead": made.pending.pk,
        "validated": made.validated.pk,
        "wrong": 99999,
    }


def strangers(personas) -> list[Actor]:
    return [
        personas.as_other_owner,
        personas.as_other_influencer,
        AUTHENTICATION,
        NOBODY,
        Actor("merchant"),
        Actor("influencer"),
        Actor("authentication", personas.owner.pk),
    ]


@pytest.mark.parametrize("name", MONEY)
def test_money_of_another_is_not_moved_and_not_told(books, name):
    sql = MONEY[name].format(**ids(books))
    for actor in strangers(books[0]):
        assert refused(actor, sql) == "LM013", actor


@pytest.mark.parametrize("name", sorted(PLATFORM_ONLY))
def test_only_the_platform_brings_money_in_or_stops_a_deposit(books, name):
    sql = MONEY[name].format(**ids(books))
    for actor in (books[0].as_owner, books[0].as_member, books[0].as_influencer):
        assert refused(actor, sql) == "LM013", actor


@pytest.mark.parametrize("name", sorted(NOT_THE_STATE_OF_THE_LEAD))
def test_not_even_the_platform_moves_what_does_not_fit_the_lead(books, name):
    personas, _made = books
    sql = MONEY[name].format(**ids(books))
    mine, other = personas.as_owner, personas.as_influencer
    if name.startswith("reserve"):
        mine, other = other, mine
    assert refused(SYSTEM, sql) == "LM014"
    assert refused(mine, sql) == "LM014"
    assert refused(other, sql) == "LM013"


def test_not_even_the_platform_releases_a_batch_that_does_not_fit(books):
    assert refused(SYSTEM, MONEY["release many"].format(**ids(books))) == "LM014"


def test_a_call_without_an_id_is_nobodys(books):
    """NULL equals no actor's id, also where the actor has none."""
    terms = "SELECT lead_terms('{campaign}', NULL, 600, '', '')".format(**ids(books))
    for actor in strangers(books[0]):
        assert refused(actor, terms) == "LM021"
        assert refused(actor, "SELECT create_deposit(NULL, NULL, 2000, 5)") == "LM013"
        assert refused(actor, "SELECT lock_deposits_of_merchant(NULL)") == "LM013"


def test_an_earning_is_not_credited_for_a_stranger_before_it_is_for_the_influencer(books):
    """As it would be between a validation and its credit: here the entry is taken away first."""
    personas, made = books
    with as_owner("leads_earningentry") as cursor:
        cursor.execute("DELETE FROM leads_earningentry WHERE lead_id = %s", [made.validated.pk])
        for actor in strangers(personas):
            cursor.execute(
                "SELECT set_config('app.role', %s, true), set_config('app.merchant_id', %s, true)",
                [actor.role, str(actor.merchant_id or "")],
            )
            call = EARNING.format(**ids(books))
            assert refusal_of(cursor, call).sqlstate == "LM023", actor


def test_a_commission_on_anothers_deposit_does_not_fit(books):
    personas, made = books
    sql = f"SELECT deduct_commission('{personas.other_deposit.pk}', '{made.validated.pk}', 60.00)"
    assert refused(SYSTEM, sql) == "LM014"
    assert refused(personas.as_owner, sql) == "LM014"
    assert refused(personas.as_other_owner, sql) == "LM013"


def test_earnings_are_credited_once_and_by_the_merchant_of_the_lead_alone(books):
    personas, _made = books
    sql = EARNING.format(**ids(books))
    for actor in [*strangers(personas), personas.as_influencer]:
        assert refused(actor, sql) == "LM023", actor
    # Done already: a unique constraint.
    assert refused(personas.as_owner, sql) == "23505"


def test_terms_are_told_to_their_influencer_alone_and_without_the_deposits_amounts(books):
    personas, _made = books
    sql = TERMS.format(**ids(books))
    for actor in [*strangers(personas), personas.as_owner]:
        assert refused(actor, sql) == "LM021", actor
    with acting_as(personas.as_influencer), connection.cursor() as cursor:
        cursor.execute(sql)
        row = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT current_balance, available_balance FROM company_deposits WHERE id = %s", [row["deposit_id"]]
        )
        amounts = cursor.fetchone()
    assert row["accepts_leads"] is True
    assert not set(amounts) & set(row.values())


def test_a_reservation_tells_an_influencer_no_amounts(books):
    personas, made = books
    call = "SELECT current_balance, reserved_amount, available_balance, status_after FROM reserve_commission(%s, %s, 60.00)"
    with as_owner("deposit_transactions") as cursor:
        cursor.execute("DELETE FROM deposit_transactions WHERE lead_id = %s", [made.pending.pk])
        cursor.execute(
            "SELECT set_config('app.role', 'influencer', true), set_config('app.influencer_id', %s, true)",
            [str(personas.influencer.pk)],
        )
        cursor.execute(call, [personas.deposit.pk, made.pending.pk])
        assert cursor.fetchone() == (None, None, None, "active")


def test_smallest_commissions_of_another_merchant_are_not_told(books):
    personas, _made = books
    for actor, count in (
        (SYSTEM, 1),
        (personas.as_owner, 1),
        (personas.as_other_owner, 0),
        (personas.as_influencer, 0),
    ):
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM deposit_smallest_commissions(%s)", [personas.merchant.pk])
            assert cursor.fetchone() == (count,), actor


def test_whether_a_campaign_takes_leads_is_a_yes_or_no_for_everybody(books):
    personas, _made = books
    for actor in (personas.as_other_influencer, personas.as_other_owner):
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute("SELECT campaign_accepts_leads(%s)", [personas.campaign.pk])
            assert cursor.fetchone() == (True,)


def test_who_a_key_acts_for_is_told_to_nobody_who_is_somebody_already(books):
    personas, _made = books
    with acting_as(personas.as_owner):
        key, _text = create_api_key(name="CRM", scope="read")
    call = f"SELECT user_id FROM api_key_holder('{key.public_id}')"
    everybody = (personas.as_owner, personas.as_other_owner, personas.as_influencer, personas.as_staff, SYSTEM)
    for actor in (AUTHENTICATION, NOBODY, *everybody):
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute(call)
            assert cursor.fetchall() == ([] if actor in everybody else [(personas.owner.pk,)]), actor


def test_whether_a_webhook_wants_an_event_is_a_yes_or_no_for_everybody(books):
    personas, _made = books
    for actor in (personas.as_influencer, personas.as_other_owner, NOBODY):
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute("SELECT webhook_wanted('lead.created', %s, NULL)", [personas.merchant.pk])
            assert cursor.fetchone() == (False,)


def test_every_function_of_ours_is_known_here(books):
    """A new function that runs with the owner's rights needs its cases above."""
    tried = {
        "reserve_commission",
        "deduct_commission",
        "release_commission",
        "create_deposit",
        "open_deposit",
        "recharge_deposit",
        "adjust_deposit",
        "set_deposit_suspended",
        "set_deposit_smallest_commission",
        "lock_deposits_of_merchant",
        "make_earning_payable",
        "make_due_earnings_payable",
        "release_commissions",
        "expire_due_leads",
        "lock_available_balance",
        "refund_commission",
        "reverse_earning",
        "request_payout",
        "approve_payouts",
        "end_payout",
        "erase_leads",
        "erase_old_leads",
        "empty_notifications",
        "credit_earning",
        "lead_terms",
        "deposit_smallest_commissions",
        "campaign_accepts_leads",
        # Two moments, which tell nothing of anybody.
        "figures_folded_until",
        "oldest_transaction_at",
        "api_key_holder",
        "webhook_wanted",
        # Triggers, the id of a deposit, which tells nothing, and a yes or no about a digest that only our key makes.
        "contact_is_blocked",
        "refuse_duplicate_lead",
        "require_lead_fits",
        "require_lead_is_booked",
        "deposit_of_campaign",
    }
    with as_owner() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
        assert {name for (name,) in cursor.fetchall()} == tried


def test_after_all_these_calls_the_books_are_right(books):
    for name in MONEY:
        for actor in strangers(books[0]):
            refused(actor, MONEY[name].format(**ids(books)))
    with transaction.atomic(using="owner"):
        assert broken_invariants() == {}
