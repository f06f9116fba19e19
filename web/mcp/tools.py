"""The six tools: what an agent needs to make a video, and nothing else."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from web.mcp import arguments
from web.mcp.rest import Refused, Rest

FEWEST_SECONDS, MOST_SECONDS = 2, 30
"""Between two looks at a job."""
KEPT_SESSIONS: Final = 1000
LISTED_UPLOADS: Final = 50
_ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})
_SESSION_GONE: Final = frozenset({"SESSION_NOT_FOUND", "SESSION_EXPIRED"})
_REPORTED: Final = (
    *("job_id", "session_id", "state", "progress_percent", "eta_seconds", "eta_range"),
    *("queue_position", "estimated_start", "waiting_for", "cancel_requested", "error"),
    *("warnings", "title", "created_at", "started_at", "finished_at", "expires_at"),
)

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one server."""

    public_url: str
    """What addresses of videos begin with."""
    _sessions: OrderedDict[bytes, str] = field(default_factory=OrderedDict)
    """The session that each key's jobs start in, so that a repeated start finds its job."""

    async def capabilities(self, api: Rest, _: Arguments) -> dict[str, Any]:
        found = await api.get("/capabilities")
        voices = (await api.get("/voices"))["voices"]
        uploads = (await api.get("/api/uploads", limit=LISTED_UPLOADS))["uploads"]
        names = ("current_mode", "modes", "production_readiness", "time_estimates", "billing")
        return {
            **{name: found[name] for name in names if name in found},
            "stages": [
                {"stage": stage["stage"], "engines": stage["now"]} for stage in found["stages"]
            ],
            "voices": [
                {name: voice.get(name) for name in ("id", "language", "gender", "style")}
                for voice in voices
            ],
            "uploads": [
                {name: upload.get(name) for name in ("upload_id", "kind", "title", "created_at")}
                for upload in uploads
            ],
        }

    async def plan(self, api: Rest, given: Arguments) -> dict[str, Any]:
        return await api.post("/process/estimate", given)

    async def estimate(self, api: Rest, given: Arguments) -> dict[str, Any]:
        found = await api.post("/api/estimate", given)
        found["job"].pop("plan", None)  # `plan` is there for it
        return found

    async def start(self, api: Rest, given: Arguments) -> dict[str, Any]:
        sent = dict(given)
        quote = sent["quote_id"]
        if not isinstance(quote, str) or not quote:
            raise arguments.invalid({"quote_id": "Call `estimate` first, and send its quote_id."})
        if not {"session_id", "face_upload_id", "face_image_id"} & set(sent):
            message = "Name an upload of `capabilities`, or the session with the uploads."
            raise arguments.invalid({"face_upload_id": message})
        headers = {"Idempotency-Key": hashlib.sha256(quote.encode(errors="replace")).hexdigest()}
        if "session_id" in sent:
            started = await api.post("/process/start", sent, headers)
        else:
            started = await self._start_in_own_session(api, sent, headers)
        return {
            **{name: started[name] for name in ("job_id", "session_id", "state", "warnings")},
            "poll_after_seconds": FEWEST_SECONDS,
        }

    async def status(self, api: Rest, given: Arguments) -> dict[str, Any]:
        job = await api.get(f"/api/jobs/{arguments.job_id(given)}")
        return self._report(job) | {"video": await self._video(api, job)}

    async def cancel(self, api: Rest, given: Arguments) -> dict[str, Any]:
        return self._report(await api.post(f"/process/{arguments.job_id(given)}/cancel", {}))

    async def _start_in_own_session(
        self, api: Rest, sent: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any]:
        """Start in the session of the key; open another one where it has ended."""
        key = hashlib.sha256(api.key.encode()).digest()
        known = self._sessions.get(key)
        if known is not None:
            try:
                return await api.post("/process/start", sent | {"session_id": known}, headers)
            except Refused as refused:
                if refused.problem.get("error_code") not in _SESSION_GONE:
                    raise
        session_id = (await api.post("/session/create", {}))["session_id"]
        self._sessions[key] = session_id
        self._sessions.move_to_end(key)
        while len(self._sessions) > KEPT_SESSIONS:
            self._sessions.popitem(last=False)
        return await api.post("/process/start", sent | {"session_id": session_id}, headers)

    async def _video(self, api: Rest, job: dict[str, Any]) -> dict[str, Any] | None:
        """Return the finished video with a signed link, which opens it without a key."""
        final = (job.get("result") or {}).get("final_output")
        if not final:
            return None
        for file in (await api.get(f"/outputs/{job['session_id']}"))["outputs"]:
            if file["filename"] == final["filename"]:
                known = {name: file[name] for name in ("filename", "bytes", "media_type")}
                return known | {"url": f"{self.public_url}{file['signed_url']}"}
        return None

    @staticmethod
    def _report(job: dict[str, Any]) -> dict[str, Any]:
        result = job.get("result") or {}
        return {
            **{name: job.get(name) for name in _REPORTED},
            "simulated": result.get("simulated"),
            "voice_match": result.get("voice_match"),
            "poll_after_seconds": _poll_after(job),
        }


def _poll_after(job: Mapping[str, Any]) -> int | None:
    """Return when to look again: a tenth of the remaining time, within limits."""
    if job["state"] in _ENDED:
        return None
    return round(min(max((job.get("eta_seconds") or 0) / 10, FEWEST_SECONDS), MOST_SECONDS))


@dataclass(frozen=True, slots=True)
class Declared:
    """A tool as agents see it."""

    name: str
    title: str
    description: str
    schema: dict[str, Any]
    run: Callable[[Tools, Rest, Arguments], Awaitable[dict[str, Any]]]
    read_only: bool = True
    destructive: bool = False


DECLARED: Final = (
    Declared(
        "capabilities",
        "What can be made",
        "List what this server can make now: modes, engines by stage, voices, and your uploaded "
        "pictures and recordings with the ids that `start` takes.",
        arguments.NOTHING,
        Tools.capabilities,
    ),
    Declared(
        "plan",
        "Plan a video",
        "Show scenes, steps, engines and the expected duration of a video. Starts and costs "
        "nothing. Give exactly one of `script` and `topic`.",
        arguments.ESTIMATED,
        Tools.plan,
    ),
    Declared(
        "estimate",
        "Get a quote",
        "Estimate a video in credits: `p50` is likely, `p90` is the most that it can cost. Returns "
        "a `quote_id`, valid for 15 minutes, that `start` needs with the same options. Show the "
        "cost to your user before you start.",
        arguments.ESTIMATED,
        Tools.estimate,
    ),
    Declared(
        "start",
        "Start a video",
        "Start a video with a quote of `estimate` and the same options; costs credits, at most "
        "`p90`, within the budget of the API key. Returns a `job_id`: call `status` with it after "
        "`poll_after_seconds`.",
        arguments.STARTED,
        Tools.start,
        read_only=False,
    ),
    Declared(
        "status",
        "Get a job",
        "Get state, progress and, at the end, the address of the video. Call again after "
        "`poll_after_seconds`; null means that the job has ended.",
        arguments.JOB,
        Tools.status,
    ),
    Declared(
        "cancel",
        "Cancel a job",
        "Cancel a job that has not ended. What has been computed until then is charged.",
        arguments.JOB,
        Tools.cancel,
        read_only=False,
        destructive=True,
    ),
)
