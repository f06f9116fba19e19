"""Bearer tokens of other issuers: OpenID Connect providers and Supabase projects."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
import socketio
import websocket
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from config.settings import ConfigurationError, Settings, read
from config.token_issuers import TokenIssuer as Allowed
from tests.changed_settings import changed
from tests.services import identity_provider, token_issuer
from tests.services.http_server import Answer
from tests.services.token_issuer import AUDIENCE, TokenIssuer
from tests.services.waiting import until
from tests.web.conftest import as_operator, close, serving
from tests.web.people import sign_up
from web.accounts import issuer_keys
from web.accounts.errors import IdentityRefused, ProviderUnavailable
from web.accounts.issuer_keys import IssuerKeys, KeyUnknown
from web.accounts.models import Login, Passkey, TotpFactor, User, UserIdentity
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.sessions.names import name_of

# The provider of these tests uses parts of authlib that will be removed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SECRET: Final = b"the shared secret of a Supabase project, as they used to be"
REFUSED: Final = (401, "TOKEN_INVALID")


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("error_code", "")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(api: FlaskClient, token: str) -> tuple[int, str]:
    return code(api.get("/api/auth/me", headers=bearer(token)))


@pytest.fixture
def issuer() -> Iterator[TokenIssuer]:
    with token_issuer.serving() as issuer:
        yield issuer


@pytest.fixture
def trusting(settings: Settings, issuer: TokenIssuer) -> Settings:
    return changed(settings, accounts={"token_issuers": (Allowed(issuer.url, AUDIENCE),)})


@pytest.fixture
def api(trusting: Settings) -> Iterator[FlaskClient]:
    app = create_app(trusting)
    with app.app_context():
        yield app.test_client()
    close(app)


def test_the_token_of_a_real_provider_signs_in(settings: Settings) -> None:
    with identity_provider.serving() as url:
        asked = {"client_id": "us", "redirect_uri": "http://localhost/", "response_type": "code"}
        page = f"{url}/oauth2/authorize?{urlencode(asked | {'scope': 'openid email'})}"
        agreed = httpx2.post(page, data={"sub": "ada"}).headers["location"]
        exchange = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(agreed).query)["code"][0],
            **{"client_id": "us", "client_secret": "x", "redirect_uri": "http://localhost/"},
        }
        token = httpx2.post(f"{url}/oauth2/token", data=exchange).json()["id_token"]
        app = create_app(changed(settings, accounts={"token_issuers": (Allowed(url, "us"),)}))
        with app.app_context():
            api = app.test_client()
            account = api.get("/api/auth/me", headers=bearer(token)).json
        assert (account["email"], account["verified"]) == ("ada@example.com", True)
        close(app)


def test_the_first_token_makes_the_account_and_the_role_stays_ours(
    api: FlaskClient, issuer: TokenIssuer, settings: Settings
) -> None:
    token = issuer.token(role="admin", roles=["admin"], plan="premium")
    account = api.get("/api/auth/me", headers=bearer(token)).json
    assert account["email"] == "ada@example.com"
    assert (account["role"], account["plan"]) == ("user", "free")
    assert (account["verified"], account["has_password"]) == (True, False)
    again = api.get("/api/auth/me", headers=bearer(issuer.token())).json
    assert again["user_id"] == account["user_id"]
    assert code(api.get("/api/admin/users", headers=bearer(token))) == (403, "ADMINS_ONLY")
    with writing() as db:
        db.get_one(User, account["user_id"]).role = "admin"
    assert api.get("/api/admin/users", headers=bearer(token)).status_code == 200
    entries = api.get("/api/admin/audit", headers=as_operator(settings)).json["entries"]
    assert {"user.registered", "identity.added"} <= {entry["action"] for entry in entries}
    with reading() as db:
        assert db.query(Login).count() == 0
        assert db.query(UserIdentity).one().issuer == issuer.url


def test_a_user_of_an_issuer_owns_what_the_token_opens(
    api: FlaskClient, issuer: TokenIssuer
) -> None:
    token, other = issuer.token(), issuer.token(sub="person-2", email="eve@example.com")
    opened = api.post("/session/create", json={"user_id": "x"}, headers=bearer(token))
    assert opened.status_code == 201, opened.text
    name = name_of(opened.json["session_id"])
    assert api.get(f"/session/{name}/status", headers=bearer(token)).status_code == 200
    refused = api.get(f"/session/{name}/status", headers=bearer(other))
    assert code(refused) == (404, "SESSION_NOT_FOUND")
    made = api.post("/api/keys", json={"name": "k", "scopes": ["jobs:read"]}, headers=bearer(token))
    assert made.status_code == 201, made.text


def test_two_first_tokens_at_once_make_one_account(api: FlaskClient, issuer: TokenIssuer) -> None:
    app, token = api.application, issuer.token()
    with ThreadPoolExecutor(6) as pool:
        told = [pool.submit(me, app.test_client(), token) for _ in range(6)]
    assert {one.result() for one in told} == {(200, "")}
    with reading() as db:
        assert (db.query(User).count(), db.query(UserIdentity).count()) == (1, 1)


def test_an_account_is_joined_only_over_an_address_that_both_verified(
    api: FlaskClient, issuer: TokenIssuer
) -> None:
    ada = sign_up(api)
    claimed = issuer.token(email_verified=False)
    assert me(api, issuer.token()) == (409, "ACCOUNT_UNVERIFIED")
    assert me(api, claimed) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    with writing() as db:
        db.get_one(User, ada.user_id).verified_at = now()
    assert me(api, claimed) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    assert me(api, issuer.token(email_verified="true")) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    joined = api.get("/api/auth/me", headers=bearer(issuer.token())).json
    assert joined["user_id"] == ada.user_id


def test_an_address_that_is_not_verified_makes_an_account_that_is_not_either(
    trusting: Settings, issuer: TokenIssuer
) -> None:
    app = create_app(changed(trusting, notifications={"smtp_url": "smtp://127.0.0.1:1"}))
    with app.app_context():
        api = app.test_client()
        token = issuer.token(email_verified=None)
        account = api.get("/api/auth/me", headers=bearer(token)).json
        assert (account["verified"], account["limits"]["jobs"]) == (False, 1)
        key = api.post("/api/keys", json={"name": "k", "scopes": []}, headers=bearer(token))
        assert code(key)[0] in (403, 422)
        # Its owner comes with a verified address: the account is not given away.
        assert me(api, issuer.token(sub="person-2")) == (409, "ACCOUNT_UNVERIFIED")
        assert me(api, issuer.token(sub="person-3", email=None)) == (
            *(403, "IDENTITY_EMAIL_UNVERIFIED"),
        )
    close(app)


@pytest.mark.parametrize("mode", ["closed", "invite"])
def test_registration_counts_for_issuers(
    trusting: Settings, issuer: TokenIssuer, mode: str
) -> None:
    app = create_app(changed(trusting, accounts={"registration": mode}))
    with app.app_context():
        api, operator = app.test_client(), as_operator(trusting)
        assert me(api, issuer.token()) == (403, "REGISTRATION_CLOSED")
        wanted = {"email": "ada@example.com", "role": "operator"}
        api.post("/api/admin/invitations", json=wanted, headers=operator)
        assert me(api, issuer.token(email_verified=False)) == (403, "REGISTRATION_CLOSED")
        if mode == "closed":
            assert me(api, issuer.token()) == (403, "REGISTRATION_CLOSED")
        else:
            account = api.get("/api/auth/me", headers=bearer(issuer.token())).json
            assert account["role"] == "operator"
            [used] = api.get("/api/admin/invitations", headers=operator).json["invitations"]
            assert used["used_by"] == account["user_id"]
            other = issuer.token(sub="person-2", email="eve@example.com")
            assert me(api, other) == (403, "REGISTRATION_CLOSED")
    close(app)


def test_a_suspended_or_deleted_user_is_out_at_once(
    api: FlaskClient, issuer: TokenIssuer, settings: Settings
) -> None:
    token, operator = issuer.token(), as_operator(settings)
    user_id = api.get("/api/auth/me", headers=bearer(token)).json["user_id"]
    api.post(f"/api/admin/users/{user_id}/suspend", headers=operator)
    assert me(api, token) == (403, "ACCOUNT_SUSPENDED")
    api.post(f"/api/admin/users/{user_id}/reinstate", headers=operator)
    # What was issued before stays dead: it may be what the user was suspended for.
    assert me(api, token) == (401, "TOKEN_INVALID")
    assert me(api, issuer.token(iat=None)) == (401, "TOKEN_INVALID")
    later = issuer.token(iat=int(time.time()) + 2)
    assert me(api, later) == (200, "")
    assert api.delete("/api/auth/me", headers=bearer(later)).status_code == 204
    with reading() as db:
        assert db.query(UserIdentity).count() == 0


def test_an_account_with_a_second_factor_takes_no_tokens_of_issuers(
    api: FlaskClient, issuer: TokenIssuer
) -> None:
    user_id = api.get("/api/auth/me", headers=bearer(issuer.token())).json["user_id"]
    with writing() as db:
        db.add(TotpFactor(user_id=user_id, sealed_secret="x", last_step=0))
    assert me(api, issuer.token()) == (200, "")  # not confirmed yet
    with writing() as db:
        db.get_one(TotpFactor, user_id).confirmed_at = now()
    assert me(api, issuer.token()) == (403, "PASSWORD_SIGN_IN_REQUIRED")
    with writing() as db:
        db.delete(db.get_one(TotpFactor, user_id))
    assert me(api, issuer.token()) == (200, "")
    passkey = {"credential_id": "x", "public_key": b"", "sign_count": 0, "name": "x"}
    with writing() as db:
        db.add(Passkey(user_id=user_id, transports=[], **passkey))
    assert me(api, issuer.token()) == (403, "PASSWORD_SIGN_IN_REQUIRED")


def test_auth_off_knows_no_issuers(trusting: Settings, issuer: TokenIssuer) -> None:
    app = create_app(changed(trusting, accounts={"auth": "off"}))
    assert me(app.test_client(), issuer.token()) == (401, "LOGIN_REQUIRED")
    close(app)
    assert issuer.reads == 0


# --- hostile tokens -------------------------------------------------------------------


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(issuer: TokenIssuer, alg: str, secret: bytes = b"", **header: Any) -> str:
    """A token as no library makes it: with any header, signed with any secret."""
    named = {"alg": alg, "kid": "one"} | header
    text = f"{part(named)}.{part(issuer.claims())}"
    signature = hmac.digest(secret, text.encode(), "sha256") if secret else b""
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


_ATTACKER: Final = RSAKey.generate_key(2048, {"kid": "one"})


def from_attacker(issuer: TokenIssuer, **header: Any) -> str:
    key = _ATTACKER
    named = {"alg": "RS256", "kid": "one"} | header
    if named.get("jwk"):
        named["jwk"] = key.as_dict(private=False)
    registry = jwt.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    return jwt.encode(named, issuer.claims(), key, registry=registry)


def nested(issuer: TokenIssuer) -> str:
    deep = '{"iss":"' + issuer.url + '","a":' + "[" * 5000
    claims = base64.urlsafe_b64encode(deep.encode()).decode()
    return f"{part({'alg': 'RS256', 'kid': 'one'})}.{claims}.x"


HOSTILE: Final[dict[str, Callable[[TokenIssuer], str]]] = {
    "alg none": lambda i: forged(i, "none"),
    "alg None": lambda i: forged(i, "nOnE"),
    "the public key as a secret": lambda i: forged(i, "HS256", i.keys[0].as_pem(private=False)),
    "the public key as a secret, as DER": lambda i: forged(
        i, "HS256", i.keys[0].as_der(private=False)
    ),
    "a Supabase secret of another server": lambda i: forged(i, "HS256", SECRET),
    "another algorithm of the right key": lambda i: i.token(alg="RS512"),
    "another key under the right id": from_attacker,
    "an unknown key id": lambda i: from_attacker(i, kid="two"),
    "a key id that is no text": lambda i: forged(i, "RS256", kid=7),
    "a path as key id": lambda i: from_attacker(i, kid="../../../dev/null"),
    "its own key in the header": lambda i: from_attacker(i, jwk=True),
    "the address of its keys": lambda i: from_attacker(i, jku=f"{i.url}/evil"),
    "the address of its certificate": lambda i: from_attacker(i, x5u=f"{i.url}/evil"),
    "an unknown critical header": lambda i: forged(i, "RS256", crit=["x"], x=1),
    "not yet valid": lambda i: i.token(nbf=int(time.time()) + 600),
    "another audience": lambda i: i.token(aud="another-app"),
    "other audiences": lambda i: i.token(aud=["another-app", "account"]),
    "no audience": lambda i: i.token(aud=None),
    "another issuer": lambda i: i.token(iss="https://evil.example"),
    "an issuer that looks like ours": lambda i: i.token(iss=f"{i.url}.evil.example"),
    "no issuer": lambda i: i.token(iss=None),
    "an issuer that is no text": lambda i: i.token(iss=[i.url]),
    "our own issuer": lambda i: i.token(iss="callsheet", aud="callsheet-api", sid="log_1"),
    "no expiry": lambda i: i.token(exp=None),
    "an expiry that is no number": lambda i: i.token(exp="never"),
    "no subject": lambda i: i.token(sub=None),
    "an empty subject": lambda i: i.token(sub=""),
    "a long subject": lambda i: i.token(sub="x" * 300),
    "a subject that is no text": lambda i: i.token(sub={"a": 1}),
    "a changed payload": lambda i: ".".join(
        (i.token().split(".")[0], part(i.claims(sub="person-9")), i.token().split(".")[2])
    ),
    "no signature": lambda i: i.token().rpartition(".")[0] + ".",
    "deeply nested claims": nested,
    "a huge token": lambda i: i.token(x="y" * 20_000),
}


def test_hostile_tokens_are_refused(api: FlaskClient, issuer: TokenIssuer) -> None:
    told = {what: me(api, make(issuer)) for what, make in HOSTILE.items()}
    assert {what: answer for what, answer in told.items() if answer != REFUSED} == {}
    assert [asked.path for asked in issuer.server.asked if "evil" in asked.path] == []
    with reading() as db:
        assert db.query(User).count() == 0
    assert me(api, issuer.token(exp=int(time.time()) - 60)) == (401, "TOKEN_EXPIRED")
    # The table above fails for its reasons.
    assert me(api, issuer.token()) == (200, "")
    assert me(api, issuer.token(aud=["x", AUDIENCE])) == (200, "")
    slash = issuer.token(iss=f"{issuer.url}/", sub="person-2", email="b@example.com")
    assert me(api, slash) == (200, "")


def test_a_token_of_one_issuer_is_none_of_another(settings: Settings) -> None:
    with token_issuer.serving() as one, token_issuer.serving() as other:
        allowed = (Allowed(one.url, AUDIENCE), Allowed(other.url, "other"))
        app = create_app(changed(settings, accounts={"token_issuers": allowed}))
        with app.app_context():
            api = app.test_client()
            assert me(api, one.token()) == (200, "")
            assert me(api, other.token()) == REFUSED  # the audience of the first one
            assert me(api, other.token(aud="other", iss=one.url)) == REFUSED
            assert me(api, other.token(aud="other", email="b@example.com")) == (200, "")
        close(app)


def test_made_up_key_ids_cost_the_issuer_nothing(api: FlaskClient, issuer: TokenIssuer) -> None:
    assert me(api, issuer.token()) == (200, "")
    flood = [from_attacker(issuer, kid=f"made-up-{number}") for number in range(3)]
    app = api.application
    with ThreadPoolExecutor(8) as pool:
        told = [pool.submit(me, app.test_client(), token) for token in flood * 40]
    assert {one.result() for one in told} == {REFUSED}
    assert issuer.reads == 1
    assert me(api, issuer.token()) == (200, "")


def test_an_issuer_that_is_down_is_an_outage_and_not_a_wrong_token(
    api: FlaskClient, issuer: TokenIssuer
) -> None:
    issuer.is_down = True
    told = {me(api, issuer.token()) for _ in range(20)}
    assert told == {(503, "IDENTITY_PROVIDER_UNAVAILABLE")}
    assert len(issuer.server.asked) == 1
    # Everybody else is served.
    other = sign_up(api, "bob@example.com")
    assert api.get("/api/jobs", headers=other.headers).status_code == 200


# --- keys -----------------------------------------------------------------------------


class Clocked:
    """The keys of an issuer, with a clock that the test moves."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self.moment = 1000.0
        self.keys = IssuerKeys(
            lambda: issuer_keys.fetch(issuer.server.url + token_issuer.JWKS), lambda: self.moment
        )


