"""Row level security as the web role: raw SQL and unfiltered ORM across merchants, functions, views, actors, requests."""

from contextlib import suppress
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction

from accounts.models import AuditEntry, EmailChange, Influencer, LoginSession, Membership, Merchant, User
from alerts.models import (
    AddressProblem,
    Delivery,
    DepositAlert,
    Event,
    Notification,
    NotificationPreference,
    NotificationProfile,
    PushSubscription,
)
from analytics.models import DepositDay, LeadDay, RollupState
from api.models import ApiKey, IdempotentRequest, TokenSession, WebhookAttempt, WebhookEndpoint, WebhookMessage
from deposits.models import Deposit, DepositTransaction, MerchantDepositBalance
from leads.models import (
    BlockedContact,
    Campaign,
    CampaignSettings,
    EarningEntry,
    InfluencerAgreement,
    InfluencerBalance,
    InfluencerLeadPerformance,
    Lead,
    LeadCampaignStats,
    LeadConsent,
    LeadReturn,
    LeadValidation,
    ProspectRequest,
)
from leadsmarket.lib.actor import AUTHENTICATION, NOBODY, SYSTEM, Actor, acting_as, current_actor
from leadsmarket.models import JobRun
from payments.models import (
    AutoRecharge,
    CardOrder,
    Payment,
    PaymentReversal,
    Payout,
    PayoutBatch,
    PayoutSeries,
    PayoutStatement,
    PeriodDocument,
    Receipt,
    ReceiptSeries,
    Receivable,
    ReceivableSettlement,
    ReviewItem,
    SavedCard,
    StripeCustomer,
    WebhookEvent,
)
from tests.raw_sql import APPS, as_owner, our_tables, refused


@pytest.fixture(scope="module")
def books(full_books):
    """Every table has rows here."""
    return full_books


# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("row_security")

# Tables of libraries that no policy can protect, and why.
WITHOUT_POLICIES = {
    "django_session": "read before anybody is known; keys are random, values signed",
    "django_content_type": "names of models only",
    "auth_permission": "names of permissions only",
    "django_migrations": "names of migrations only; the web role cannot write it",
    "django_celery_beat_clockedschedule": "schedules of jobs, no people's data",
    "django_celery_beat_crontabschedule": "schedules of jobs, no people's data",
    "django_celery_beat_intervalschedule": "schedules of jobs, no people's data",
    "django_celery_beat_periodictask": "schedules of jobs, no people's data",
    "django_celery_beat_periodictasks": "schedules of jobs, no people's data",
    "django_celery_beat_solarschedule": "schedules of jobs, no people's data",
}

# What a merchant, resp. an influencer, sees of Atlas' and Salma's rows when it is somebody else: nothing, except these.
OPEN_TO_INFLUENCERS = {Campaign, CampaignSettings, Merchant}


def rows(model, actor: Actor) -> set:
    with acting_as(actor):
        return set(model.objects.values_list("pk", flat=True))


def raw_count(table: str, actor: Actor) -> int:
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_every_table_has_row_security_and_a_policy_or_a_reason(books):
    with as_owner() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid)"
            " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
        )
        protected = dict(cursor.fetchall())

    assert {table for table, has_policy in protected.items() if not has_policy} == set(WITHOUT_POLICIES)
    assert set(our_tables()) <= set(protected)


def test_the_web_role_owns_nothing_and_is_bound_by_policies(books):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)


def test_views_ask_the_policies_of_who_reads_them(books):
    with as_owner() as cursor:
        cursor.execute(
            "SELECT relname, 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))"
            " FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
        )
        views = dict(cursor.fetchall())
    assert set(views) >= {"lead_campaign_stats", "merchant_deposit_balances", "influencer_lead_performance"}
    assert all(views.values()), views


def test_functions_with_the_owners_rights_have_a_fixed_search_path(books):
    with as_owner() as cursor:
        cursor.execute(
            "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
        functions = dict(cursor.fetchall())
        assert len(functions) > 10
        fixed = "search_path=pg_catalog, public, pg_temp"
        assert {name for name, config in functions.items() if fixed not in config} == set()
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)"
        )
        assert cursor.fetchall() == []


