"""The settings of accounts: part of `config.settings.Settings`."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Who may use the server, and how people sign in."""

    auth: str = setting(
        "optional",
        "AUTH",
        "`off`: no accounts, everybody is anonymous. `optional`: people may sign in. `required`: "
        "people must sign in, or send an API key, to create something.",
    )
    registration: str = setting(
        "open",
        "REGISTRATION",
        "Who may create an account: `open` (everybody), `invite` (with an invitation) or `closed`.",
    )
    jwt_keys: tuple[bytes, ...] = setting(
        (),
        "JWT_KEYS",
        "Keys of at least 32 bytes for access tokens, separated by commas. The first one signs, "
        "the others are still accepted. Empty: derived from SECRET_KEY.",
        secret=True,
    )
    password_hash: str = setting(
        "bcrypt",
        "PASSWORD_HASH",
        "`bcrypt` or `argon2id`. Stored hashes of the other kind are replaced at the next login.",
    )
