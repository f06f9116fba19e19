"""Viewers of live events: the owner of a session, or a caller whose sign-in may end before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import current_app

from tasks.domain.errors import RequestError
from web.access import key_scopes, owners, presented, tickets
from web.access.tickets import Ticket
from web.accounts import api_keys, principals
from web.accounts.errors import ProviderUnavailable
from web.accounts.principals import Principal
from web.http.authentication import (
    authenticated,
    bearer,
    is_access_token,
    is_operator_token,
    of_token,
    sign_ins,
)
from web.http.live_sign_ins import LiveSignIns
from web.http.signing_in import SignedIn
from web.services import current_services
from web.sessions import links

_SCOPE: Final = "jobs:read"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller that may follow a session."""

    is_operator: bool
    is_over: Callable[[], bool] | None = None
    """Whether the sign-in without which the caller could not follow it has ended."""

    def until_over(self, end: Callable[[], None]) -> Callable[[], None]:
        """Call `end` once the sign-in is over; return a function that stops watching it."""
        if self.is_over is None:
            return lambda: None
        live: LiveSignIns = current_app.extensions["live_sign_ins"]
        return live.watch(self.is_over, end)


def of_session(name: str, token: object = None) -> Viewer:
    """Return who follows a session that this request may follow; a message brings its `token`.

    A signed link needs no sign-in, and neither does the id of a session that no user owns; such a
    caller follows as the owner.
    """
    ticket = tickets.current()
    if ticket is not None:
        return _of_ticket(ticket)
    given = bearer() if token is None else token
    if is_operator_token(given):
        return Viewer(is_operator=True)
    has_id = presented.known_ids().get(name, name) != name
    if links.is_signed() or (has_id and not owners.of_user(name)):
        return Viewer(is_operator=False)
    if isinstance(given, str) and is_access_token(given):
        return _of_login(given)
    principal = authenticated()
    if principal.key_id is not None:
        return _of_key(principal, principal.key_id)
    return _of_cookie() if token is None else Viewer(is_operator=False)


def _of_cookie() -> Viewer:
    """Return an operator that was signed in, which follows until the sign-in ends."""
    sign_in = sign_ins()
    signed_in = sign_in.current()
    if signed_in is None:
        return Viewer(is_operator=False)
    return Viewer(is_operator=True, is_over=lambda: sign_in.is_over(signed_in))


def _of_key(principal: Principal, key_id: str) -> Viewer:
    """Return an API key, which follows until it ends."""
    if not principal.has_scope(_SCOPE):
        raise key_scopes.missing(_SCOPE)
    return Viewer(is_operator=False, is_over=lambda: api_keys.is_over(key_id, _SCOPE))


def _of_login(access_token: str) -> Viewer:
    """Return an account, which follows until its login ends, or the token of another issuer."""
    services, first = current_services(), of_token(access_token)
    is_operator = first.has_role("operator")

    def is_over() -> bool:
        try:
            principal = principals.again(services, first, access_token)
        except ProviderUnavailable:
            return False
        except RequestError:
            return True
        return is_operator and not principal.has_role("operator")

    return Viewer(is_operator, is_over)


def ticket_for(session: str, job_id: str | None) -> Ticket:
    """Return a ticket with the rights of this request, which ends with its sign-in."""
    viewer = of_session(session)
    if viewer.is_over is None:
        return Ticket(session, job_id, viewer.is_operator)
    principal = authenticated()
    if principal.login_id is not None and principal.user_id is not None:
        login = (principal.user_id, principal.login_id)
        return Ticket(session, job_id, viewer.is_operator, login=login)
    if principal.identity is not None:
        identity = (*principal.identity, principal.token_ends)
        return Ticket(session, job_id, viewer.is_operator, identity=identity)
    if principal.key_id is not None:
        return Ticket(session, job_id, viewer.is_operator, key_id=principal.key_id)
    signed_in = sign_ins().current()
    sign_in = None if signed_in is None else (signed_in.number, signed_in.until)
    return Ticket(session, job_id, viewer.is_operator, sign_in=sign_in)


def _of_ticket(ticket: Ticket) -> Viewer:
    if ticket.login is not None:
        login = ticket.login
        return Viewer(ticket.is_operator, lambda: principals.is_login_over(*login))
    if ticket.identity is not None:
        issuer, subject, ends = ticket.identity
        return Viewer(
            ticket.is_operator, lambda: principals.is_identity_over((issuer, subject), ends)
        )
    if ticket.key_id is not None:
        key_id = ticket.key_id
        return Viewer(ticket.is_operator, lambda: api_keys.is_over(key_id, _SCOPE))
    if ticket.sign_in is not None:
        sign_in, signed_in = sign_ins(), SignedIn(*ticket.sign_in)
        return Viewer(ticket.is_operator, lambda: sign_in.is_over(signed_in))
    return Viewer(ticket.is_operator)