OF_A_PERSON = [
    Delivery,
    Notification,
    NotificationPreference,
    NotificationProfile,
    PushSubscription,
    AddressProblem,
]
OF_A_MERCHANT = [
    Membership,
    Deposit,
    DepositTransaction,
    MerchantDepositBalance,
    Campaign,
    CampaignSettings,
    InfluencerAgreement,
    Lead,
    LeadConsent,
    LeadValidation,
    LeadCampaignStats,
    InfluencerLeadPerformance,
    LeadReturn,
    Payment,
    PaymentReversal,
    Receivable,
    ReceivableSettlement,
    Receipt,
    PeriodDocument,
    SavedCard,
    AutoRecharge,
    *OF_A_PERSON,
    DepositDay,
    LeadDay,
    ApiKey,
    WebhookEndpoint,
    WebhookMessage,
    WebhookAttempt,
]
OF_AN_INFLUENCER = [
    Influencer,
    InfluencerAgreement,
    InfluencerBalance,
    EarningEntry,
    Lead,
    LeadConsent,
    LeadValidation,
    LeadReturn,
    Payout,
    PayoutStatement,
    PeriodDocument,
    *OF_A_PERSON,
    LeadDay,
    LoginSession,
    EmailChange,
    ApiKey,
    WebhookEndpoint,
    WebhookMessage,
    WebhookAttempt,
    IdempotentRequest,
    TokenSession,
]
OF_THE_PLATFORM = [
    AuditEntry,
    WebhookEvent,
    ReviewItem,
    ReceiptSeries,
    PayoutSeries,
    PayoutBatch,
    StripeCustomer,
    CardOrder,
    JobRun,
    RollupState,
    Event,
    DepositAlert,
    ProspectRequest,
    BlockedContact,
]


def test_every_model_of_ours_is_tried_across():
    ours = {model for label in APPS for model in apps.get_app_config(label).get_models()}
    assert ours == {*OF_A_MERCHANT, *OF_AN_INFLUENCER, *OF_THE_PLATFORM, User, Merchant}


@pytest.mark.parametrize("model", OF_THE_PLATFORM)
def test_nobody_but_staff_sees_what_the_platform_keeps_for_itself(books, model):
    personas, _made = books
    assert rows(model, SYSTEM)
    assert rows(model, personas.as_staff) == rows(model, SYSTEM)
    for actor in (personas.as_owner, personas.as_member, personas.as_influencer, AUTHENTICATION):
        assert rows(model, actor) == set(), actor


@pytest.mark.parametrize("model", OF_A_MERCHANT)
def test_another_merchant_sees_none_of_a_merchants_rows(books, model):
    personas, _made = books
    table = model._meta.db_table
    own, foreign = rows(model, personas.as_owner), rows(model, personas.as_other_owner)

    assert own
    assert own <= rows(model, SYSTEM)
    assert not own & foreign
    assert raw_count(table, personas.as_owner) == len(own)
    assert raw_count(table, personas.as_other_owner) == len(foreign)
    assert raw_count(table, personas.as_member) == len(own)


@pytest.mark.parametrize("model", OF_AN_INFLUENCER)
def test_another_influencer_sees_none_of_an_influencers_rows(books, model):
    personas, _made = books
    own, foreign = rows(model, personas.as_influencer), rows(model, personas.as_other_influencer)

    assert own
    assert not own & foreign
    assert raw_count(model._meta.db_table, personas.as_influencer) == len(own)
    assert raw_count(model._meta.db_table, personas.as_other_influencer) == len(foreign)


@pytest.mark.parametrize("model", [Deposit, DepositTransaction, MerchantDepositBalance, Membership, AuditEntry])
def test_influencers_see_nothing_of_deposits_teams_and_the_audit_trail(books, model):
    personas, _made = books
    assert rows(model, SYSTEM)
    assert rows(model, personas.as_influencer) == set()


@pytest.mark.parametrize("model", [InfluencerBalance, EarningEntry, AuditEntry])
def test_merchants_see_nothing_of_balances_earnings_and_the_audit_trail(books, model):
    personas, _made = books
    assert rows(model, SYSTEM)
    assert rows(model, personas.as_owner) == set()


