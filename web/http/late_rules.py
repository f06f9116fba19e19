"""Routes that compile the function which builds their URLs when a URL is first built.

Werkzeug compiles two such functions for each route. Most routes are only matched, and with all of
ours that compiling is a large part of what an application costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A route for `Flask.url_rule_class`."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        compiled: list[Builder] = []

        def build(rule: LateRule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(super(LateRule, rule)._compile_builder(append_unknown))
            return compiled[0](rule, **values)

        return build