def test_a_new_key_is_read_once_its_id_is_seen(issuer: TokenIssuer) -> None:
    clocked = Clocked(issuer)
    assert clocked.keys.find("one").kid == "one"
    issuer.rotate()
    clocked.moment += issuer_keys.BETWEEN_SECONDS - 1
    with pytest.raises(KeyUnknown):
        clocked.keys.find("one+")
    assert issuer.reads == 1
    clocked.moment += 1
    assert clocked.keys.find("one+").kid == "one+"
    assert issuer.reads == 2
    with pytest.raises(KeyUnknown):
        clocked.keys.find("one")  # the former key is no longer valid


def test_keys_are_read_again_in_the_background(issuer: TokenIssuer) -> None:
    clocked = Clocked(issuer)
    clocked.keys.find("one")
    clocked.moment += issuer_keys.FRESH_SECONDS
    clocked.keys.find("one")
    assert issuer.reads == 1
    clocked.moment += 1
    assert clocked.keys.find("one").kid == "one"
    until(lambda: issuer.reads == 2, "the keys are read again")


def test_keys_of_an_issuer_that_is_down_are_valid_for_some_hours(issuer: TokenIssuer) -> None:
    clocked = Clocked(issuer)
    clocked.keys.find("one")
    issuer.is_down = True
    for _ in range(5):
        clocked.moment += issuer_keys.STALE_SECONDS / 5 - 1
        assert clocked.keys.find("one").kid == "one"
    clocked.moment += 5
    with pytest.raises(ProviderUnavailable):
        clocked.keys.find("one")
    issuer.is_down = False
    clocked.moment += issuer_keys.AFTER_FAILURE_SECONDS
    assert clocked.keys.find("one").kid == "one"


