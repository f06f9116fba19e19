"""Roles, suspension, invitations and the audit log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.smtp import SmtpServer
from tests.web.accounts.test_profile import code, owned_session
from tests.web.conftest import as_operator, close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, Person, log_in, sign_up
from web.accounts.models import User
from web.app import create_app
from web.cli.__main__ import main
from web.db.engine import reading
from web.jobs.models import Job


@pytest.fixture
def admin(api: FlaskClient) -> Person:
    return sign_up(api, "root@example.com", role="admin")


def act(api: FlaskClient, person: Person, method: str, path: str, **sent: Any) -> Any:
    return api.open(f"/api/admin{path}", method=method, headers=person.headers, **sent)


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_operators_routes_take_users_with_the_role(api: FlaskClient, role: str) -> None:
    person, other = sign_up(api, role=role), sign_up(api, "bob@example.com")
    assert api.get("/sessions", headers=person.headers).status_code == 200
    assert code(api.get("/sessions", headers=other.headers)) == (403, "OPERATORS_ONLY")


def test_only_administrators_and_the_operator_token_manage_users(
    api: FlaskClient, settings: Settings, admin: Person
) -> None:
    user, operator = sign_up(api), sign_up(api, "op@example.com", role="operator")
    assert code(api.get("/api/admin/users")) == (401, "LOGIN_REQUIRED")
    for person in (user, operator):
        assert code(act(api, person, "GET", "/users")) == (403, "ADMINS_ONLY")
    assert act(api, admin, "GET", "/users").status_code == 200
    assert api.get("/api/admin/users", headers=as_operator(settings)).status_code == 200


def test_a_role_counts_from_the_next_request_on(api: FlaskClient, admin: Person) -> None:
    person = sign_up(api)
    path = f"/users/{person.user_id}"
    assert act(api, admin, "PATCH", path, json={"role": "operator"}).json["role"] == "operator"
    assert api.get("/sessions", headers=person.headers).status_code == 200
    act(api, admin, "PATCH", path, json={"role": "user"})
    assert code(api.get("/sessions", headers=person.headers)) == (403, "OPERATORS_ONLY")
    assert code(act(api, person, "PATCH", path, json={"role": "admin"})) == (403, "ADMINS_ONLY")


def test_a_suspended_user_is_out_at_once_and_jobs_stop(
    settings: Settings, api: FlaskClient, admin: Person
) -> None:
    person = sign_up(api)
    _, job_id = owned_session(api, person)
    elsewhere = create_app(settings)  # another web process
    answer = act(api, admin, "POST", f"/users/{person.user_id}/suspend")
    assert (answer.status_code, answer.json["cancelled_jobs"]) == (200, 1)
    for one in (api, elsewhere.test_client()):
        assert code(one.get("/api/auth/me", headers=person.headers)) == (401, "TOKEN_INVALID")
        refresh = {"refresh_token": person.refresh}
        assert code(one.post("/api/auth/refresh", json=refresh))[0] == 401
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert code(api.post("/api/auth/login", json=credentials)) == (403, "ACCOUNT_SUSPENDED")
    # Without the password the suspension is not told.
    wrong = credentials | {"password": "wrong one"}
    assert code(api.post("/api/auth/login", json=wrong)) == (401, "LOGIN_FAILED")
    with reading() as db:
        assert db.get_one(Job, job_id).cancel_requested_at is not None
    act(api, admin, "POST", f"/users/{person.user_id}/reinstate")
    assert code(api.get("/api/auth/me", headers=person.headers)) == (401, "TOKEN_INVALID")
    log_in(api, "ada@example.com")
    close(elsewhere)


def test_administrators_cannot_lock_themselves_out(api: FlaskClient, admin: Person) -> None:
    path = f"/users/{admin.user_id}"
    assert code(act(api, admin, "POST", f"{path}/suspend")) == (409, "OWN_ACCOUNT")
    assert code(act(api, admin, "PATCH", path, json={"role": "user"})) == (409, "OWN_ACCOUNT")


def test_users_are_searched_and_read_in_pages(api: FlaskClient, admin: Person) -> None:
    names = [f"user{one}@example.com" for one in range(5)]
    for name in names:
        sign_up(api, name)
    found, cursor = [], None
    while True:
        query = {"q": "USER", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = act(api, admin, "GET", "/users", query_string=query).json
        found += [user["email"] for user in page["users"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == names[::-1]
    for nothing in ("%", "ser1", "user_", "@example.com"):
        query = {"q": nothing}
        assert act(api, admin, "GET", "/users", query_string=query).json["users"] == []
    admins = act(api, admin, "GET", "/users", query_string={"role": "admin"}).json["users"]
    assert [user["email"] for user in admins] == ["root@example.com"]


# --- invitations ----------------------------------------------------------------------


def test_an_invitation_opens_registration_once(settings: Settings) -> None:
    app = create_app(changed(settings, accounts={"registration": "invite"}))
    api, operator = app.test_client(), as_operator(settings)
    wanted = {"email": "ada@example.com", "role": "operator"}
    made = api.post("/api/admin/invitations", json=wanted, headers=operator)
    assert made.status_code == 201, made.text
    assert made.json["link"].endswith(f"/account#invitation={made.json['token']}")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    register = "/api/auth/register"
    assert code(api.post(register, json=credentials)) == (403, "REGISTRATION_CLOSED")
    invited = credentials | {"invitation": made.json["token"]}
    for wrong in ({"email": "eve@example.com"}, {"invitation": "guess"}):
        assert code(api.post(register, json=invited | wrong)) == (403, "INVITATION_INVALID")
    assert api.post(register, json=invited).status_code == 201
    assert log_in(api, "ada@example.com")["user"]["role"] == "operator"
    again = api.post(register, json=invited | {"email": "ada@example.com"})
    assert code(again) == (403, "INVITATION_INVALID")
    listed = api.get("/api/admin/invitations", headers=operator).json["invitations"]
    assert [one["used_at"] is not None for one in listed] == [True]
    assert "token" not in listed[0]
    close(app)


def test_a_revoked_invitation_opens_nothing(settings: Settings) -> None:
    app = create_app(changed(settings, accounts={"registration": "invite"}))
    api, operator = app.test_client(), as_operator(settings)
    made = api.post("/api/admin/invitations", json={}, headers=operator).json
    address = f"/api/admin/invitations/{made['id']}"
    assert api.delete(address, headers=operator).status_code == 204
    assert code(api.delete(address, headers=operator)) == (404, "INVITATION_NOT_FOUND")
    sent = {"email": "a@example.com", "password": PASSWORD, "invitation": made["token"]}
    assert code(api.post("/api/auth/register", json=sent)) == (403, "INVITATION_INVALID")
    close(app)


def test_an_invitation_for_an_address_is_sent_there(settings: Settings) -> None:
    with SmtpServer() as smtp:
        app = create_app(
            changed(
                settings, accounts={"registration": "invite"}, notifications={"smtp_url": smtp.url}
            )
        )
        headers = as_operator(settings)
        wanted = {"email": "ada@example.com"}
        made = app.test_client().post("/api/admin/invitations", json=wanted, headers=headers).json
        send_mails(app)
        assert made["sent"]
        assert smtp.mailbox.mails[0]["To"] == "ada@example.com"
        assert smtp.mailbox.token() == made["token"]
        close(app)


# --- the audit log --------------------------------------------------------------------


def test_the_log_says_who_did_what_to_whom_and_from_where(api: FlaskClient, admin: Person) -> None:
    person = sign_up(api)
    act(api, admin, "PATCH", f"/users/{person.user_id}", json={"role": "operator"})
    query = {"action": "user.role"}
    [entry] = act(api, admin, "GET", "/audit", query_string=query).json["entries"]
    assert (entry["actor"], entry["target"]) == (f"user:{admin.user_id}", f"user:{person.user_id}")
    assert (entry["address"], entry["details"]) == (
        "127.0.0.1",
        {"before": "user", "after": "operator"},
    )
    assert entry["request_id"]


def test_the_log_is_exported_as_lines_without_addresses_and_tokens(
    api: FlaskClient, admin: Person
) -> None:
    person = sign_up(api)
    wrong = {"email": "ada@example.com", "password": "wrong one"}
    api.post("/api/auth/login", json=wrong)
    answer = act(api, admin, "GET", "/audit/export")
    assert answer.mimetype == "application/x-ndjson"
    actions = [json.loads(line)["action"] for line in answer.text.splitlines()]
    assert actions[0] == "login.failed"
    assert {"user.registered", "login.opened"} <= set(actions)
    for secret in ("ada@", "wrong one", person.refresh, person.access):
        assert secret not in answer.text


def test_a_change_that_fails_leaves_no_entry(api: FlaskClient, admin: Person) -> None:
    before = len(act(api, admin, "GET", "/audit").json["entries"])
    act(api, admin, "POST", "/users/usr_unknown/suspend")
    act(api, admin, "POST", f"/users/{admin.user_id}/suspend")
    assert len(act(api, admin, "GET", "/audit").json["entries"]) == before


# --- the command line -----------------------------------------------------------------


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CALLSHEET_STATE", str(settings.state))
    monkeypatch.setenv("REDIS_URL", settings.redis_url)

    def run(*words: str, stdin: str = "", status: int = 0) -> Any:
        result = CliRunner().invoke(main, ["users", *words, "--json"], input=stdin)
        assert result.exit_code == status, result.output
        return json.loads(result.stdout) if result.stdout.startswith("{") else result

    return run


def test_the_first_administrator_comes_from_the_command_line(
    run: Any, app: Flask, api: FlaskClient
) -> None:
    stdin = f"{PASSWORD}\n"
    made = run("create", "Root@Example.com", "--admin", "--password-stdin", stdin=stdin)
    assert (made["email"], made["role"]) == ("root@example.com", "admin")
    access = log_in(api, "root@example.com")["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    assert api.get("/api/admin/users", headers=headers).status_code == 200
    again = run("create", "root@example.com", "--password-stdin", stdin=stdin, status=1)
    assert again["user_message"] == "This address has an account already."
    run("create", "a@example.com", "--password-stdin", stdin="password1\n", status=2)


def test_users_are_managed_from_the_command_line(run: Any, app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    assert run("role", "ada@example.com", "operator")["role"] == "operator"
    assert [user["email"] for user in run("list", "--role", "operator")["users"]] == [person.email]
    assert run("suspend", "ada@example.com")["suspended"]
    assert code(api.get("/api/auth/me", headers=person.headers))[0] == 401
    assert run("list", "--suspended")["users"] != []
    assert not run("suspend", "ada@example.com", "--end")["suspended"]
    assert run("invite", "bob@example.com")["link"].startswith("http")
    run("suspend", "eve@example.com", status=1)
    lost = run("remove-totp", "ada@example.com", status=1)
    assert lost["error_code"] == "TOTP_NOT_SET_UP"
    with reading() as db:
        assert db.query(User).count() == 1
