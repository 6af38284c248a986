"""Every page and every operation of the API, asked by everybody, answers as pages.txt and operations.txt say.

The objects are Atlas' and Salma's own (world.py), so another's door says 404 and the wrong role's 403. A door that is missing
in the tables fails; so does a row without its door. What an answer changed is undone.
"""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from api.services.keys import create_api_key
from api.tests.conftest import Caller, caller_of
from leadsmarket.lib.actor import AUTHENTICATION, Actor, acting_as
from tests.authorisation.bodies import body_of
from tests.authorisation.doors import PARTS, Door, Table, admin_views, ask, doors, outcome, read_table
from tests.authorisation.world import PEOPLE, World, make_world

# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("authorisation")

DOORS = list(doors())
PAGES = [door for door in DOORS if not door.is_operation]
OPERATIONS = [door for door in DOORS if door.is_operation]
ONE_OF_EACH_SIDE = ("visitor", "salma", "owner", "staff")
"""They ask also by methods that have no row; the others are let in nowhere where these aren't."""
SHUT = {"login", "401", "403", "-"}


@pytest.fixture(scope="module")
def world(full_books) -> World:
    return make_world(*full_books)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A refusal is a line with a traceback in the log; thousands of them cost more than asking."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def actor_of(world: World, person: str) -> Actor:
    personas = world.personas
    return {
        "salma": personas.as_influencer,
        "yassine": personas.as_other_influencer,
        "owner": personas.as_owner,
        "member": personas.as_member,
        "rif": personas.as_other_owner,
        "staff": personas.as_staff,
    }[person]


def call(world: World, caller: Caller, door: Door, method: str) -> HttpResponse:
    """Call an operation of the API with what it takes."""
    content = {}
    if method != "GET":
        content = {"data": json.dumps(body_of(door.operation, world)), "content_type": "application/json"}
    return ask(caller.client, method, door.path(world), headers=caller.headers, **content)


def assert_answers(found: dict[str, str], table: Table, person: str) -> None:
    """Compare what was found with the person's column; a row that isn't there lets nobody in."""
    expected = {key: table[key][person] if key in table else "no row" for key in found}
    wrong = [f"{key}: {found[key]}, table: {expected[key]}" for key in found if found[key] != expected[key]]
    assert not wrong, f"{person}\n" + "\n".join(wrong)


def test_each_door_stands_in_the_tables():
    pages, operations = read_table("pages.txt"), read_table("operations.txt")

    assert {key.partition(" ")[2] for key in pages} == {door.shown_route for door in PAGES}
    assert set(operations) == {f"{method} {door.shown_route}" for door in OPERATIONS for method in door.methods}
    assert len(OPERATIONS) > 35


@pytest.mark.parametrize("person", PEOPLE)
def test_each_page_answers_as_the_table_says(world, person):
    table, browser = read_table("pages.txt"), world.browser(person)
    found = {}
    for door in PAGES:
        headers = {"hx-request": "true"} if door.route in PARTS else {}
        for method in door.methods:
            key = f"{method} {door.shown_route}"
            if key in table or person in ONE_OF_EACH_SIDE:
                answer = outcome(ask(browser, method, door.path(world), headers=headers))
                # A method that a page doesn't take has no row; who isn't let in needn't learn that.
                if key in table or answer not in SHUT:
                    found[key] = answer
    assert_answers(found, table, person)
    assert set(found) == set(table)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_operation_answers_as_the_table_says(world, person):
    caller = Caller() if person == "visitor" else caller_of(actor_of(world, person))
    found = {
        f"{method} {door.shown_route}": outcome(call(world, caller, door, method))
        for door in OPERATIONS
        for method in door.methods
    }
    assert_answers(found, read_table("operations.txt"), person)


@pytest.mark.parametrize("person", ["owner", "salma"])
def test_a_key_that_may_only_read_writes_nothing(world, person):
    with acting_as(actor_of(world, person)):
        key = create_api_key(name="Reader", scope="read")[1]
    caller = Caller({"authorization": f"Bearer {key}"})
    table = read_table("operations.txt")
    for door in OPERATIONS:
        for method in door.methods:
            row = table[f"{method} {door.shown_route}"]
            if row["visitor"] == "401":
                expected = row[person] if method == "GET" else "403"
                assert outcome(call(world, caller, door, method)) == expected, f"{method} {door.shown_route}"


@pytest.mark.parametrize("person", [person for person in PEOPLE if person != "staff"])
def test_the_staff_site_is_staffs_alone(world, person):
    request = RequestFactory().get("/admin/")
    request.user = world.user(person) or AnonymousUser()
    request.actor = AUTHENTICATION if person == "visitor" else actor_of(world, person)
    request.session = {}
    # Its views are asked themselves: the middleware before them is the pages' and tried there, and there are hundreds.
    answers = {path: _answer_of(view, request) for path, view in admin_views()}
    assert len(answers) > 300
    assert {path: answer for path, answer in answers.items() if answer != "login"} == {}

    browser = world.browser(person)
    assert outcome(ask(browser, "GET", "/admin/")) == "login"
    assert outcome(ask(browser, "GET", "/admin/login/")) == ("login" if person == "visitor" else "403")


def _answer_of(view: Callable[..., HttpResponse], request: HttpRequest) -> str:
    """How a view of the staff site answers somebody who gets no further than its door, whatever its address holds."""
    return outcome(view(request, *("1" for _name in range(3))))