def test_only_keys_that_may_sign_are_taken(issuer: TokenIssuer) -> None:
    issuer.keys = [
        RSAKey.generate_key(2048, {"kid": "signs", "use": "sig", "alg": "RS256"}),
        RSAKey.generate_key(2048, {"kid": "encrypts", "use": "enc"}),
        RSAKey.generate_key(2048, {"kid": "pads", "alg": "RS512"}),
        ECKey.generate_key("P-256", {"kid": "curve"}),
        OctKey.import_key(SECRET, {"kid": "secret"}),
    ]
    found = issuer_keys.fetch(issuer.server.url + token_issuer.JWKS)
    assert sorted(found) == ["curve", "signs"]


@pytest.mark.parametrize("body", [b"x" * 600_000, b"[" * 100_000, b"[]", b"\xff", b"{"])
def test_answers_of_an_issuer_are_bounded(issuer: TokenIssuer, body: bytes) -> None:
    issuer.server.answer = lambda _asked: Answer(body)
    with pytest.raises(IdentityRefused):
        issuer_keys.fetch(f"{issuer.url}/keys")


# --- Supabase -------------------------------------------------------------------------


@pytest.fixture
def supabase() -> Iterator[TokenIssuer]:
    with token_issuer.serving("/auth/v1") as issuer:
        issuer.rotate()  # Supabase signs with ES256
        yield issuer


