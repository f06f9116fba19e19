"""The relying party of this server's passkeys, as its settings say."""

from __future__ import annotations

from config import relying_party
from config.exposure import is_loopback
from config.relying_party import RelyingParty
from config.settings import Settings
from web.accounts.errors import PasskeysOff


def find(settings: Settings) -> RelyingParty | None:
    """Return the relying party; None if this server has no domain, which passkeys need."""
    url = settings.public_url
    if not url and is_loopback(settings.host):
        url = f"http://localhost:{settings.port}"
    accounts = settings.accounts
    return relying_party.derive(accounts.passkey_rp_id, accounts.passkey_origins, url)


def require(settings: Settings) -> RelyingParty:
    """Return the relying party; raises `PasskeysOff` without one."""
    found = find(settings)
    if found is None:
        raise PasskeysOff
    return found
