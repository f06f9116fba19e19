"""`callsheet render`: make a video from a face and a script or topic."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import httpx

from tasks.domain.job import (
    ASPECT_RATIOS,
    CAPTION_POSITIONS,
    CAPTION_SIZES,
    CAPTION_STYLES,
    MODES,
    PRIORITIES,
    QUALITIES,
    JobState,
)
from web.cli.commands import own_sessions
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find_or_start, server_option
from web.cli.commands.watch import end_as, watch
from web.cli.local.client import Client, Live, RequestRefused, live

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def _words(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """Text, `@FILE` for a file's content, or `-` for stdin."""
    if given == "-":
        return sys.stdin.read()
    if given is None or not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{given[1:]} cannot be read: {error}") from None


def _pairs(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str] | None:
    """Parse the engines of stages, such as `voice=espeak`."""
    for text in given:
        if "=" not in text:
            raise click.BadParameter(f"{text}: expected STAGE=ENGINE.")
    return dict(text.split("=", 1) for text in given) or None


def _statement(
    _context: click.Context, _parameter: click.Parameter, given: str | None
) -> dict[str, str] | None:
    """Parse a consent statement for all uploads, such as `Ada: I agree to this film`."""
    if given is None:
        return None
    subject, colon, statement = (part.strip() for part in given.partition(":"))
    if not (subject and colon and statement):
        raise click.BadParameter('expected "WHO: WHAT".')
    return {"subject": subject, "statement": statement}


@click.command()
@click.option(
    "--face", type=FILE, required=True, help="Picture of a face (JPEG, PNG, WebP, HEIC, AVIF)."
)
@click.option(
    "--voice", type=FILE, help="Recording of a voice (WAV, MP3, FLAC, OGG, M4A, MP4, WebM)."
)
@click.option(
    "--script", callback=_words, help="The text to speak; @FILE or - reads a file or stdin."
)
@click.option("--topic", help="The topic of a generated script.")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), help="Output file.")
@server_option
@click.option("--scenes", type=int, help="Number of scenes of a generated script.")
@click.option("--language", help="Language code such as en.")
@click.option("--aspect", "aspect_ratio", type=click.Choice(list(ASPECT_RATIOS)))
@click.option("--height", type=int, help="Shorter side in pixels, as in 720p.")
@click.option("--quality", type=click.Choice(QUALITIES))
@click.option("--mode", type=click.Choice(MODES))
@click.option("--priority", type=click.Choice(PRIORITIES))
@click.option("--seed", type=int)
@click.option(
    "--captions/--no-captions", default=None, help="Burn captions in, or only save them as a file."
)
@click.option("--caption-style", type=click.Choice(CAPTION_STYLES), help="Look of the captions.")
@click.option("--caption-size", type=click.Choice(CAPTION_SIZES))
@click.option(
    "--caption-position", type=click.Choice(CAPTION_POSITIONS), help="auto avoids the face."
)
@click.option("--transition", type=click.Choice(("cut", "crossfade")))
@click.option(
    "--label/--no-label", default=None, help="Burn in a label that marks the video as synthetic."
)
@click.option("--face-index", type=int, help="Which face to use if there are several.")
@click.option("--match-voice/--no-match-voice", default=None, help="Match the voice to --voice.")
@click.option(
    "--consent",
    callback=_statement,
    metavar='"WHO: WHAT"',
    help="The person shown or heard and their consent; some servers require it.",
)
@click.option(
    "--use-audio-as-is",
    is_flag=True,
    default=None,
    help="Use the recording of --voice as the speech.",
)
@click.option("--engine", "engines", multiple=True, callback=_pairs, metavar="STAGE=ENGINE")
@json_option
def render(
    face: Path,
    voice: Path | None,
    target: Path | None,
    server: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Make a video of a FACE that speaks a SCRIPT.

    If no server is running, a temporary one is started. Options that are not given have the
    server's defaults. Ctrl-C cancels the job.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    _require_one_text_source(chosen, voice)
    output = Output(as_json)
    with (
        handling_errors(output),
        find_or_start(server, output.console) as place,
        connected(place) as client,
        _session(client) as session_id,
    ):
        own_sessions.remember_session(place, session_id)
        client.upload_face(session_id, face)
        if voice is not None:
            client.upload_voice(session_id, voice)
        with live(place.url, session_id) as events:
            report = _until_ended(client, events, client.start(session_id, **chosen), output)
        if report["state"] != JobState.SUCCEEDED:
            output.data(report)
            end_as(report, output)
        saved = _save(client, report, target)
        output.data(report | {"saved": str(saved)})
        if not as_json:
            size = saved.stat().st_size / 1e6
            output.console.print(f"Saved [bold]{saved}[/] ({size:.1f} MB)", soft_wrap=True)


@contextmanager
def _session(client: Client) -> Iterator[str]:
    """Open a session for this video and close it afterwards, as servers limit sessions."""
    session_id = client.create_session(os.environ.get("USER") or "callsheet")
    try:
        yield session_id
    finally:
        with suppress(RequestRefused, httpx.TransportError):
            client.close_session(session_id)


def _require_one_text_source(chosen: dict[str, Any], voice: Path | None) -> None:
    given = [name for name in ("script", "topic", "use_audio_as_is") if name in chosen]
    if len(given) != 1:
        raise click.UsageError("Give exactly one of --script, --topic and --use-audio-as-is.")
    for name in ("use_audio_as_is", "match_voice"):
        if chosen.get(name) and voice is None:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --voice.")


def _until_ended(client: Client, events: Live, job_id: str, output: Output) -> dict[str, Any]:
    """Cancel the job on interruption."""
    try:
        return watch(client, events, job_id, output, print_events=False)
    except KeyboardInterrupt:
        output.console.print(f"Cancelling {job_id} ...")
        with suppress(RequestRefused, httpx.TransportError):
            client.cancel(job_id)
        raise


def _save(client: Client, report: dict[str, Any], target: Path | None) -> Path:
    video = report["result"]["final_output"]
    target = target or Path(video["filename"])
    if target.is_dir():
        target = target / video["filename"]
    return client.download(video["url"], target)