def supabase_token(issuer: TokenIssuer, secret: bytes = b"", **changed: Any) -> str:
    """An access token with the claims that Supabase sends."""
    more: dict[str, Any] = {"aud": "authenticated", "role": "authenticated", "aal": "aal1"}
    more |= {"email_verified": None, "user_metadata": {"email_verified": True}}
    if not secret:
        return issuer.token(alg="ES256", **(more | changed))
    claims = issuer.claims(**(more | changed))
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(secret), algorithms=["HS256"])


def test_users_of_a_supabase_project_sign_in(settings: Settings, supabase: TokenIssuer) -> None:
    project = {"supabase_url": supabase.server.url, "supabase_confirms_email": "1"}
    mails = {"smtp_url": "smtp://127.0.0.1:1"}
    app = create_app(changed(settings, accounts=project, notifications=mails))
    with app.app_context():
        api = app.test_client()
        account = api.get("/api/auth/me", headers=bearer(supabase_token(supabase))).json
        assert (account["email"], account["verified"]) == ("ada@example.com", True)
        assert me(api, supabase_token(supabase, aud="anon")) == REFUSED
        assert me(api, supabase_token(supabase, SECRET)) == REFUSED
        anonymous = supabase_token(supabase, sub="person-2", email="", is_anonymous=True)
        assert me(api, anonymous) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    close(app)


