"""Erasure and retention: the person goes, the money and the counts stay (law 09-08)."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEntry
from deposits.models import Deposit, DepositTransaction
from leads.errors import ContactBlocked, LeadStillNeeded
from leads.models import BlockedContact, EarningEntry, Lead, LeadConsent, LeadReturn, LeadValidation
from leads.selectors.privacy import prospect_data
from leads.services import (
    accept_return,
    ask_return,
    end_retention,
    erase_prospect,
    refuse_return,
    reject_lead,
    validate_lead,
)
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.raw_sql import refused

AMINA = {
    "customer_name": "Amina Benali",
    "customer_email": "amina@exemple.ma",
    "customer_phone": "+212661234567",
    "customer_company": "Riad Amina",
    "customer_notes": "Appeler Amina après 18 h",
}
PDF = b"%PDF-1.4\n%%EOF"


def everything_about(text: str) -> list[str]:
    """The tables of the whole database with a row that holds a text, as the owner sees them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    connections["owner"].close()
    return found


def books_of(personas) -> tuple:
    """Everything of money: balances, movements, earnings, states."""
    with acting_as(SYSTEM):
        return (
            list(Deposit.objects.order_by("id").values_list("current_balance", "reserved_amount")),
            list(DepositTransaction.objects.order_by("id").values_list("id", "kind", "amount", "lead_id")),
            list(EarningEntry.objects.order_by("id").values_list("id", "kind", "amount", "lead_id")),
            list(Lead.objects.order_by("id").values_list("id", "status", "commission_amount", "created_at")),
        )


def decided(personas, **changes) -> Lead:
    """A lead of Amina's, validated with words about her."""
    lead = personas.submit("600.00", **(AMINA | {"ip_address": "196.200.1.7"} | changes))
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=9, feedback="Amina a répondu tout de suite")


def erase(personas, **contact) -> dict:
    with acting_as(personas.as_staff):
        return erase_prospect(**(contact or {"email": "amina@exemple.ma"}))


def test_the_person_goes_and_the_money_stays(personas):
    lead = decided(personas)
    other = personas.submit("600.00")
    books = books_of(personas)

    assert erase(personas) == {"erased": 1, "rejected": 0}

    assert books_of(personas) == books
    with acting_as(SYSTEM):
        erased = Lead.objects.get(pk=lead.pk)
        assert (erased.customer_name, erased.customer_company, erased.customer_notes) == ("—", "", "")
        assert (erased.customer_email, str(erased.customer_phone)) == ("erased@erased.invalid", "+212400000000")
        assert erased.erased_at is not None
        assert erased.quality_score == 9
        assert LeadValidation.objects.get(lead=lead).feedback == ""
        consent = LeadConsent.objects.get(lead=lead)
        assert (consent.ip_address, consent.version, consent.typed_by_id) == (
            None,
            "2026-11",
            personas.influencer_user.pk,
        )
        assert "Atlas Rénovation" in consent.text
        assert Lead.objects.get(pk=other.pk).customer_name.startswith("Client")
        assert AuditEntry.objects.get(action="leads.lead.erased").object_id == lead.pk
        assert broken_invariants("default") == {}


def test_erasing_again_finds_nothing_more(personas):
    decided(personas)
    erase(personas)
    assert erase(personas) == {"erased": 0, "rejected": 0}
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="leads.lead.erased").count() == 1


def test_a_pending_lead_is_rejected_first_and_its_reservation_released(personas):
    lead = personas.submit("600.00", **AMINA)

    assert erase(personas) == {"erased": 1, "rejected": 1}

    with acting_as(SYSTEM):
        rejected = Lead.objects.get(pk=lead.pk)
        assert (rejected.status, rejected.rejection_reason) == ("rejected", "not_interested")
        assert Deposit.objects.get(pk=personas.deposit.pk).reserved_amount == 0
        assert broken_invariants("default") == {}


def test_leads_given_to_other_merchants_and_by_another_address_are_found_by_the_number(personas):
    first = decided(personas)
    second = decided(personas, customer_email="benali@exemple.ma", customer_phone="+212677777777")
    assert erase(personas, phone="+212677777777")["erased"] == 1
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=first.pk).erased_at is None
        assert Lead.objects.get(pk=second.pk).erased_at is not None


def test_words_of_a_rejection_and_of_a_return_go_with_their_proof(personas):
    rejected = personas.submit("600.00", **AMINA)
    with acting_as(personas.as_owner):
        reject_lead(lead_id=rejected.pk, rejection_reason="other", rejection_details="Amina est ma cousine")
    returned = decided(personas, customer_email="a.benali@exemple.ma", customer_phone="+212662222222")
    with acting_as(personas.as_owner):
        asked = ask_return(
            lead_id=returned.pk, reason="other", details="Amina n'habite pas là", proof=ContentFile(PDF, name="a.pdf")
        )
    with acting_as(personas.as_staff):
        with pytest.raises(LeadStillNeeded):
            erase_prospect(email="a.benali@exemple.ma")
        assert Lead.objects.get(pk=returned.pk).customer_name == "Amina Benali"
        refuse_return(return_id=asked.pk, note="Amina habite bien là")

    assert erase(personas)["erased"] == 1
    assert erase(personas, email="a.benali@exemple.ma")["erased"] == 1

    with acting_as(SYSTEM):
        assert LeadValidation.objects.get(lead=rejected).rejection_details == "—"
        emptied = LeadReturn.objects.get(pk=asked.pk)
        assert (emptied.details, emptied.proof.name, emptied.decision_note) == ("—", "", "—")
        assert emptied.status == "refused"


