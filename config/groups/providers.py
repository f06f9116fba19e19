"""The settings of hosted video providers."""

from __future__ import annotations

from dataclasses import dataclass

from config.provider_keys import ProviderKey
from config.setting import setting


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Providers of hosted video models: their keys, and what their clips cost in credits."""

    keys: tuple[ProviderKey, ...] = setting(
        (),
        "PROVIDER_KEYS",
        "Keys of video providers: `PROVIDER:LABEL=KEY`, separated by commas or lines. Several keys "
        "of one provider share its work. Only workers of `hosted` and `lite` need them.",
        secret=True,
    )
    credits_a_dollar: float = setting(
        100.0,
        "PROVIDER_CREDITS_PER_DOLLAR",
        "Credits that a US dollar of a provider's price costs, if `BILLING=on`.",
    )
    stuck_minutes: float = setting(
        30.0,
        "PROVIDER_STUCK_MINUTES",
        "Time (minutes) without progress after which a provider's task counts as lost.",
    )

    def of(self, provider: str) -> tuple[ProviderKey, ...]:
        """Return the keys of a provider."""
        return tuple(key for key in self.keys if key.provider == provider)