def test_what_a_supabase_user_writes_about_the_own_address_proves_nothing(
    settings: Settings, supabase: TokenIssuer
) -> None:
    app = create_app(changed(settings, accounts={"supabase_url": supabase.server.url}))
    with app.app_context():
        api = app.test_client()
        sign_up(api, verified=True)
        assert me(api, supabase_token(supabase)) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    close(app)


def test_the_shared_secret_of_a_project_counts_only_if_it_is_set(
    settings: Settings, supabase: TokenIssuer, issuer: TokenIssuer
) -> None:
    project = {"supabase_url": supabase.server.url, "supabase_jwt_secret": (SECRET,)}
    allowed = {"token_issuers": (Allowed(issuer.url, AUDIENCE),)}
    app = create_app(changed(settings, accounts=project | allowed))
    with app.app_context():
        api = app.test_client()
        assert me(api, supabase_token(supabase, SECRET)) == (200, "")
        assert me(api, supabase_token(supabase)) == (200, "")
        assert me(api, supabase_token(supabase, b"x" * 40)) == REFUSED
        public = supabase.keys[0].as_pem(private=False)
        assert me(api, forged(supabase, "HS256", public)) == REFUSED
        # It signs for its project only.
        assert me(api, forged(issuer, "HS256", SECRET)) == REFUSED
    close(app)


