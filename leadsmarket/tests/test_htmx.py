"""What htmx is answered: parts, toasts, refusals, the end of a session."""

import json

import pytest
from django.contrib import messages
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from leadsmarket.lib.htmx import finish_action, leave_page, render_page_or_part

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/somewhere/?page=2"}


def part_or_page(request):
    return render_page_or_part(request, "404.html", "_empty.html", {"title": "Nothing here"}, status=422)


def act(request):
    messages.success(request, "Lead <validated>.")
    return finish_action(request, "/terms/", events=("leads-changed",))


def leave(request):
    messages.success(request, "Saved.")
    return leave_page(request, "/terms/")


def polled(request):
    messages.info(request, "Not now.")
    response = HttpResponse("part")
    response["ETag"] = '"1"'
    return response


def refused(request, status):
    return HttpResponse("a whole page", status=status)


def explained(request):
    messages.error(request, "Decided already.")
    return HttpResponse(status=409)


urlpatterns = [
    path("part/", part_or_page),
    path("act/", act),
    path("leave/", leave),
    path("polled/", polled),
    path("refused/<int:status>/", refused),
    path("explained/", explained),
    path("", include("leadsmarket.urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def test_htmx_gets_the_part_and_a_browser_the_page(client):
    part = client.get("/part/", **HTMX)
    page = client.get("/part/")

    assert part.status_code == page.status_code == 422
    assert "Nothing here" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "<html" in page.content.decode()
    assert "HX-Request" in part["Vary"]
    assert "HX-Request" in page["Vary"]


def test_history_restore_gets_the_page(client):
    assert "<html" in client.get("/part/", HTTP_HX_HISTORY_RESTORE_REQUEST="true", **HTMX).content.decode()


def test_finished_action_tells_the_lists_closes_the_dialog_and_shows_the_toast(client):
    response = client.post("/act/", **HTMX)

    assert list(json.loads(response["HX-Trigger"])) == ["leads-changed", "closeDialog"]
    assert response["HX-Reswap"] == "none"
    html = response.content.decode()
    assert 'hx-swap-oob="beforeend:#toasts"' in html
    assert "Lead &lt;validated&gt;." in html
    assert "toast-success" in html


def test_finished_action_without_htmx_redirects_and_the_next_page_shows_the_toast(client):
    response = client.post("/act/", follow=True)

    assert response.redirect_chain == [("/terms/", 302)]
    assert response.content.decode().count("Lead &lt;validated&gt;.") == 1


def test_leaving_the_page_keeps_the_message_for_the_next_one(client):
    response = client.post("/leave/", **HTMX)

    assert response["HX-Redirect"] == "/terms/"
    assert response.content == b""
    assert "Saved." in client.get("/terms/").content.decode()


def test_a_part_that_the_browser_keeps_carries_no_toast(client):
    assert client.get("/polled/", **HTMX).content == b"part"
    assert "Not now." in client.get("/terms/").content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 429, 500, 503])
def test_refusal_becomes_a_toast_and_swaps_nothing(client, status):
    response = client.get(f"/refused/{status}/", **HTMX)

    html = response.content.decode()
    assert response.status_code == status
    assert response["HX-Reswap"] == "none"
    assert "a whole page" not in html
    assert html.count("toast-danger") == 1


def test_refusal_with_a_message_of_its_own_shows_that_one(client):
    html = client.get("/explained/", **HTMX).content.decode()

    assert "Decided already." in html
    assert html.count("toast-danger") == 1


def test_browser_gets_the_refusal_as_it_is(client):
    assert client.get("/refused/404/").content == b"a whole page"


def test_ended_session_is_told_with_a_way_back_and_no_log_in_page_is_swapped(client):
    response = client.get("/settings/", **HTMX)

    html = response.content.decode()
    assert response.status_code == 401
    assert 'hx-swap-oob="innerHTML:#toasts"' in html
    assert "/accounts/login/?next=%2Fsomewhere%2F%3Fpage%3D2" in html
    assert "<form" not in html


def test_forged_request_gets_the_page_of_its_own(client):
    strict = Client(enforce_csrf_checks=True)

    page = strict.post("/act/")
    toast = strict.post("/act/", **HTMX)

    assert page.status_code == toast.status_code == 403
    assert "<html" in page.content.decode()
    assert "toast-danger" in toast.content.decode()


def test_error_page_needs_no_request():
    from django.views.defaults import server_error

    html = server_error(RequestFactory().get("/")).content.decode()

    assert "<h1>" in html
    assert "app.css" in html
