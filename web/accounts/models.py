"""Tables of users, organisations, logins and the tokens that belong to them.

Tokens are random and stored as digests. Nothing personal is stored but the mail address.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from functools import partial
from typing import Final, Literal, get_args

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base

Role = Literal["user", "operator", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""The roles of users; each may do what those before it may."""

PlanName = Literal["free", "premium"]
PLANS: Final[tuple[PlanName, ...]] = get_args(PlanName)
"""The plans of users (`web.accounts.plans`); everyone begins with the first one."""

Purpose = Literal["verify", "reset", "second-factor"]

_ID: Final = String(40)
_DIGEST: Final = String(64)


_SUSPENDED: Final = text("suspended_at IS NOT NULL")


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


def owner_of(user_id: str) -> str:
    """Return the owner key of an account."""
    return f"user:{user_id}"


def identity_id(issuer: str, subject: str) -> str:
    """Return the id of an identity at another provider, which says nothing about the person."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:32]


class Org(Base):
    """An organisation; each user has a personal one."""

    __tablename__ = "orgs"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "org"))
    name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class User(Base):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = (
        Index("users_by_age", "created_at", "id"),
        Index("users_by_role", "role", "created_at", "id"),
        Index("users_by_plan", "plan", "created_at", "id"),
        Index("users_by_email", "email", postgresql_ops={"email": "varchar_pattern_ops"}),
        Index(
            "suspended_users_by_age",
            "created_at",
            "id",
            sqlite_where=_SUSPENDED,
            postgresql_where=_SUSPENDED,
        ),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "usr"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Normalised (`web.accounts.emails`)."""
    password_hash: Mapped[str | None] = mapped_column(String(255), default=None)
    """None for users who sign in with another identity provider only."""
    role: Mapped[str] = mapped_column(String(16), default="user")
    plan: Mapped[PlanName] = mapped_column(String(16), default=PLANS[0])
    org_id: Mapped[str] = mapped_column(ForeignKey("orgs.id"), index=True)
    """The personal organisation."""
    verified_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    tokens_from: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the last suspension ended; tokens that were issued before are not accepted."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class OrgMember(Base):
    """A user's membership in an organisation."""

    __tablename__ = "org_members"

    org_id: Mapped[str] = mapped_column(ForeignKey("orgs.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(16), default="owner")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Login(Base):
    """A login on one device: the family of its refresh tokens. Its end ends all its tokens."""

    __tablename__ = "logins"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "log"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(80), default="")
    """Browser and system, to recognise the device by."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When its tokens were last refreshed."""
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often its tokens were refreshed."""
    received: Mapped[int] = mapped_column(default=0, server_default="0")
    """The newest generation of which a token was presented, so that its answer has arrived."""


class RefreshToken(Base):
    """A refresh token, which can be used once; the login's next one replaces it."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[str] = mapped_column(_DIGEST, primary_key=True)
    login_id: Mapped[str] = mapped_column(ForeignKey("logins.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class OneTimeToken(Base):
    """A token that was sent by mail or belongs to a sign-in that waits, and can be used once."""

    __tablename__ = "one_time_tokens"

    digest: Mapped[str] = mapped_column(_DIGEST, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    email: Mapped[str] = mapped_column(String(254))
    """The address that it was sent to, and that it verifies; otherwise that of the account."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class Invitation(Base):
    """An invitation to register, which can be used once."""

    __tablename__ = "invitations"
    __table_args__ = (Index("invitations_by_age", "created_at", "id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "inv"))
    digest: Mapped[str] = mapped_column(_DIGEST, unique=True)
    email: Mapped[str | None] = mapped_column(String(254), default=None, index=True)
    """The only address that may register with it; None for any."""
    role: Mapped[str] = mapped_column(String(16), default="user")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    used_by: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), default=None
    )


class UserKey(Base):
    """An API key of a user; the one that it replaced is valid for a while."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "key"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    org_id: Mapped[str] = mapped_column(_ID)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    """The first characters, which are shown."""
    digest: Mapped[str] = mapped_column(_DIGEST, unique=True)
    previous_digest: Mapped[str | None] = mapped_column(_DIGEST, unique=True, default=None)
    previous_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Until when the key before the last rotation is valid."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    daily_jobs: Mapped[int | None] = mapped_column(default=None)
    """How many jobs it may start in a day; None for any number."""
    jobs_day: Mapped[str] = mapped_column(String(10), default="")
    """The day (UTC) that `jobs_today` counts."""
    jobs_today: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    last_used_from: Mapped[str] = mapped_column(String(32), default="")
    """The pseudonym of the address that used it last."""
    revoked_at: Mapped[datetime | None] = mapped_column(Moment, default=None, index=True)


class UserIdentity(Base):
    """A person at another identity provider, who signs in as this user."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def id(self) -> str:
        """An id for addresses, which says nothing about the person."""
        return identity_id(self.issuer, self.subject)


class TotpFactor(Base):
    """The authenticator app of a user, which counts once a code has confirmed it."""

    __tablename__ = "totp_factors"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[str] = mapped_column(String(255))
    """Encrypted (`web.sealing`)."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the last accepted code; only later ones are accepted."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class RecoveryCode(Base):
    """A code that can be used once in place of one of the authenticator app."""

    __tablename__ = "recovery_codes"

    digest: Mapped[str] = mapped_column(_DIGEST, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class Passkey(Base):
    """A passkey of a user: the public half of a key pair that an authenticator holds."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "psk"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """In base64url; at most 1023 bytes."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """The counter of its last signature; 0 if the authenticator does not count."""
    name: Mapped[str] = mapped_column(String(100))
    transports: Mapped[list[str]] = mapped_column(JSON)
    synced: Mapped[bool] = mapped_column(default=False)
    """Whether several devices of the user may hold it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    suspected_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When its counter ran backwards, as that of a copy does; it is not accepted since."""


class WrongCodes(Base):
    """The wrong codes of a user within an hour."""

    __tablename__ = "wrong_codes"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime] = mapped_column(Moment)
    count: Mapped[int] = mapped_column(default=0)