def test_each_side_sees_those_it_deals_with_and_no_more(books):
    personas, _made = books
    assert rows(Influencer, personas.as_owner) == {personas.influencer.pk}
    assert rows(Influencer, personas.as_other_owner) == set()
    assert rows(User, personas.as_owner) == {personas.owner.pk, personas.member.pk}
    assert rows(User, personas.as_influencer) == {personas.influencer_user.pk}
    # Active campaigns are open to be joined, and their merchants' names with them.
    for model in OPEN_TO_INFLUENCERS:
        assert len(rows(model, personas.as_other_influencer)) == 2, model


def all_protected_tables() -> list[str]:
    return sorted({*our_tables(), *(model._meta.db_table for model in (*OF_A_MERCHANT, *OF_AN_INFLUENCER))})


@pytest.mark.parametrize("actor", [NOBODY, Actor("none"), Actor("merchant"), Actor("influencer"), Actor("visitor")])
def test_without_an_actor_every_table_is_empty(books, actor):
    for table in all_protected_tables():
        assert raw_count(table, actor) == 0, table
    with connection.cursor() as cursor:
        # Outside every block the settings are unset or empty; neither may mean "all".
        for table in all_protected_tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


def test_log_in_pages_see_log_in_data_only(books):
    seen = {table for table in all_protected_tables() if raw_count(table, AUTHENTICATION)}
    assert seen == {"accounts_user"}


FOREIGN_CHANGES = [
    "UPDATE leads SET status = 'rejected', rejection_reason = 'fraud', decided_at = now() WHERE id = '{lead}'",
    "UPDATE leads_campaign SET name = 'Taken' WHERE id = '{campaign}'",
    "UPDATE campaign_settings SET fixed_commission_amount = 1 WHERE campaign_id = '{campaign}'",
    "UPDATE influencer_agreements SET commission_percentage = 99 WHERE id = '{agreement}'",
    "UPDATE accounts_merchant SET name = 'Taken' WHERE id = '{merchant}'",
    "UPDATE accounts_membership SET role = 'owner' WHERE merchant_id = '{merchant}'",
    "UPDATE accounts_influencer SET phone = '+212600000000' WHERE id = '{influencer}'",
    "UPDATE accounts_user SET email = 'taken@exemple.ma' WHERE id = '{user}'",
    "UPDATE alerts_notificationprofile SET phone = '+212600000000' WHERE user_id = '{user}'",
    "UPDATE alerts_notificationpreference SET is_on = false WHERE user_id = '{user}'",
    "UPDATE alerts_pushsubscription SET endpoint = 'https://push.test/taken' WHERE user_id = '{user}'",
    "UPDATE alerts_addressproblem SET solved_at = now() WHERE user_id = '{user}'",
    "UPDATE alerts_delivery SET status = 'queued', sent_at = NULL WHERE user_id = '{user}'",
    "DELETE FROM alerts_notificationpreference WHERE user_id = '{user}'",
    "DELETE FROM alerts_pushsubscription WHERE user_id = '{user}'",
    "DELETE FROM accounts_membership WHERE merchant_id = '{merchant}'",
    "DELETE FROM accounts_user WHERE id = '{user}'",
    "UPDATE accounts_loginsession SET session_key = 'taken'",
    "UPDATE accounts_emailchange SET old_confirmed_at = now()",
    "DELETE FROM accounts_loginsession",
    "UPDATE mfa_authenticator SET data = '{{}}'",
]


@pytest.mark.parametrize("sql", FOREIGN_CHANGES)
@pytest.mark.parametrize("persona", ["as_other_owner", "as_other_influencer"])
def test_foreign_rows_are_not_changed_and_not_even_refused(books, persona, sql):
    personas, made = books
    ids = {
        "lead": made.pending.pk,
        "campaign": personas.campaign.pk,
        "agreement": personas.agreement.pk,
        "merchant": personas.merchant.pk,
        "influencer": personas.influencer.pk,
        "user": personas.owner.pk,
    }
    with acting_as(getattr(personas, persona)), connection.cursor() as cursor:
        cursor.execute(sql.format(**ids))
        assert cursor.rowcount == 0


