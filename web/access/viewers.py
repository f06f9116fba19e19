"""Viewers of live events: the owner of a session, or a caller whose sign-in may end before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from tasks.domain.errors import RequestError
from web.access import presented, tickets
from web.access.tickets import Ticket
from web.accounts import principals
from web.http.authentication import (
    authenticated,
    bearer,
    is_access_token,
    is_operator_token,
    sign_ins,
)
from web.http.live_sign_ins import LiveSignIns
from web.http.signing_in import SignedIn
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

    A caller with the session's id or a signed link needs no sign-in, so it follows as the owner.
    """
    ticket = tickets.current()
    if ticket is not None:
        return _of_ticket(ticket)
    given = bearer() if token is None else token
    if is_operator_token(given):
        return Viewer(is_operator=True)
    if links.is_signed() or presented.known_ids().get(name, name) != name:
        return Viewer(is_operator=False)
    if isinstance(given, str) and is_access_token(given):
        return _of_login(given)
    sign_in = sign_ins()
    signed_in = sign_in.current() if token is None else None
    if signed_in is None:
        return Viewer(is_operator=False)
    return Viewer(is_operator=True, is_over=lambda: sign_in.is_over(signed_in))


def _of_login(access_token: str) -> Viewer:
    """Return an account, which follows until its access token expires or its login ends."""
    services = current_services()
    is_operator = principals.of_access_token(services, access_token).has_role("operator")

    def is_over() -> bool:
        try:
            principal = principals.of_access_token(services, access_token)
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
    signed_in = sign_ins().current()
    sign_in = None if signed_in is None else (signed_in.number, signed_in.until)
    return Ticket(session, job_id, viewer.is_operator, sign_in=sign_in)


def _of_ticket(ticket: Ticket) -> Viewer:
    if ticket.login is not None:
        login = ticket.login
        return Viewer(ticket.is_operator, lambda: principals.is_login_over(*login))
    if ticket.sign_in is not None:
        sign_in, signed_in = sign_ins(), SignedIn(*ticket.sign_in)
        return Viewer(ticket.is_operator, lambda: sign_in.is_over(signed_in))
    return Viewer(ticket.is_operator)
