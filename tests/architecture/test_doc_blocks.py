"""Blocks of the documentation can be read by the programs that they are written for.

Those that are programs run as tests beside what they use: `tests/clients/test_documentation.py`,
`tests/web/api/test_api_page.py` and others.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from web.cli.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("docs/operations/*")))
_COMMAND = re.compile(r"^(?:[A-Z_]+=\S* )*callsheet ((?:[^\n\\]|\\\n)*)", re.MULTILINE)


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Each block with the name of its page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            yield page.name, block


def test_json_can_be_read() -> None:
    found = list(blocks("json"))
    assert len(found) > 10
    for page, block in found:
        assert json.loads(block), page


def test_python_can_be_compiled() -> None:
    found = list(blocks("python"))
    assert len(found) > 10
    for page, block in found:
        assert ast.parse(block, page)


def test_a_shell_can_read_the_commands() -> None:
    for page, block in blocks("sh"):
        command = ["bash", "-n"]
        done = subprocess.run(command, input=block, capture_output=True, text=True, check=False)
        assert done.stderr == "", page


def test_commands_have_the_arguments_and_options_that_are_written() -> None:
    found = [
        (page, command.replace("\\\n", " "))
        for page, block in blocks("sh")
        for command in _COMMAND.findall(block)
    ]
    assert len(found) > 50
    for page, command in found:
        arguments = shlex.split(command, comments=True)
        if ">" in arguments:
            arguments = arguments[: arguments.index(">")]
        names = {"EMAIL": "ada@example.com"}  # stand for what a reader writes there
        try:
            parse([names.get(one, one.partition("|")[0]) for one in arguments])
        except click.ClickException as wrong:
            pytest.fail(f"{page}: callsheet {command}: {wrong.format_message()}")


def parse(arguments: list[str]) -> None:
    """Parse a command as the shell's, without running it."""
    context = click.Context(main, info_name="callsheet")
    command: click.Command = main
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        name, *arguments = arguments
        inner = command.get_command(context, name)
        if inner is None:
            raise click.UsageError(f"there is no command {name}")
        command = inner
    try:
        command.make_context(command.name, arguments, parent=context)
    except click.BadParameter as wrong:
        if "does not exist" not in wrong.message:  # a file that is not here is no mistake
            raise


def test_a_wrong_option_is_noticed() -> None:
    with pytest.raises(click.NoSuchOption):
        parse(["jobs", "--no-such-option"])
    with pytest.raises(click.UsageError):
        parse(["no-such-command"])
