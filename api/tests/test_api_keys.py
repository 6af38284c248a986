"""API keys: who makes them, what they open, when they stop."""

import logging
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import OnlyTheOwner
from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from api.models import ApiKey
from api.services.keys import (
    MOST_KEYS,
    TooManyKeys,
    create_api_key,
    key_holder,
    note_key_used,
    revoke_api_key,
)
from api.tests.conftest import Caller
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound
from tests.crowd import crowd


def make(actor: Actor, scope: str = "write", name: str = "CRM") -> tuple[ApiKey, str]:
    with acting_as(actor):
        return create_api_key(name=name, scope=scope)


def caller_with(text: str) -> Caller:
    return Caller({"authorization": f"Bearer {text}", "accept-language": "en"})


def keys() -> list[ApiKey]:
    with acting_as(SYSTEM):
        return list(ApiKey.objects.order_by("id"))


LEAD = {
    "customer_name": "Ahmed Bennani",
    "customer_email": "ahmed@exemple.ma",
    "customer_phone": "+212 6 12 34 56 78",
    "estimated_value": 1500,
    "source": "instagram",
}


def test_a_key_is_shown_once_and_kept_as_a_hash(personas):
    key, text = make(personas.as_owner, "read", "Comptabilité")

    assert text.startswith(f"lm_test_{key.public_id}_")
    assert len(text) == len("lm_test_") + 12 + 1 + 43
    assert key.start == f"lm_test_{key.public_id}"
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(k)::text FROM api_apikey AS k")
        assert text.rpartition("_")[2] not in cursor.fetchone()[0]
        entry = AuditEntry.objects.get(action="api.key.created")
    assert (entry.object_id, entry.merchant_id, entry.actor_user_id) == (
        key.pk,
        personas.merchant.pk,
        personas.owner.pk,
    )
    assert entry.data == {"name": "Comptabilité", "scope": "read", "start": key.start}


@pytest.mark.parametrize("live", [True, False])
def test_keys_of_one_mode_are_refused_in_the_other(personas, settings, live):
    settings.PAYMENTS_LIVE = live
    _key, text = make(personas.as_owner)
    assert text.startswith("lm_live_" if live else "lm_test_")
    assert key_holder(text)

    settings.PAYMENTS_LIVE = not live
    assert key_holder(text) is None


def test_a_merchants_key_reads_and_writes_as_its_creator(personas):
    lead = personas.submit("600.00")
    _key, text = make(personas.as_owner)

    answer = caller_with(text).put(f"leads/{lead.pk}/validate", {"quality_score": 8})

    assert answer.status == 200, answer.text
    with acting_as(SYSTEM):
        assert lead.decisions.get().user_id == personas.owner.pk
    assert [row["id"] for row in caller_with(text).get("leads").body["results"]] == [str(lead.pk)]


def test_an_influencers_key_submits_leads(personas):
    _key, text = make(personas.as_influencer)

    answer = caller_with(text).post("leads/create", LEAD | {"campaign_id": personas.campaign.pk})

    assert answer.status == 201, answer.text
    with acting_as(SYSTEM):
        assert Lead.objects.get().consent.typed_by_id == personas.influencer_user.pk


def test_a_key_that_may_only_read_is_refused_every_write(personas):
    lead = personas.submit("600.00")
    _key, text = make(personas.as_owner, "read")
    caller = caller_with(text)

    assert caller.get("leads").status == 200
    for method, path, body in (
        ("PUT", f"leads/{lead.pk}/validate", {"quality_score": 8}),
        ("PUT", f"leads/{lead.pk}/reject", {"rejection_reason": "fraud"}),
        ("POST", "leads/create", LEAD),
    ):
        assert caller(method, path, body).error == (403, "permission_denied"), path
    with acting_as(SYSTEM):
        assert Lead.objects.get().status == "pending"


def test_a_key_sees_its_own_side_alone(personas):
    lead = personas.submit("600.00")
    for actor in (personas.as_other_owner, personas.as_other_influencer):
        _key, text = make(actor)
        assert caller_with(text).get("leads").body["results"] == []
        assert caller_with(text).get(f"leads/{lead.pk}").error == (404, "not_found")


def wrong_texts(text: str) -> list[str]:
    head, _underscore, secret = text.rpartition("_")
    return [
        f"{head}_{'A' if secret[0] != 'A' else 'B'}{secret[1:]}",
        f"{head}_{secret[:-1]}",
        f"{head}_{secret}A",
        f"{head[:-1]}{'a' if head[-1] != 'a' else 'b'}_{secret}",
        text.upper(),
        text.replace("lm_test_", "lm_live_"),
        text.replace("lm_test_", "lm_"),
        head,
        f"lm_test_{secret}",
        "lm_",
        "lm_test_",
        text + "\u00e9",
    ]


def test_what_is_not_the_whole_key_opens_nothing(personas):
    _key, text = make(personas.as_owner)
    for wrong in wrong_texts(text):
        assert key_holder(wrong) is None, wrong
    assert caller_with(wrong_texts(text)[0]).get("leads").error == (401, "not_authenticated")
    assert caller_with(f"{text} {text}").get("leads").error == (401, "not_authenticated")


def test_a_wrong_key_is_not_replaced_by_the_session_beside_it(personas, client_of):
    caller = Caller({"authorization": "Bearer lm_test_nobody"}, client_of(personas.owner))
    assert caller.get("leads").error == (401, "not_authenticated")


