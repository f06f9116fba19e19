"""A rule: what is written otherwise than it is said.

Users choose the text, so every pattern matches in linear time: repetitions are bounded, or end
at a character that cannot be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
"""A pattern, and how its match is read; read as it is written: another rule may apply."""
