"""Accept codes of a second factor: of the authenticator app, or recovery codes.

Ten wrong codes within an hour block all codes of the account until the hour has passed. So of a
million codes at most 240 can be tried in a day, by someone who has the password already. The count
is in the database, where neither a restart nor an empty Redis forgets it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from tasks.domain.errors import RequestError
from web.accounts import recovery_codes, totp
from web.accounts.errors import SecondFactorInvalid, TooManyCodes
from web.accounts.factor_notices import tell
from web.accounts.models import WrongCodes, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import serialise_writers, writing
from web.services import Services

MOST_WRONG: Final = 10
WINDOW: Final = timedelta(hours=1)


def accept(
    services: Services, db: Session, actor: Actor, user_id: str, code: str
) -> RequestError | None:
    """Use a code up and return why it is refused; the caller commits what was counted."""
    serialise_writers(db)
    moment = now()
    wrong = _counted(db, user_id)
    if wrong.since <= moment - WINDOW:
        wrong.since, wrong.count = moment, 0
    if wrong.count >= MOST_WRONG:
        return _blocked(wrong)
    if _is_right(services, db, user_id, code):
        return None
    wrong.count += 1
    if wrong.count < MOST_WRONG:
        return SecondFactorInvalid()
    log.record(db, actor, "codes.blocked", owner_of(user_id))
    tell(db, services, user_id, "codes_blocked")
    return _blocked(wrong)


def require(services: Services, actor: Actor, user_id: str, code: str) -> None:
    """Use a code up in a transaction of its own; raises what is wrong with it."""
    with writing() as db:
        refusal = accept(services, db, actor, user_id, code)
    if refusal is not None:
        raise refusal


def _counted(db: Session, user_id: str) -> WrongCodes:
    found = db.get(WrongCodes, user_id)
    if found is None:
        found = WrongCodes(user_id=user_id, since=now(), count=0)
        db.add(found)
    return found


def _blocked(wrong: WrongCodes) -> TooManyCodes:
    left = wrong.since + WINDOW - now()
    return TooManyCodes(retry_after=max(1, round(left.total_seconds())))


def _is_right(services: Services, db: Session, user_id: str, code: str) -> bool:
    factor = totp.active(db, user_id)
    if factor is None:
        return recovery_codes.use(db, user_id, totp.plain(code))
    return totp.accept(services, db, factor, code)