def test_the_file_of_a_proof_is_deleted_after_the_commit(personas, django_capture_on_commit_callbacks):
    lead = decided(personas)
    with acting_as(personas.as_owner):
        asked = ask_return(lead_id=lead.pk, reason="fraud", proof=ContentFile(PDF, name="a.pdf"))
    with acting_as(personas.as_staff):
        accept_return(return_id=asked.pk)
    assert default_storage.exists(asked.proof.name)
    with django_capture_on_commit_callbacks(execute=True):
        erase(personas)
    assert not default_storage.exists(asked.proof.name)


def test_for_ninety_days_an_erased_contact_is_not_submitted_again(personas):
    decided(personas)
    erase(personas)
    for contact in ({"customer_email": "amina@exemple.ma"}, {"customer_phone": "+212661234567"}):
        with pytest.raises(ContactBlocked):
            personas.submit("600.00", **contact)
    with acting_as(SYSTEM):
        assert set(BlockedContact.objects.values_list("reason", flat=True)) == {"erasure"}
    assert end_retention(now=timezone.now() + timedelta(days=91)).blocks == 2
    assert personas.submit("600.00", customer_email="amina@exemple.ma").pk


def test_only_the_platform_erases(personas):
    lead = decided(personas)
    for actor in (personas.as_owner, personas.as_influencer):
        assert refused(actor, f"SELECT erase_leads(ARRAY['{lead.pk}'::uuid])") == "LM013"
        assert refused(actor, "SELECT erase_old_leads(now(), 10)") == "LM013"
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).erased_at is None


@pytest.mark.parametrize(
    "change",
    [
        "customer_name = 'X'",
        "customer_email = 'x@exemple.ma'",
        "customer_phone = '+212600000000'",
        "customer_notes = 'X'",
        "erased_at = now()",
        """customer_name = '—', customer_email = 'erased@erased.invalid', customer_phone = '+212400000000',
        customer_company = '', customer_notes = '', erased_at = now()""",
    ],
)
def test_nobody_changes_a_contact_beside_the_erasure(personas, change):
    lead = decided(personas)
    for actor in (personas.as_owner, personas.as_staff, SYSTEM):
        assert refused(actor, f"UPDATE leads SET {change} WHERE id = '{lead.pk}'") == "LM001"
    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).customer_name == "Amina Benali"


def test_what_is_held_is_told_whole_and_nothing_is_left_after_the_erasure(personas):
    decided(personas)
    with acting_as(personas.as_staff):
        data = prospect_data(email="Amina@exemple.ma")
        (lead,) = data["leads"]
        assert (lead["name"], lead["notes"], lead["given_to"], lead["given_by"], lead["service"]) == (
            "Amina Benali", "Appeler Amina après 18 h", "Atlas Rénovation", "Salma", "Rénovation de cuisine",
        )  # fmt: skip
        assert lead["consent"]["ip_address"] == "196.200.1.7"
        assert lead["decisions"][0]["feedback"] == "Amina a répondu tout de suite"
        erase_prospect(email="amina@exemple.ma")
        assert prospect_data(email="amina@exemple.ma")["leads"] == []


@pytest.mark.parametrize("text", ["amina", "benali", "661234567", "196.200.1.7"])
def test_no_table_names_the_person_after_the_erasure(committed_personas, text):
    decided(committed_personas)
    with acting_as(committed_personas.as_staff):
        erase_prospect(email="amina@exemple.ma")
    assert everything_about(text) == []


@pytest.fixture
def aged(committed_personas):
    """Leads of 100, 200 and 400 days, decided, and one of 400 days that is pending still."""
    leads = [
        decided(committed_personas, customer_email=f"a{n}@exemple.ma", customer_phone=f"+21266000000{n}")
        for n in range(3)
    ]
    leads.append(committed_personas.submit("600.00", **AMINA))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE leads DISABLE TRIGGER lead_guard")
        for lead, days in zip(leads, (100, 200, 400, 400), strict=True):
            cursor.execute(
                "UPDATE leads SET created_at = %s WHERE id = %s", [timezone.now() - timedelta(days=days), lead.pk]
            )
        cursor.execute("ALTER TABLE leads ENABLE TRIGGER lead_guard")
    connections["owner"].close()
    return leads


def erased_ids() -> set:
    with acting_as(SYSTEM):
        return set(Lead.objects.exclude(erased_at=None).values_list("pk", flat=True))


def test_retention_is_off_by_default(aged, settings):
    assert settings.RETENTION_MONTHS == 0
    assert end_retention().leads == 0
    assert erased_ids() == set()


def test_retention_erases_decided_leads_of_its_age_in_batches_and_no_pending_one(aged, settings):
    settings.RETENTION_MONTHS = 6
    with acting_as(SYSTEM):
        counts = Lead.objects.count()

    assert end_retention(batch_size=1).leads == 2
    assert end_retention().leads == 0

    assert erased_ids() == {aged[1].pk, aged[2].pk}
    with acting_as(SYSTEM):
        assert Lead.objects.count() == counts
        assert Lead.objects.get(pk=aged[3].pk).customer_name == "Amina Benali"
        assert broken_invariants("default") == {}


def test_two_retentions_at_once_erase_each_lead_once(aged, settings):
    settings.RETENTION_MONTHS = 6
    with crowd(2) as threads:
        results = threads.at_once(*[lambda: end_retention(batch_size=1).leads] * 2)
    assert sum(results) == 2
    assert erased_ids() == {aged[1].pk, aged[2].pk}
