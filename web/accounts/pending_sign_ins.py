"""Sign-ins with an identity provider that wait for the second factor of the account.

Not every provider says whether it asked for a second factor, so we ask for ours. The browser keeps
the identity in a signed cookie, with a token that is valid for five minutes and used once. Nothing
is changed before the second factor is right: no identity is connected and no login opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from sqlalchemy.orm import Session

from web.accounts import identities, logins, one_time
from web.accounts.errors import AccountLinkInvalid, IdentityRefused
from web.accounts.identities import Identity
from web.accounts.logins import Factor, Tokens
from web.accounts.models import owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.engine import serialise_writers, writing
from web.services import Services


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser keeps about a person whom a provider has signed in."""

    identity: Identity
    token: str = field(repr=False)
    next_path: str = "/"
    visitor: str = ""
    """Whose things the person takes along."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values, to be signed."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Read signed values."""
        return cls(**{**kept, "identity": Identity(**kept["identity"])})


def finish(
    services: Services, actor: Actor, pending: Pending, shown: Factor, device: str
) -> Tokens:
    """Log the user in whose second factor is shown; raises what is wrong with it.

    What is wrong is counted, and may be tried again; a sign-in that has ended has to start again.
    """
    with writing() as db:
        serialise_writers(db)
        user_id = _user_of(db, pending)
        refusal = logins.refused_factor(services, db, actor, user_id, shown)
        if refusal is None:
            one_time.use(db, pending.token, "second-factor")
            if identities.connect(services, db, actor, pending.identity) != user_id:
                raise IdentityRefused  # it belongs to another account meanwhile
            return logins.open_login(services, db, actor, user_id, device)
        log.record(db, actor, "login.failed", owner_of(user_id), reason=refusal.code)
    raise refusal


def _user_of(db: Session, pending: Pending) -> str:
    try:
        return one_time.require_usable(db, pending.token, "second-factor").user_id
    except AccountLinkInvalid:
        raise IdentityRefused from None
