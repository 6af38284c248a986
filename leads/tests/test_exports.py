"""Lists as files: whose rows, which of them, in which language, and nothing that a spreadsheet would compute."""

import csv
import io
from datetime import UTC, datetime
from itertools import count
from zipfile import ZipFile

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from accounts.models import AuditEntry, User
from conftest import make_fresh
from leads.exports import INFLUENCER_LEADS, MERCHANT_LEADS
from leads.selectors.leads import merchant_leads
from leads.services import validate_lead
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from leadsmarket.lib.exports import MACHINE_FORMAT, Column, copy_statement
from leadsmarket.lib.workbooks import xlsx_response

NOON = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


def body(response) -> str:
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def table(response, separator: str = ",") -> list[dict[str, str]]:
    text = body(response)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=separator))


def reads(user, language: str) -> None:
    with acting_as(SYSTEM):
        User.objects.filter(pk=user.pk).update(language=language)


@pytest.fixture
def merchant(personas, client_of) -> Client:
    reads(personas.owner, "en")
    return client_of(personas.owner)


@pytest.fixture
def influencer(personas, client_of) -> Client:
    reads(personas.influencer_user, "en")
    return client_of(personas.influencer_user)


def test_a_merchants_file_has_the_leads_that_the_page_shows(personas, merchant):
    for number in range(4):
        personas.submit(customer_name=f"Client {number}", source="tiktok" if number % 2 else "instagram")

    response = merchant.get("/leads/export.csv?source=tiktok")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["Customer name"] for row in table(response)] == ["Client 3", "Client 1"]
    assert table(merchant.get("/leads/export.csv?status=validated")) == []
    assert [row["Customer name"] for row in table(merchant.get("/leads/export.csv?text=Client+2"))] == ["Client 2"]


def test_nobody_gets_anothers_leads(personas, client_of, merchant):
    personas.submit()
    reads(personas.other_owner, "en")
    reads(personas.other_influencer_user, "en")

    assert len(table(merchant.get("/leads/export.csv"))) == 1
    assert table(client_of(personas.other_owner).get("/leads/export.csv")) == []
    assert table(client_of(personas.other_influencer_user).get("/leads/export.csv")) == []
    assert client_of(personas.other_owner).get(f"/deposits/{personas.deposit.pk}/export.csv").status_code == 404


def test_row_security_stands_behind_a_query_that_forgot_its_filter(personas):
    from leads.models import Lead
    from leadsmarket.lib.exports import csv_response

    personas.submit()
    columns = (Column("name", "customer_name"),)

    def lines(actor) -> int:
        with acting_as(actor):
            response = csv_response(Lead.objects.all(), columns, actor=actor, name="leads", layout=MACHINE_FORMAT)
        return len(b"".join(response.streaming_content).splitlines())

    assert lines(personas.as_owner) == 2
    assert lines(personas.as_other_owner) == lines(personas.as_other_influencer) == 1


def test_a_file_is_read_on_a_connection_of_its_own(committed_personas):
    personas = committed_personas
    personas.submit(customer_name="Amina")
    reads(personas.owner, "en")
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(personas.owner)
    make_fresh(client, personas.owner)

    for path in ("/leads/export.csv", f"/deposits/{personas.deposit.pk}/export.csv"):
        assert len(table(client.get(path))) >= 1
    assert b"Amina" in sheet(client.get("/leads/export.xlsx"))
    left = client.get("/leads/export.csv")
    next(iter(left.streaming_content))
    left.close()


FORMULAS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", '"=1+1', "\uff1d1+1"),
    *('=HYPERLINK("http://x","y")', "x;=1+1", "x\n=1+1", "=cmd|'/C calc'!A0"),
]


def test_no_cell_begins_a_formula(personas, merchant):
    for text in FORMULAS:
        personas.submit(customer_notes=text, customer_company=text.strip()[:100])

    for language, separator in (("en", ","), ("fr", ";")):
        reads(personas.owner, language)
        rows = list(csv.reader(io.StringIO(body(merchant.get("/leads/export.csv"))[1:]), delimiter=separator))
        assert len(rows) == len(FORMULAS) + 1
        for row in rows:
            for cell in row:
                assert not cell.lstrip(" \"'\u200f").startswith(
                    ("=", "+", "-", "@", "\t", "\r", "\uff1d")
                ) or cell.startswith("'"), cell


@pytest.mark.parametrize(
    ("language", "separator", "moment", "amount"),
    [
        ("en", ",", "2026-11-10 12:00", "600.00"),
        ("fr", ";", "10/11/2026 12:00", "600,00"),
        ("ar", ";", "10/11/2026 12:00", "600,00"),
    ],
)
def test_a_file_is_written_for_excel_in_each_language(personas, client_of, language, separator, moment, amount):
    reads(personas.owner, language)
    with time_machine.travel(NOON, tick=False):
        personas.submit(source="direct", customer_name="أمينة العلوي")
        response = client_of(personas.owner).get("/leads/export.csv")
        assert response.headers["Content-Disposition"] == 'attachment; filename="leads-2026-11-10.csv"'
        (row,) = table(response, separator)

    with translation.override(language):
        columns = {str(column.heading): column for column in MERCHANT_LEADS}
        assert list(row) == list(columns)
        by_source = {columns[heading].source: value for heading, value in row.items()}
        assert by_source["status"] == str(
            columns[next(iter(row))].labels.get("pending", MERCHANT_LEADS[1].labels["pending"])
        )
        assert by_source["source"] == str(next(c for c in MERCHANT_LEADS if c.source == "source").labels["direct"])
    assert by_source["created_at"] == moment
    assert (by_source["estimated_value"], by_source["customer_name"]) == (amount, "أمينة العلوي")
    assert by_source["decided_at"] == by_source["quality_score"] == ""