# --- streams --------------------------------------------------------------------------


def test_streams_open_with_a_token_and_end_with_its_user(
    trusting: Settings, issuer: TokenIssuer
) -> None:
    """REST, the handshake of a socket, and a WebSocket by header and by ticket."""
    token, other = issuer.token(), issuer.token(sub="person-2", email="eve@example.com")
    with serving(trusting) as address, httpx2.Client(base_url=address, timeout=20) as http:
        with socketio.SimpleClient() as first:  # the very first use of the token
            first.connect(address, auth={"token": token}, transports=["websocket"])
        mine = bearer(token)
        http.post("/session/create", json={"user_id": "x"}, headers=mine).raise_for_status()
        account = http.get("/api/auth/me", headers=mine).json()
        [session] = http.get("/api/auth/me/export", headers=mine).json()["sessions"]
        name = session["name"]
        ticket = http.post("/api/tickets", json={"session_id": name}, headers=mine).json()["url"]
        refused = http.post("/api/tickets", json={"session_id": name}, headers=bearer(other))
        assert refused.status_code == 404
        socket = address.replace("http", "ws")
        by_ticket = websocket.create_connection(socket + ticket, timeout=10)
        assert '"snapshot"' in str(by_ticket.recv())
        by_header = websocket.create_connection(
            f"{socket}/progress/{name}", header=mine, timeout=10
        )
        assert '"snapshot"' in str(by_header.recv())
        with socketio.SimpleClient() as own, socketio.SimpleClient() as strange:
            own.connect(address, auth={"token": token}, transports=["websocket"])
            assert own.call("subscribe_progress", {"session_id": name}, timeout=10)["ok"]
            strange.connect(address, auth={"token": other}, transports=["websocket"])
            answer = strange.call("subscribe_progress", {"session_id": name}, timeout=10)
            assert answer["error_code"] == "SESSION_NOT_FOUND"
            admin = as_operator(trusting)
            path = f"/api/admin/users/{account['user_id']}/suspend"
            http.post(path, headers=admin).raise_for_status()
            until(lambda: not own.connected, "the user's socket is closed")
            for live in (by_ticket, by_header):
                until(partial(_is_closed, live), "the user's stream is closed")
                live.shutdown()
            assert strange.connected
            with pytest.raises(socketio.exceptions.ConnectionError):
                own.connect(address, auth={"token": token}, transports=["websocket"])


def _is_closed(live: websocket.WebSocket) -> bool:
    live.settimeout(0.2)
    try:
        return live.recv() == ""
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketConnectionClosedException, OSError):
        return True


# --- settings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("https://id.example.com", "=callsheet", "http://id.example.com=callsheet", "ftp://x=y"),
        *("https://user:word@id.example.com=callsheet", "https://id.example.com/?x=1=callsheet"),
    ],
)
def test_issuers_without_an_audience_or_tls_are_refused_at_start_up(text: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKEN_ISSUERS must be URL=AUDIENCE"):
        read({"TOKEN_ISSUERS": text})


def test_a_short_shared_secret_is_refused_at_start_up() -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_JWT_SECRET must be keys of at least"):
        read({"SUPABASE_JWT_SECRET": "short"})
