"""Metrics of hosted models: which are on their way out, what is open, and unknown purchases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.providers import registry
from web.providers.calls import OPEN, UNKNOWN
from web.providers.models import DEPRECATED, ProviderCall


def families(db: Session) -> Iterator[Metric]:
    """Yield the models by their state, the days of those that close, and the calls."""
    day = registry.today()
    models = registry.listed(db)
    by_state = GaugeMetricFamily(
        "callsheet_provider_models", "Hosted video models by their state.", labels=["state"]
    )
    for state, number in sorted(Counter(model.state_on(day) for model in models).items()):
        by_state.add_metric([state], float(number))
    yield by_state
    closing = GaugeMetricFamily(
        "callsheet_provider_model_closing_days",
        "Days until a deprecated model closes; +Inf without a date.",
        labels=["model", "replacement"],
    )
    for model in models:
        ahead = model.closed_on is not None and model.closed_on > day
        if ahead or model.state_on(day) == DEPRECATED:
            days = float("inf") if model.closed_on is None else (model.closed_on - day).days
            closing.add_metric([model.id, model.replacement], float(days))
    yield closing
    calls = GaugeMetricFamily(
        "callsheet_provider_calls",
        "Open and unknown calls to providers.",
        labels=["provider", "state"],
    )
    counted = (
        select(ProviderCall.provider, ProviderCall.state, func.count())
        .where(ProviderCall.state.in_((*OPEN, UNKNOWN)))
        .group_by(ProviderCall.provider, ProviderCall.state)
    )
    numbers = {(model.provider, UNKNOWN): 0 for model in models}  # rules ask for this state
    numbers |= {(provider, state): number for provider, state, number in db.execute(counted)}
    for labels, number in sorted(numbers.items()):
        calls.add_metric(labels, float(number))
    yield calls