def test_a_key_acts_for_its_side_also_beside_a_session_of_another(personas, client_of):
    lead = personas.submit("600.00")
    _key, text = make(personas.as_owner)
    caller = Caller({"authorization": f"Bearer {text}"}, client_of(personas.other_owner))
    assert [row["id"] for row in caller.get("leads").body["results"]] == [str(lead.pk)]


def test_a_revoked_key_stops_at_once_and_for_good(personas):
    key, text = make(personas.as_owner)
    with acting_as(personas.as_owner):
        revoked = revoke_api_key(key_id=key.pk)
        again = revoke_api_key(key_id=key.pk)

    assert caller_with(text).get("leads").error == (401, "not_authenticated")
    assert (revoked.revoked_by_id, again.revoked_at) == (personas.owner.pk, revoked.revoked_at)
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="api.key.revoked").count() == 1


SWITCHES = {
    "its creator is switched off": lambda personas: User.objects.filter(pk=personas.owner.pk).update(is_active=False),
    "its company is switched off": lambda personas: Merchant.objects.filter(pk=personas.merchant.pk).update(
        is_active=False
    ),
    "its creator left the team": lambda personas: Membership.objects.filter(user=personas.owner).delete(),
    "its creator is in another team": lambda personas: Membership.objects.filter(user=personas.owner).update(
        merchant=personas.other_merchant
    ),
    "its creator is on another side": lambda personas: User.objects.filter(pk=personas.owner.pk).update(
        role="influencer"
    ),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_merchants_key_stops_when(personas, switch):
    _key, text = make(personas.as_owner)
    with acting_as(SYSTEM):
        assert SWITCHES[switch](personas)
    assert key_holder(text) is None
    assert caller_with(text).get("leads").error == (401, "not_authenticated")


def test_an_influencers_key_stops_when_they_are_switched_off(personas):
    _key, text = make(personas.as_influencer)
    with acting_as(SYSTEM):
        Influencer.objects.filter(pk=personas.influencer.pk).update(is_active=False)
    assert key_holder(text) is None


def test_only_those_who_decide_for_a_side_make_and_revoke_keys(personas):
    key, _text = make(personas.as_owner)
    for actor, refusal in ((personas.as_member, OnlyTheOwner), (personas.as_staff, NotAllowed), (SYSTEM, NotAllowed)):
        with acting_as(actor), pytest.raises(refusal):
            create_api_key(name="X", scope="write")
    with acting_as(personas.as_member), pytest.raises(OnlyTheOwner):
        revoke_api_key(key_id=key.pk)
    for actor in (personas.as_other_owner, personas.as_influencer):
        with acting_as(actor), pytest.raises(NotFound):
            revoke_api_key(key_id=key.pk)
    [only] = keys()
    assert only.revoked_at is None


@pytest.mark.parametrize(
    ("name", "scope"), [("", "read"), ("  ", "read"), ("x" * 61, "read"), ("X", "admin"), ("X", "")]
)
def test_a_key_needs_a_name_and_a_scope(personas, name, scope):
    with acting_as(personas.as_owner), pytest.raises(InvalidInput):
        create_api_key(name=name, scope=scope)
    assert keys() == []


def test_there_are_at_most_so_many_keys_and_revoked_ones_do_not_count(personas):
    made = [make(personas.as_owner)[0] for _ in range(MOST_KEYS)]
    with pytest.raises(TooManyKeys):
        make(personas.as_owner)
    make(personas.as_other_owner)
    with acting_as(personas.as_owner):
        revoke_api_key(key_id=made[0].pk)
    make(personas.as_owner)
    assert len(keys()) == MOST_KEYS + 2


def test_two_at_once_do_not_make_more_than_that(committed_personas):
    personas = committed_personas
    for _ in range(MOST_KEYS - 1):
        make(personas.as_owner)
    with crowd(4) as people:
        results = people.at_once(*[lambda: make(personas.as_owner)] * 4)
    assert sum(isinstance(result, TooManyKeys) for result in results) == 3
    assert len(keys()) == MOST_KEYS


def test_looking_a_key_up_is_one_query_and_writes_nothing(personas):
    _key, text = make(personas.as_owner)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        holder = key_holder(text)
    assert holder.actor == personas.as_owner
    assert [query["sql"].split("(")[0] for query in queries] == ["SELECT * FROM api_key_holder"]


def test_the_last_use_is_noted_once_a_minute(personas, monkeypatch):
    queued = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda task, arguments, **_options: queued.append((task.name, arguments))
    )
    key, text = make(personas.as_owner)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            assert caller_with(text).get("leads").status == 200
        [(name, (key_id, used_at))] = queued
        assert (name, key_id) == ("api.tasks.note_key_used_task", str(key.pk))
        assert note_key_used(key_id=UUID(key_id), used_at=timezone.datetime.fromisoformat(used_at))
        assert keys()[0].last_used_at == timezone.now()

        clock.shift(timedelta(seconds=59))
        assert not note_key_used(key_id=key.pk, used_at=timezone.now())
        caller_with(text).get("leads")
        assert len(queued) == 1


def test_no_key_is_written_to_a_log_in_clear(personas, caplog):
    _key, text = make(personas.as_owner)
    with caplog.at_level(logging.DEBUG):
        caller_with(text).get("leads")
        caller_with(wrong_texts(text)[0]).get("leads")
    assert text.rpartition("_")[2] not in caplog.text
