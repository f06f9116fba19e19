"""Fetch uv's wheel without pip: some Pythons come without the `venv` and `pip` modules.

It looks where pip would: in the indexes and directories of pip's settings (`PIP_INDEX_URL`,
`PIP_EXTRA_INDEX_URL`, `PIP_FIND_LINKS`, and pip's configuration files), else on PyPI. Proxies and
`SSL_CERT_FILE` count as they do for any Python program. Only a file whose hash is in the lock is
used. Standard library only.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import re
import ssl
import stat
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

PYPI = "https://pypi.org/simple"
LONGEST = 60.0
"""Seconds that a server may be silent."""
_PLATFORM = re.compile(r"manylinux\w*_x86_64\.whl$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotFetched(Exception):
    """The wheel was not found or could not be read; the text says where it was searched."""


def install(lock: Path, directory: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Put uv's executable into DIRECTORY/bin."""
    text = lock.read_text(encoding="utf-8")
    [version] = re.findall(r"^uv==(\S+)", text, re.MULTILINE)
    wheel = _fetch(version, set(_HASH.findall(text)), _settings(environ))
    executable = directory / "bin" / "uv"
    executable.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        executable.write_bytes(archive.read(f"uv-{version}.data/scripts/uv"))
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _fetch(version: str, hashes: set[str], settings: Mapping[str, str]) -> bytes:
    problems: list[str] = []
    certificates = ssl.create_default_context(cafile=settings.get("cert") or None)
    for place in places(settings):
        try:
            for url in _wheels(place, version, certificates):
                data = _read(url, certificates)
                if hashlib.sha256(data).hexdigest() in hashes:
                    return data
                problems.append(f"{_without_secret(url)}: its hash is not in the lock")
            problems.append(
                f"{_without_secret(place)}: no further wheel of uv {version} for this platform"
            )
        except (OSError, ValueError) as error:
            problems.append(f"{_without_secret(place)}: {error}")
    raise NotFetched("\n  ".join([f"uv {version} was not found.", *problems]))


def _settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Read pip's settings: its configuration files, and its variables, which count more."""
    parser = configparser.RawConfigParser(strict=False)
    home = Path(environ.get("HOME", "/"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    system = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    files = [Path(one, "pip", "pip.conf") for one in reversed(system.split(":"))]
    files += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    if chosen := environ.get("PIP_CONFIG_FILE"):
        files = [] if chosen == os.devnull else [*files, Path(chosen)]
    parser.read(files, encoding="utf-8")
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            found |= dict(parser.items(section))
    prefix = "PIP_"
    variables = {name: text for name, text in environ.items() if name.startswith(prefix)}
    return found | {n[len(prefix) :].lower().replace("_", "-"): t for n, t in variables.items()}


def places(settings: Mapping[str, str]) -> Iterator[str]:
    """List the directories of wheels and the pages of uv in the indexes."""
    for place in settings.get("find-links", "").split():
        yield place if "://" in place else Path(place).absolute().as_uri()
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        return
    indexes = [settings.get("index-url") or PYPI, *settings.get("extra-index-url", "").split()]
    yield from (f"{index.rstrip('/')}/uv/" for index in indexes)


def _wheels(place: str, version: str, certificates: ssl.SSLContext) -> Iterator[str]:
    for url in _links(place, certificates):
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        if name.startswith(f"uv-{version}-") and _PLATFORM.search(name):
            yield url


def _links(place: str, certificates: ssl.SSLContext) -> Iterator[str]:
    """Yield the files of a directory, or the links of a page."""
    directory = Path(unquote(urlsplit(place).path))
    if place.startswith("file:") and directory.is_dir():
        if not (directory / "index.html").exists():
            yield from (file.as_uri() for file in sorted(directory.iterdir()))
            return
        place = (directory / "index.html").as_uri()
    page = _Links()
    page.feed(_read(place, certificates).decode(errors="replace"))
    yield from (urljoin(place, link) for link in page.links)


class _Links(HTMLParser):
    """Collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href")
        if tag == "a" and target:
            self.links.append(target)


def _read(url: str, certificates: ssl.SSLContext) -> bytes:
    parts = urlsplit(url)
    request = urllib.request.Request(_without_secret(url))  # noqa: S310  from pip's settings
    request.add_header("Accept", "text/html, */*")
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        # Not sent to the host that a redirect names.
        request.add_unredirected_header(
            "Authorization", f"Basic {base64.b64encode(secret).decode()}"
        )
    with urllib.request.urlopen(request, timeout=LONGEST, context=certificates) as answer:  # noqa: S310
        data: bytes = answer.read()
    return data


def _without_secret(url: str) -> str:
    """Return an address without the name and the password in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