def test_times_are_those_of_casablanca_also_before_the_change(personas, merchant):
    # One hour ahead until 2026-09-20, none since; one behind that in Ramadan.
    for moment in (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC), NOON):
        with time_machine.travel(moment, tick=False):
            personas.submit()
    with time_machine.travel(NOON, tick=False):
        rows = table(merchant.get("/leads/export.csv"))
    assert sorted(row["Created"] for row in rows) == ["2026-03-01 12:00", "2026-07-01 13:00", "2026-11-10 12:00"]


def test_an_influencers_files_tell_no_amount_of_the_merchant(personas, influencer):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    leads, earnings = body(influencer.get("/leads/export.csv")), body(influencer.get("/leads/earnings/export.csv"))

    assert "18.00" in leads
    assert "18.00" in earnings
    for secret in ("60.00", "42.00", "4940", "5000"):
        assert secret not in leads.replace("600.00", "")
        assert secret not in earnings
    sources = {column.source for column in INFLUENCER_LEADS}
    assert not sources & {"commission_amount", "platform_commission_amount", "actual_value", "deposit_id"}


def test_movements_payments_and_earnings_are_files_too(personas, merchant, influencer):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    movements = table(merchant.get(f"/deposits/{personas.deposit.pk}/export.csv"))
    assert [(row["Movement"], row["Change of the balance (MAD)"]) for row in movements] == [
        ("Deduction", "-60.00"),
        ("Reservation", "0.00"),
        ("Opening", "5000.00"),
    ]
    only = table(merchant.get(f"/deposits/{personas.deposit.pk}/export.csv?kind=deduction"))
    assert [row["Movement"] for row in only] == ["Deduction"]
    assert table(merchant.get("/payments/export.csv?status=settled")) == []
    assert [row["Amount (MAD)"] for row in table(influencer.get("/leads/earnings/export.csv"))] == ["18.00"]


def test_each_export_is_recorded_with_its_filters_but_not_with_whom_it_looks_for(personas, merchant):
    merchant.get("/leads/export.xlsx?status=pending&text=amina")
    with acting_as(SYSTEM):
        (entry,) = AuditEntry.objects.filter(action="leads.lead.exported")
    assert (entry.actor_user_id, entry.merchant_id) == (personas.owner.pk, personas.merchant.pk)
    assert entry.data == {"format": "xlsx", "status": "pending", "text": "yes"}


def test_another_ending_is_no_page_and_leaves_no_record(personas, merchant):
    assert merchant.get("/leads/export.pdf").status_code == 404
    with acting_as(SYSTEM):
        assert not AuditEntry.objects.filter(action="leads.lead.exported").exists()


def sheet(response) -> bytes:
    with ZipFile(io.BytesIO(b"".join(response.streaming_content))) as book:
        return book.read("xl/worksheets/sheet1.xml")


def test_a_sheet_has_numbers_dates_and_no_formula(personas, merchant):
    with time_machine.travel(NOON, tick=False):
        personas.submit(customer_name="=1+1")
        made = sheet(merchant.get("/leads/export.xlsx")).decode()

    assert "<f>" not in made
    assert "&#39;=1+1" in made.replace("'=1+1", "&#39;=1+1")
    assert 'state="frozen"' in made
    assert "<v>600.00</v>" in made
    assert "<v>46336.5</v>" in made
    assert "rightToLeft" not in made
    reads(personas.owner, "ar")
    assert 'rightToLeft="1"' in sheet(merchant.get("/leads/export.xlsx")).decode()


def test_a_sheet_that_is_full_says_so(personas):
    for number in count():
        personas.submit()
        if number == 4:
            break
    with acting_as(personas.as_owner), translation.override("en"):
        rows = merchant_leads(personas.merchant.pk).select_related(None).order_by("-created_at", "-id")
        columns = (Column("Value", "customer_email"),)

        def made(largest: int) -> str:
            return sheet(
                xlsx_response(rows, columns, actor=personas.as_owner, name="x", title="x", largest=largest)
            ).decode()

        assert made(6).count("@exemple.ma") == 5
        assert "more rows" not in made(6)
        assert made(5).count("@exemple.ma") == 3
        assert "these are the first 3" in made(5)


def test_what_somebody_typed_never_becomes_sql(personas):
    with acting_as(personas.as_owner):
        rows = merchant_leads(personas.merchant.pk).filter(customer_name="'; DROP TABLE leads; --")
        statement, parameters = copy_statement(rows, (Column("x", "customer_name"),), MACHINE_FORMAT)
    assert "DROP" not in statement
    assert "'; DROP TABLE leads; --" in parameters
