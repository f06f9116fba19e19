"""Viewers of live events: the owner of a session, or a caller whose sign-in may end before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from tasks.domain.errors import RequestError
from web.access import key_scopes, owners, presented, stream_sign_ins, tickets
from web.access.stream_sign_ins import NONE
from web.access.ticket import Ticket
from web.accounts import principals
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
from web.services import current_services
from web.sessions import links


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

    A signed link and a ticket follow as long as the sign-in of the request that got them. The id of
    a session that no user owns needs no sign-in; such a caller follows as the owner.
    """
    return _of_address() or _of_credentials(name, token)


def _of_address() -> Viewer | None:
    """Return who follows by a ticket or a signed link; None without one."""
    ticket, link = tickets.current(), links.sign_in()
    if ticket is not None:
        return _until(ticket.sign_in, is_operator=ticket.is_operator)
    return None if link is None else _until(link)


def _of_credentials(name: str, token: object) -> Viewer:
    given = bearer() if token is None else token
    if is_operator_token(given):
        return Viewer(is_operator=True)
    has_id = presented.known_ids().get(name, name) != name
    if has_id and not owners.of_user(name):
        return Viewer(is_operator=False)
    if isinstance(given, str) and is_access_token(given):
        return _of_login(given)
    principal = authenticated()
    if principal.key_id is not None:
        return _of_key(principal)
    return _of_cookie() if token is None else Viewer(is_operator=False)


def _of_cookie() -> Viewer:
    """Return an operator that was signed in, which follows until the sign-in ends."""
    sign_in = sign_ins()
    signed_in = sign_in.current()
    if signed_in is None:
        return Viewer(is_operator=False)
    return Viewer(is_operator=True, is_over=lambda: sign_in.is_over(signed_in))


def _of_key(principal: Principal) -> Viewer:
    """Return an API key, which follows until it ends."""
    if not principal.has_scope(stream_sign_ins.SCOPE):
        raise key_scopes.missing(stream_sign_ins.SCOPE)
    return _until(stream_sign_ins.of_request())


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
    sign_in = NONE if viewer.is_over is None else stream_sign_ins.of_request()
    return Ticket(session, job_id, viewer.is_operator, sign_in)


def sign_in_of(session: str) -> str:
    """Name the sign-in that a link to the stream of a session must not outlive."""
    if authenticated().key_id is not None:  # also where the key may not follow the session
        return stream_sign_ins.of_request()
    return ticket_for(session, None).sign_in


def _until(sign_in: str, *, is_operator: bool = False) -> Viewer:
    """Return a viewer without headers and cookies, which follows until a sign-in ends."""
    if sign_in == NONE:
        return Viewer(is_operator)
    return Viewer(is_operator, lambda: stream_sign_ins.is_over(sign_in))
