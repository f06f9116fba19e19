"""The settings of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting
from config.token_issuers import IssuerUrl, TokenIssuer


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Who may create an account, how people sign in, and the limits of a user."""

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
    google_client_id: str = setting(
        "", "GOOGLE_CLIENT_ID", "Client id of this server at Google. Empty: no sign-in with Google."
    )
    google_client_secret: str = setting(
        "", "GOOGLE_CLIENT_SECRET", "Client secret of this server at Google.", secret=True
    )
    github_client_id: str = setting(
        "", "GITHUB_CLIENT_ID", "Client id of this server at GitHub. Empty: no sign-in with GitHub."
    )
    github_client_secret: str = setting(
        "", "GITHUB_CLIENT_SECRET", "Client secret of this server at GitHub.", secret=True
    )
    google_issuer: str = setting(
        "https://accounts.google.com", "GOOGLE_ISSUER", "Issuer of the sign-in with Google."
    )
    github_url: str = setting(
        "https://github.com", "GITHUB_URL", "GitHub, or a GitHub Enterprise server."
    )
    github_api_url: str = setting(
        "https://api.github.com", "GITHUB_API_URL", "The API of GITHUB_URL."
    )
    oidc_issuer: str = setting(
        "", "OIDC_ISSUER", "Another OpenID Connect issuer that people may sign in with, as `oidc`."
    )
    oidc_client_id: str = setting("", "OIDC_CLIENT_ID", "Client id of this server at OIDC_ISSUER.")
    oidc_client_secret: str = setting(
        "", "OIDC_CLIENT_SECRET", "Client secret of this server at OIDC_ISSUER.", secret=True
    )
    token_issuers: tuple[TokenIssuer, ...] = setting(
        (),
        "TOKEN_ISSUERS",
        "OpenID Connect issuers whose bearer tokens sign in, as `URL=AUDIENCE`, separated by "
        "commas: `https://id.example.com/realms/studio=callsheet`.",
    )
    supabase_url: IssuerUrl = setting(  # noqa: RUF009  an immutable text, like the others
        "",
        "SUPABASE_URL",
        "Supabase project whose users sign in with their access tokens: "
        "`https://PROJECT.supabase.co`.",
    )
    supabase_confirms_email: str = setting(
        "",
        "SUPABASE_CONFIRMS_EMAIL",
        "`1`: the project confirms mail addresses before people sign in (Supabase's default), so "
        "they count as verified. Its tokens do not say so.",
    )
    supabase_jwt_secret: tuple[bytes, ...] = setting(
        (),
        "SUPABASE_JWT_SECRET",
        "The project's shared secret, for access tokens that are signed with HS256. Its "
        "readers can sign in as any user, and Supabase ends it with 2026: move to signing keys.",
        secret=True,
    )
    passkey_rp_id: str = setting(
        "",
        "PASSKEY_RP_ID",
        "Domain that passkeys belong to. If it changes, all existing passkeys become useless. "
        "Empty: the host of the first of PASSKEY_ORIGINS.",
    )
    passkey_origins: tuple[str, ...] = setting(
        (),
        "PASSKEY_ORIGINS",
        "Origins of the pages that may use passkeys, separated by commas, like "
        "`https://videos.example.com`. Empty: that of PUBLIC_URL, or `http://localhost:PORT` on a "
        "server that only this machine reaches.",
    )
    requests_a_minute: int = setting(
        300,
        "ACCOUNT_REQUESTS_A_MINUTE",
        "Requests that a signed-in user may send each minute, API keys included, in place of "
        "REQUESTS_A_MINUTE. Reading counts a quarter, uploads and starts count three times.",
    )
    jobs: int = setting(
        200,
        "ACCOUNT_JOBS",
        "Unfinished jobs of one user, in place of USER_JOBS; one until the address is verified.",
    )
    storage_mb: int = setting(
        20480,
        "ACCOUNT_STORAGE_MB",
        "Total size of the files of one user, in MB, in place of SESSION_QUOTA_MB.",
    )
    keys: int = setting(20, "ACCOUNT_KEYS", "API keys of one user.")
    premium_requests_a_minute: int = setting(
        1200,
        "PREMIUM_REQUESTS_A_MINUTE",
        "ACCOUNT_REQUESTS_A_MINUTE for users with the plan `premium`.",
    )
    premium_jobs: int = setting(
        1000, "PREMIUM_JOBS", "ACCOUNT_JOBS for users with the plan `premium`."
    )
    premium_storage_mb: int = setting(
        204800, "PREMIUM_STORAGE_MB", "ACCOUNT_STORAGE_MB for users with the plan `premium`."
    )
    premium_keys: int = setting(
        100, "PREMIUM_KEYS", "ACCOUNT_KEYS for users with the plan `premium`."
    )
    audit_days: float = setting(365.0, "AUDIT_DAYS", "How long the audit log is kept.")
