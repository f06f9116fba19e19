"""Identity providers that an operator has set up: Google, GitHub and any OIDC issuer."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.settings import Settings
from web.accounts.errors import ProviderUnknown


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, and what this server is registered as there."""

    name: str
    issuer: str
    """The base URL: of OpenID Connect, or of GitHub's pages."""
    client_id: str
    client_secret: str = field(repr=False)
    api: str = ""
    """GitHub's API; empty for OpenID Connect."""


def names(settings: Settings) -> list[str]:
    """Return the names of the providers that people can sign in with."""
    return [provider.name for provider in _all(settings) if _is_set_up(provider)]


def find(settings: Settings, name: str) -> Provider:
    """Return a provider that is set up; raises `ProviderUnknown`."""
    for provider in _all(settings):
        if provider.name == name and _is_set_up(provider):
            return provider
    raise ProviderUnknown


def name_of(settings: Settings, issuer: str) -> str:
    """Return the name of the provider with this issuer; empty if it is not set up any more."""
    wanted = issuer.rstrip("/")
    return next((one.name for one in _all(settings) if one.issuer.rstrip("/") == wanted), "")


def _is_set_up(provider: Provider) -> bool:
    return bool(provider.client_id and provider.issuer)


def _all(settings: Settings) -> tuple[Provider, ...]:
    own = settings.accounts
    google = own.google_client_id, own.google_client_secret
    github = own.github_client_id, own.github_client_secret
    other = own.oidc_client_id, own.oidc_client_secret
    return (
        Provider("google", own.google_issuer.rstrip("/"), *google),
        Provider("github", own.github_url.rstrip("/"), *github, own.github_api_url.rstrip("/")),
        Provider("oidc", own.oidc_issuer, *other),
    )