FOREIGN_INSERTS = {
    "campaign": "INSERT INTO leads_campaign (id, merchant_id, name, service, description, type, status, pause_reason,"
    " created_at, updated_at) VALUES (new_id(), '{merchant}', 'X', 'X', '', 'service_leads', 'active', '', now(), now())",
    "team": "INSERT INTO accounts_membership (id, user_id, merchant_id, role, created_at, updated_at)"
    " VALUES (new_id(), '{stranger}', '{merchant}', 'owner', now(), now())",
    "decision": "INSERT INTO lead_validation (id, lead_id, decision, feedback, rejection_reason, rejection_details,"
    " commission_amount, created_at) VALUES (new_id(), '{lead}', 'rejected', '', 'fraud', '', 60, now())",
    "agreement": "INSERT INTO influencer_agreements (id, merchant_id, influencer_id, status, is_invitation, message,"
    " status_reason, commission_percentage, minimum_deposit, requires_validation, auto_payment, created_at, updated_at)"
    " VALUES (new_id(), '{merchant}', '{influencer}', 'pending', false, '', '', 30, 2000, true, true, now(), now())",
    "phone": "INSERT INTO alerts_notificationprofile (id, user_id, phone, phone_verified_at, code_hash, code_failures,"
    " quiet_from, quiet_until, reports_without_activity, created_at, updated_at)"
    " VALUES (new_id(), '{staff}', '+212600000000', now(), '', 0, '21:00', '08:00', false, now(), now())",
    "browser": "INSERT INTO alerts_pushsubscription (id, user_id, endpoint, public_key, authentication_secret, browser,"
    " created_at, updated_at) VALUES (new_id(), '{staff}', 'https://push.test/planted', 'k', 's', '', now(), now())",
    "choice": "INSERT INTO alerts_notificationpreference (id, user_id, kind, channel, is_on, created_at, updated_at)"
    " VALUES (new_id(), '{staff}', 'staff_problem', 'email', false, now(), now())",
    "message": "INSERT INTO alerts_delivery (id, channel, kind, user_id, address, language, subject, text, html, payload,"
    " attachments, deduplication_key, status, attempts, next_attempt_at, provider_id, error, created_at, updated_at)"
    " VALUES (new_id(), 'email', 'welcome', '{staff}', 'x@exemple.ma', 'fr', 'X', 'X', '', '{{}}', '[]', 'planted',"
    " 'queued', 0, now(), '', '', now(), now())",
    "event": "INSERT INTO alerts_event (id, created_at, kind, cause, data, due_at, attempts, error)"
    " VALUES (new_id(), now(), 'new_lead', 'planted', '{{}}', now(), 0, '')",
    "level": "INSERT INTO alerts_depositalert (deposit_id, level, announcements) VALUES ('{deposit}', 'healthy', 0)",
    "staff": "INSERT INTO accounts_user (id, email, role, password, language, is_active, is_staff, is_superuser, date_joined)"
    " VALUES ('{stranger}', 'evil@exemple.ma', 'staff', '', 'fr', true, true, true, now())",
}


@pytest.mark.parametrize("name", FOREIGN_INSERTS)
@pytest.mark.parametrize("persona", ["as_other_owner", "as_other_influencer"])
def test_rows_cannot_be_planted_with_another(books, persona, name):
    personas, made = books
    actor = getattr(personas, persona)
    sql = FOREIGN_INSERTS[name].format(
        merchant=personas.merchant.pk,
        influencer=personas.influencer.pk,
        lead=made.pending.pk,
        stranger=actor.user_id,
        staff=personas.staff.pk,
        deposit=personas.other_deposit.pk,
    )
    assert refused(actor, sql) in ("42501", "LM021")


def test_nobody_makes_themselves_staff(books):
    personas, _made = books
    for actor in (personas.as_owner, personas.as_influencer, AUTHENTICATION):
        user_id = actor.user_id or personas.owner.pk
        for change in ("role = 'staff'", "role = 'staff', is_staff = true", "role = 'staff', is_superuser = true"):
            assert refused(actor, f"UPDATE accounts_user SET {change} WHERE id = '{user_id}'") == "LM021"
    for table in ("accounts_user_groups", "accounts_user_user_permissions", "auth_group", "django_admin_log"):
        assert raw_count(table, personas.as_owner) == 0


