"""Convert the text of a setting to its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from config import (
    api_keys,
    credit_packs,
    credit_prices,
    expected_processes,
    networks,
    node_keys,
    prices,
    provider_keys,
    redis_urls,
    store_keys,
    token_issuers,
)

SHORTEST_KEY = 32
"""Bytes of the shortest key that signs tokens (RFC 7518 requires it for HS256)."""

_FILE: Final = "_FILE"
_SIMILAR: Final = 0.9
"""How like a name of ours another one is (of 1); `S3_SECRET_KEY` is less."""


def _integer(text: str) -> int:
    return int(text)


def _number(text: str) -> float:
    return float(text)


def path(text: str) -> Path:
    """Return an absolute path, independent of the working directory."""
    return Path(text).expanduser().absolute()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _keys(text: str) -> tuple[bytes, ...]:
    keys = tuple(word.encode() for word in _words(text))
    if not keys or min(map(len, keys)) < SHORTEST_KEY:
        raise ValueError
    return keys


_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "int": (_integer, "a whole number"),
    "float": (_number, "a number"),
    "Path": (path, "a path"),
    "str": (str, "text"),
    "tuple[str, ...]": (_words, "words separated by commas"),
    "tuple[bytes, ...]": (_keys, f"keys of at least {SHORTEST_KEY} bytes, separated by commas"),
    "tuple[ApiKey, ...]": (api_keys.parse, "NAME:SHA256:RATE, separated by commas"),
    "tuple[TokenIssuer, ...]": (
        token_issuers.parse,
        "URL=AUDIENCE, separated by commas, with https URLs",
    ),
    "RedisUrl": (
        redis_urls.parse_url,
        "redis://, rediss://, unix:// or sentinel://HOST,HOST/DATABASE?master=NAME",
    ),
    "tuple[BrokerUrl, ...]": (
        redis_urls.parse_brokers,
        "ENVIRONMENT=URL, separated by spaces, each environment once",
    ),
    "IssuerUrl": (token_issuers.address, "an https URL"),
    "NodeKey | None": (node_keys.parse, "the key issued with a node's token"),
    "tuple[Network, ...]": (networks.parse, "networks like 10.0.0.0/8, separated by commas"),
    "Currency": (prices.parse_currency, "three capital letters of ISO 4217, such as USD"),
    "tuple[Price, ...]": (prices.parse, "NAME=AMOUNT/UNIT, separated by commas"),
    "tuple[ExpectedProcesses, ...]": (
        expected_processes.parse,
        "NAME=COUNT with web, control, live, mcp, flower or environments, separated by commas, "
        "each once",
    ),
    "tuple[ProviderKey, ...]": (
        provider_keys.parse,
        "PROVIDER:LABEL=KEY, separated by commas or lines",
    ),
    "tuple[CreditPack, ...]": (credit_packs.parse, "CREDITS=AMOUNT, separated by commas"),
    "tuple[CreditPrice, ...]": (
        credit_prices.parse,
        "NAME=CREDITS/UNIT with credits above 0, separated by commas, and one NAME is *",
    ),
}

CHOICES: dict[str, tuple[str, ...]] = {
    "AUTH": ("off", "optional", "required"),
    "BILLING": ("off", "on"),
    "EXAMINE_UPLOADS": ("off", "on"),
    "MODERATION": ("off", "local", "rekognition"),
    "CACHE_POLICY": ("lru", "lfu", "fifo", "ttl"),
    "CACHE_SHARED": ("true", "false"),
    "CLAMD": ("required", "optional", "off"),
    "CONSENT": ("required", "optional"),
    "DEFAULT_MODE": ("production", "auto", "simulation"),
    "EXPOSURE_CHECK": ("enforce", "warn"),
    "LABEL": ("always", "default", "off"),
    "LOG_FORMAT": ("console", "json"),
    "MCP": ("off", "on"),
    "COQUI_TOS_AGREED": ("1",),
    "HTTPS_ONLY": ("1",),
    "SUPABASE_CONFIRMS_EMAIL": ("1",),
    "PASSWORD_HASH": ("bcrypt", "argon2id"),
    "REGISTRATION": ("open", "invite", "closed"),
    "REUSED_STEPS": ("free", "charged"),
    "TORCH_DEVICE": ("cuda", "cpu"),
    "PRODUCTION_MODE": ("true", "false"),
    "VOICE_SUGGESTIONS": ("off", "on"),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR"),
}


def value(declared: Field[Any], environ: Mapping[str, str]) -> Any:
    """Return the value of a declared setting; the text of `ValueError` names the problem."""
    name = declared.metadata["env"]
    text = _text(name, environ, from_file=declared.metadata["file"])
    reader, expected = _READERS[str(declared.type)]
    if text is None:
        default = declared.default
        return path(str(default)) if isinstance(default, Path) else default
    try:
        found = reader(text)
    except ValueError:
        # An address with a password may be wrong in any part, so none of it is shown.
        shown = "" if declared.metadata["file"] else f", not {text!r}"
        raise ValueError(f"{name} must be {expected}{shown}") from None
    if isinstance(found, int | float) and found < 0:
        raise ValueError(f"{name} must not be negative")
    if name in CHOICES and found not in CHOICES[name]:
        raise ValueError(f"{name} must be one of {', '.join(CHOICES[name])}, not {text!r}")
    return found


def is_set(name: str, environ: Mapping[str, str]) -> bool:
    """Return whether a variable is set, directly or by way of its `_FILE` variable."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def file_problems(declared: Iterable[Field[Any]], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with `NAME_FILE` variables: those that would be ignored, above all."""
    yield from store_keys.problems(environ)
    from_file = {one.metadata["env"]: one.metadata["file"] for one in declared}
    confidential = [name for name, allowed in from_file.items() if allowed]
    for variable in sorted(environ):
        name = variable.removesuffix(_FILE)
        if name == variable or from_file.get(name) or not environ[variable]:
            continue
        if name in from_file:
            yield f"{variable} is not read: {name} is not a secret; set {name} itself"
        elif similar := get_close_matches(name, confidential, n=1, cutoff=_SIMILAR):
            yield f"{variable} is not a setting; did you mean {similar[0]}{_FILE}?"


def _text(name: str, environ: Mapping[str, str], *, from_file: bool) -> str | None:
    if from_file and (file := environ.get(f"{name}_FILE")):
        try:
            content = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"{name}_FILE cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{name}_FILE names a file that is not text") from None
        if not content:  # a secret that was never written must not become a default
            raise ValueError(f"{name}_FILE names an empty file")
        return content
    text = environ.get(name, "")
    return text if text.strip() else None
