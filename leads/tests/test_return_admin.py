"""Staff decide returns on the staff site."""

from django.urls import reverse

from leads.models import LeadReturn
from leads.services import ask_return, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as


def asked(personas) -> LeadReturn:
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
        return ask_return(lead_id=lead.pk, reason="wrong_contact")


def returns() -> list[LeadReturn]:
    with acting_as(SYSTEM):
        return list(LeadReturn.objects.all())


def test_staff_accepts_and_refuses(personas, open_as):
    client = open_as(personas.staff)
    first, second = asked(personas), asked(personas)
    listed = client.get(reverse("admin:leads_leadreturn_changelist"), {"status__exact": "asked"}).content.decode()
    assert listed.count("Atlas Rénovation") >= 2
    accept = reverse("admin:leads_leadreturn_accept", args=[first.pk])
    refuse = reverse("admin:leads_leadreturn_refuse", args=[second.pk])
    assert "MAD\xa060.00" in client.get(accept).content.decode()
    assert client.post(accept, {"note": ""}).status_code == 302
    assert client.post(refuse, {"note": ""}).status_code == 422
    assert client.post(refuse, {"note": "Client joint"}).status_code == 302
    assert client.post(refuse.replace("refuse", "accept"), {"note": ""}).status_code == 422
    assert {row.pk: (row.status, row.decided_by_id) for row in returns()} == {
        first.pk: ("accepted", personas.staff.pk),
        second.pk: ("refused", personas.staff.pk),
    }
    detail = client.get(reverse("admin:leads_leadreturn_change", args=[first.pk])).content.decode()
    assert "Accept the return" not in detail
    assert open_as(personas.owner).get(accept).status_code == 302