def test_an_influencer_grants_themselves_nothing(books):
    personas, _made = books
    where = f"WHERE id = '{personas.agreement.pk}'"
    for change in ("commission_percentage = 100", "requires_validation = false", "minimum_deposit = 0"):
        assert refused(personas.as_influencer, f"UPDATE influencer_agreements SET {change} {where}") == "LM021"
    as_other = personas.as_other_influencer
    asking = FOREIGN_INSERTS["agreement"].format(merchant=personas.merchant.pk, influencer=as_other.influencer_id)
    for change in (("'pending'", "'active'"), (", 30, ", ", 90, "), ("true, true", "false, true"), ("false", "true")):
        assert refused(as_other, asking.replace(*change, 1)) == "LM021", change
    with acting_as(as_other):
        with connection.cursor() as cursor:
            cursor.execute(asking)
            mine = f"WHERE influencer_id = '{as_other.influencer_id}'"
        with pytest.raises(DatabaseError, match="other side"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE influencer_agreements SET status = 'active' {mine}")
        transaction.set_rollback(True)


def test_actor_is_forgotten_with_its_transaction_on_the_same_connection(books):
    personas, _made = books

    def settings_and_backend() -> tuple:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(current_setting('app.role', true), ''), coalesce(app_merchant_id()::text, ''),"
                " pg_backend_pid()"
            )
            return cursor.fetchone()

    with acting_as(personas.as_owner):
        *inside, backend = settings_and_backend()
    assert inside == ["merchant", str(personas.merchant.pk)]
    assert settings_and_backend() == ("", "", backend)
    with suppress(ZeroDivisionError), acting_as(personas.as_owner):
        raise ZeroDivisionError
    assert settings_and_backend() == ("", "", backend)
    assert current_actor() == NOBODY


def role_in_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(app_role(), '')")
        return cursor.fetchone()[0]


def merchant_in_database() -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_merchant_id()")
        return cursor.fetchone()[0]


def test_nested_actors_return_to_the_one_before_also_after_errors(books):
    personas, _made = books
    with acting_as(personas.as_owner):
        with acting_as(SYSTEM):
            assert (role_in_database(), merchant_in_database()) == ("system", None)
            with acting_as(personas.as_influencer):
                assert role_in_database() == "influencer"
            assert role_in_database() == "system"
        assert (role_in_database(), merchant_in_database()) == ("merchant", personas.merchant.pk)

        with suppress(ZeroDivisionError), acting_as(SYSTEM):
            raise ZeroDivisionError
        assert (role_in_database(), current_actor()) == ("merchant", personas.as_owner)

        with suppress(DatabaseError), acting_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert (role_in_database(), current_actor()) == ("merchant", personas.as_owner)

        with acting_as(SYSTEM):
            transaction.set_rollback(True)
        assert (role_in_database(), current_actor()) == ("merchant", personas.as_owner)

        with suppress(ZeroDivisionError), transaction.atomic():
            with acting_as(SYSTEM):
                pass
            raise ZeroDivisionError
        assert (role_in_database(), merchant_in_database()) == ("merchant", personas.merchant.pk)


def test_the_web_role_cannot_become_the_owner(books):
    owner = connections["owner"].settings_dict["USER"]
    if owner == connections["default"].settings_dict["USER"]:
        pytest.skip("one log-in for both: the web role is assumed, and so could be left")
    personas, _made = books
    assert refused(personas.as_owner, f'SET ROLE "{owner}"') == "42501"
    assert refused(personas.as_owner, f'SET SESSION AUTHORIZATION "{owner}"') == "42501"
    with acting_as(personas.as_owner), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT count(*) FROM leads")
        assert cursor.fetchone() == (len(rows(Lead, personas.as_owner)),)
        cursor.execute("SET LOCAL row_security = off")
    assert refused(personas.as_other_owner, "SET LOCAL row_security = off; SELECT * FROM leads") == "42501"
