"""The version of this program."""

from typing import Final

VERSION: Final = "1.0.0"
