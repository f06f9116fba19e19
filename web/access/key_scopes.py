"""Which scope an API key of a user needs for each route.

A route that is not listed takes no key.
"""

from __future__ import annotations

from typing import Final

from flask import request

from web.accounts.api_keys import Scope
from web.accounts.errors import ApiKeyRefused, ScopeMissing
from web.http.authentication import authenticated

_EVERY_KEY: Final = (
    *(
        "studio.home",
        "studio.asset",
        "studio.operate",
        "studio.account",
        *("studio.account_view", "studio.batch", "studio.page", "studio.project", "studio.video"),
        "operate.sign_in",
        "operate.sign_out",
    ),
    *("docs.page", "docs.asset", "guides.listing", "guides.page"),
    *("api-docs.openapi_json", "capabilities.get_capabilities"),
    *("payments.list_plans", "payments.webhook", "images.public"),
    *("trust.verify_file", "trust.page", "reports.create", "reports.state"),
    *("events.describe", "models.list_models", "models.list_changes"),
    *("voices.listing", "voices.sample", "workers.listing"),
    *("health.overall", "health.services", "health.livez", "health.readyz"),
)
_READ: Final = (
    *("library.jobs", "library.job", "library.uploads", "library.upload"),
    *("first_design.session_status", "sessions.status", "outputs.listing", "outputs.download"),
    *("jobs.get_job", "jobs.estimate", "previews.get", "resumable.state"),
    *("billing.estimate", "billing.receipt", "feedback.get"),
    *("images.find_all", "images.get", "images.content", "images.thumbnail", "images.link"),
    "images.crop",
    *("own_voices.find_all", "own_voices.get", "own_voices.content", "own_voices.thumbnail"),
    "own_voices.link",
    *("consents.listing", "consents.get"),
    *("projects.find_all", "projects.get", "projects.get_plan", "projects.list_messages"),
    *("projects.status", "projects.download", "projects.export_timeline"),
    "projects.quote_again",
    *("projects.playlist", "projects.get_storyboard", "batches.find_all", "batches.get"),
    *("events.of_job", "events.of_session", "open_socket", "tickets.create"),
)
_WRITE: Final = (
    "library.cancel_jobs",
    *("library.rename_job", "library.delete_job", "library.rename_upload", "library.delete_upload"),
    *("first_design.start_processing", "jobs.start", "jobs.retry", "jobs.cancel", "jobs.delete"),
    *("previews.create", "sessions.create", "sessions.close", "sessions.withdraw", "cleanup.clean"),
    *("uploads.face", "uploads.audio", "resumable.create", "resumable.append"),
    *("resumable.overridden", "resumable.terminate", "feedback.give"),
    *("images.create", "images.rename", "images.remove", "images.publish", "images.withdraw"),
    "images.appeal",
    *("own_voices.create", "own_voices.rename", "own_voices.remove", "own_voices.publish"),
    "own_voices.withdraw",
    *("consents.create", "consents.revoke"),
    *("projects.create", "projects.change", "projects.remove", "projects.upload_sample"),
    *("projects.upload_character", "projects.upload_audio", "projects.analyze"),
    *("projects.put_plan", "projects.regenerate_plan", "projects.restore_plan"),
    *("projects.send_message", "projects.generate", "projects.regenerate", "projects.cancel"),
    *("projects.make_storyboard", "projects.approve_storyboard"),
    *("batches.create", "batches.start", "batches.cancel"),
)
_WEBHOOKS: Final = (
    *("webhooks.listing", "webhooks.create", "webhooks.get", "webhooks.change", "webhooks.remove"),
    *("webhooks.rotate_secret", "webhooks.test", "webhooks.list_deliveries"),
    *("webhooks.redeliver", "webhooks.replay"),
)
_BILLING: Final = (
    *("billing.balance", "billing.transactions", "billing.list_budgets", "billing.usage"),
)
_NO_KEY: Final = (
    # accounts, keys and administration: a leaked key must not reach them
    *("accounts.login", "accounts.logout", "accounts.refresh", "accounts.register"),
    *("accounts.me", "accounts.change", "accounts.delete", "accounts.export"),
    *("accounts.change_password", "accounts.forgot", "accounts.reset", "accounts.verify"),
    *("accounts.resend", "accounts.list_logins", "accounts.end_login"),
    *("keys.listing", "keys.create", "keys.rotate", "keys.revoke"),
    *("mails.get", "mails.change", "mails.show_unsubscription", "mails.unsubscribe"),
    *("identities.start", "identities.begin", "identities.callback"),
    *("identities.listing", "identities.remove", "identities.second_factor"),
    *("passkeys.listing", "passkeys.creation_options", "passkeys.add", "passkeys.rename"),
    *("passkeys.remove", "passkeys.request_options", "passkeys.sign_in"),
    *("payments.checkout", "payments.portal"),
    *("billing.put_budget", "billing.delete_budget", "billing.show_credits", "billing.grant"),
    *("totp.state", "totp.begin", "totp.confirm", "totp.remove", "totp.renew"),
    *(
        "admin.users",
        "admin.user",
        "admin.change_user",
        "admin.suspend",
        "admin.reinstate",
        "admin.remove_second_factor",
        "admin.list_invitations",
        "admin.invite",
        "admin.revoke",
        "admin.audit",
        "admin.export",
    ),
    # operators
    *("dead letters.listing", "dead letters.get_letter", "dead letters.drop"),
    *("dead letters.retry", "jobs.redrive", "operate.make_link", "sessions.active", "sessions.end"),
    *("quarantine.listing", "quarantine.delete", "quarantine.release"),
    *("moderation.list_queue", "moderation.decide"),
    *("models.put_model", "models.list_calls", "models.resolve_call"),
    *("analytics.get_analytics", "jobs.list_all"),
    *("reports.listing", "reports.statistics", "reports.get", "reports.withdraw", "reports.reject"),
    "operate.overview",
    *("operations.get_operations", "operations.cache_statistics", "operations.estimate_accuracy"),
    *("workers.load", "workers.drain", "workers.resume", "metrics.scrape", "metrics.targets"),
)

NEEDED: Final[dict[str, Scope | None]] = {
    **dict.fromkeys(_READ, "jobs:read"),
    **dict.fromkeys(_WRITE, "jobs:write"),
    **dict.fromkeys(_WEBHOOKS, "webhooks"),
    **dict.fromkeys(_BILLING, "billing"),
    **dict.fromkeys(_NO_KEY),
}
"""The scope of each route by its endpoint; None where API keys are refused."""
FREE: Final = frozenset(_EVERY_KEY)
"""Routes that tell everybody the same, so that no scope is needed."""


def require() -> None:
    """Refuse a key that may not use this route; other callers have no scopes."""
    principal, endpoint = authenticated(), request.endpoint or ""
    if principal.scopes is None or not endpoint or endpoint in FREE:
        return
    scope = NEEDED.get(endpoint)
    if scope is None:
        raise ApiKeyRefused
    if scope not in principal.scopes:
        raise missing(scope)


def missing(scope: Scope) -> ScopeMissing:
    """Return the error that names the scope."""
    return ScopeMissing(f"This API key lacks the scope `{scope}`.")
