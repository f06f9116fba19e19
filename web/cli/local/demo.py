"""`make demo`: one video from start to end, using only the public API."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path

import httpx
from rich.console import Console
from socketio.exceptions import ConnectionError as NoConnection

from config import private_files
from config.installation import ROOT
from tasks.domain.events import EventType
from web.cli.local.client import Client, Live, RequestRefused, live
from web.cli.local.display import make_display, times
from web.cli.local.job_view import JobView, follow
from web.cli.local.local_system import NotStarted, System, last_log_lines

SCRIPT = (
    "A call sheet tells everyone on a film set where to be, and when. "
    "Callsheet does the same for machines. "
    "One writes the words, one speaks them, one moves the face, and you get the film."
)

SILENCE_SECONDS = 300.0
"""After this long without an event, the job is checked and then given up."""


OF_THE_PAGE = tuple(
    ROOT / "web" / folder / "sample" / "face.jpg" for folder in ("static", "studio/public")
)
"""The same portrait, for the environment of the control plane."""


class DemoFailed(Exception):
    """The video could not be made; the message says why."""


def portrait() -> Path:
    """Return the portrait: Eileen Collins, NASA (public domain), from scikit-image or the page."""
    package = importlib.util.find_spec(
        "skimage"
    )  # located, not imported, as the control plane has no numpy
    folders = (package.submodule_search_locations or ()) if package else ()
    return first_portrait([*(Path(one, "data", "astronaut.png") for one in folders), *OF_THE_PAGE])


def first_portrait(places: Iterable[Path]) -> Path:
    """Return the first picture that is there."""
    for picture in places:
        if picture.exists():
            return picture
    raise DemoFailed("The demo portrait is missing. Install scikit-image.")


@private_files.owner_only()
def make_video(system: System, console: Console) -> Path:
    """Submit a job, show it, save the video and return its path."""
    try:
        with Client(system.url) as client:
            session_id = _session(client, system.state.directory / "demo-session")
            client.upload_face(session_id, portrait())
            with live(system.url, session_id) as events:
                job_id = client.start(session_id, script=SCRIPT)
                view = _watch(system, client, events, job_id, console)
            return _finish(system, client, view, console)
    except RequestRefused as answer:
        raise DemoFailed(str(answer)) from None
    except (httpx.TransportError, NoConnection) as error:
        raise DemoFailed(f"The server at {system.url} was lost: {error}.") from None


def _session(client: Client, place: Path) -> str:
    """Reuse the session of the last demo if it is active, as servers limit sessions."""
    if place.exists():
        known = place.read_text()
        try:
            client.session(known)
        except RequestRefused:
            pass
        else:
            return known
    created = client.create_session("demo")
    place.write_text(created)
    return created


def _watch(system: System, client: Client, events: Live, job_id: str, console: Console) -> JobView:
    view = JobView(job_id)

    def look_around(silence: float) -> bool:
        if not system.manager.alive():
            raise NotStarted(last_log_lines(system.manager.processes()))
        if silence >= SILENCE_SECONDS:
            state = client.job(job_id)["state"]
            raise DemoFailed(f"No event for {silence:.0f} s; the job is {state}.")
        return False

    with make_display(console, view) as shown:
        follow(events, view, lambda _event: shown.show(view), look_around)
    return view


def _finish(system: System, client: Client, view: JobView, console: Console) -> Path:
    if view.end != EventType.PIPELINE_COMPLETED:
        failed = ", ".join(row.stage for row in view.rows.values() if row.state == "failed")
        where = f"The stage {failed} failed. " if failed else ""
        raise DemoFailed(f"{where}{view.message}\nThe logs are in {system.state.logs}.")
    video = view.details["final_output"]
    saved = client.download(video["url"], system.state.videos / video["filename"])
    console.print()
    console.print(times(view))
    console.print()
    console.print(f"Saved [bold]{saved}[/] ({saved.stat().st_size / 1e6:.1f} MB)", soft_wrap=True)
    return saved
