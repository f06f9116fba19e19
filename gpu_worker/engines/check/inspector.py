"""Check the video of a project, and sign it; one that fails is refused with reasons."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from config.settings import current
from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.engines.check.findings import PIECES, Findings
from gpu_worker.media import faces, ffmpeg
from gpu_worker.media.delivery import faults, measuring, mouths, scenes
from gpu_worker.media.delivery.marks import Box
from gpu_worker.media.delivery.measuring import Boundary, Decoded, Expected, Measured
from gpu_worker.media.delivery.mouths import Speech
from gpu_worker.media.delivery.scenes import Shown, Video
from gpu_worker.media.editing.timeline import RATE, Timeline, place
from gpu_worker.media.signing import certificate, provenance
from tasks.domain.errors import InputRefused
from tasks.domain.fingerprint import FINGERPRINT
from tasks.domain.hosted import STAGE as CLIP_STAGE

_CLIP: Final = "clip/clip.mp4"
_PARTS: Final = ("poster.jpg", "captions.srt", "captions.vtt")
_TIMELINE: Final = "sound/timeline.json"
_SOUND: Final = "sound/sound.wav"
_VIDEO: Final = "edit/final.mp4"
_DRAWN: Final = "edit/drawn.json"
REPORT_PART: Final = "check.json"
_NEEDED: Final = {
    "numpy": "numpy",
    "PIL": "pillow",
    "c2pa": "c2pa-python",
    "cryptography": "cryptography",
}
_CHECKED: Final = (
    *("size", "shape", "hdr", "format", "length", "black", "frozen", "scenes", "mark"),
    *("silence", "loudness", "offset"),
)


class Inspector(WithoutModel):
    """The check stage."""

    spec = EngineSpec(
        name="inspector",
        stage="check",
        version="3",
        kind="real",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("timeline", "look", "engines", "label", "width", "height"),
        files=(
            *(_VIDEO, _DRAWN, *(f"edit/{part}" for part in _PARTS), _TIMELINE, _SOUND, _CLIP),
            *(f"edit/{part}" for part in PIECES),
        ),
        uses_seed=False,
        memory_mb=700,
        seconds=8,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe(_NEEDED, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "checking the video")
        with TemporaryDirectory(dir=ctx.workdir) as scratch:
            return _Check(inputs, ctx, Path(scratch)).run()


class _Check:
    """One check."""

    def __init__(self, inputs: Inputs, ctx: Context, scratch: Path) -> None:
        self.inputs = inputs
        self.params = inputs.params
        self.ctx = ctx
        self.scratch = scratch
        self.entries: Sequence[Mapping[str, Any]] = self.params["timeline"]
        self.mixed: dict[str, Any] | None = None
        if _TIMELINE in inputs.files:
            self.mixed = json.loads(inputs.files[_TIMELINE].read_text("utf-8"))
        self.timeline = (
            place(self.entries) if self.mixed is None else Timeline.from_list(self.mixed["scenes"])
        )

        self.findings = Findings(inputs, ctx, self.timeline, scratch)

    def run(self) -> Output:
        origin = provenance.Origin(self._engines())
        tagged = self.scratch / "tagged.mp4"
        tags = provenance.metadata(origin)
        words = [word for tag in tags.items() for word in ("-metadata", "=".join(tag))]
        kept = ["-map", "0", "-c", "copy", *words, "-movflags", "+faststart"]
        ffmpeg.run(["-i", str(self.inputs.files[_VIDEO]), *kept, str(tagged)], check=self.ctx.check)
        measured, decoded = self._measured(tagged)
        self.ctx.progress(0.9, "signing the video")
        return self._delivered(tagged, origin, measured, decoded)

    def _engines(self) -> list[dict[str, str]]:
        """Return the engines that made the video: those of its job, and the models of its clips."""
        found = [dict(one) for one in self.params.get("engines") or ()]
        for entry, files in zip(self.entries, self.inputs.scenes, strict=False):
            if (entry.get("material") or {}).get("kind") == "clip" or _CLIP not in files:
                continue
            made = provenance.verify(files[_CLIP]).get("engines", ())
            found += [one for one in made if one["stage"] == CLIP_STAGE and one not in found]
        return found

    def _measured(self, path: Path) -> tuple[Measured, Decoded]:
        """Measure the video as it will be delivered; raise `InputRefused` with every fault."""
        expected = self._expected()
        streams, decoded = self.findings.decode(path)
        self.ctx.progress(0.5, "comparing the scenes with their clips")
        measured = measuring.measure(
            streams, decoded, expected, self.ctx.check, self.inputs.files.get(_SOUND)
        )
        if measured.width:
            seen = Video(decoded.greys, decoded.rate, expected.drawn)
            shown = self._shown()
            measured = replace(
                measured,
                misplaced=scenes.misplaced(seen, shown, self.ctx.check, self._likeness),
                still_mouths=self._still_mouths(path, measured),
            )
        found = faults.faults(measured, expected)
        if found:
            raise InputRefused(
                f"The finished video was not delivered: {'; '.join(one.reason for one in found)}.",
                faults=[one.code for one in found],
                measured=measured.to_dict(),
            )
        return measured, decoded

    def _likeness(self, number: int, compute: Callable[[], float | None]) -> float | None:
        """Return how much a scene is like its clip: what was found before, or is computed now."""
        shown, placed = self._shown()[number], self.timeline.scenes[number]
        how = {
            "shown": [round(at - placed.start, 4) for at in (shown.start, shown.end)],
            "clip": [shown.clip_start, shown.speed, shown.fit],
            "drawn": self._drawn(),
        }
        return self.findings.likeness(number, [(number, _CLIP)], how, compute)

    def _expected(self) -> Expected:
        boundaries = (
            Boundary(at, scene.transition, scene.over / RATE)
            for at, scene in zip(self.timeline.boundaries, self.timeline.scenes[1:], strict=True)
        )
        return Expected(
            int(self.params["width"]),
            int(self.params["height"]),
            self.timeline.seconds,
            tuple(boundaries),
            silent=bool((self.mixed or {}).get("silent")),
            drawn=self._drawn(),
        )

    def _drawn(self) -> tuple[Box, ...]:
        """Return where the edit has drawn label, text and captions, which are no foreign marks."""
        path = self.inputs.files.get(_DRAWN)
        boxes = json.loads(path.read_text("utf-8")) if path is not None else ()
        return tuple((box[0], box[1], box[2], box[3]) for box in boxes)

    def _shown(self) -> list[Shown]:
        """Return how each clip is shown, between its transitions."""
        found = []
        placed = self.timeline.scenes
        for number, (entry, files) in enumerate(
            zip(self.entries, self.inputs.scenes, strict=False)
        ):
            after = placed[number + 1] if number + 1 < len(placed) else None
            begins = placed[number].start + placed[number].over / RATE
            ends = placed[number].start + placed[number].seconds
            ends -= after.over / RATE if after is not None else 0.0
            material = entry.get("material") or {}
            own = material.get("kind") == "clip"
            speed = float(entry.get("speed") or 1.0)
            found.append(
                Shown(
                    clip=files[_CLIP],
                    start=begins,
                    end=max(begins, ends),
                    speed=speed,
                    clip_start=float(material.get("start") or 0.0) * own
                    + speed * placed[number].over / RATE,
                    fit=str((self.params.get("look") or {}).get("fit", "crop")),
                )
            )
        return found

    def _still_mouths(self, path: Path, measured: Measured) -> tuple[int, ...]:
        """Return the scenes with a character that is heard and does not move its mouth."""
        if self.mixed is None or not faces.is_installed():
            return ()
        spoken = [
            Speech(int(one["scene"]), float(one["at"]), float(one["seconds"]))
            for one in self.mixed["spoken"]
            if self.entries[int(one["scene"])].get("character")
        ]
        return mouths.still(path, (measured.width, measured.height), spoken, self.ctx.check)

    def _delivered(
        self, path: Path, origin: provenance.Origin, measured: Measured, decoded: Decoded
    ) -> Output:
        workdir = self.ctx.workdir
        noted = faults.warnings(measured)
        content = {**measured.to_dict(), "faults": [], "warnings": noted}
        (workdir / REPORT_PART).write_text(json.dumps(content, sort_keys=True), "utf-8")
        fingerprint = decoded.samples.fingerprint().to_json()
        (workdir / FINGERPRINT).write_text(fingerprint, "utf-8")
        parts = {name: workdir / name for name in (REPORT_PART, FINGERPRINT)}
        parts |= self.findings.kept
        for name in _PARTS:
            source = self.inputs.files.get(f"edit/{name}")
            if source is not None:
                parts[name] = Path(shutil.copyfile(source, workdir / name))
        if "poster.jpg" in parts:
            provenance.mark_picture(parts["poster.jpg"])
        identity = certificate.chosen(current().c2pa_cert, current().c2pa_key)
        clips = [files[_CLIP] for files in self.inputs.scenes if _CLIP in files]
        provenance.mark_video(path)
        parts["final.mp4"] = workdir / "final.mp4"
        provenance.sign(path, parts["final.mp4"], origin, identity, clips)
        self.ctx.progress(1.0)
        models = [one["name"] for one in origin.engines if one["stage"] == CLIP_STAGE]
        facts = self._facts(measured, identity, noted) | {"clip_models": models}
        return Output(parts, facts)

    def _facts(
        self, measured: Measured, identity: certificate.Identity, noted: Sequence[str]
    ) -> dict[str, Any]:
        sees_mouths = faces.is_installed()
        return {
            "duration": measured.seconds,
            "width": measured.width,
            "height": measured.height,
            "loudness": measured.loudness,
            "warnings": list(noted),
            "checked": [*_CHECKED, *(("mouths",) if sees_mouths else ())],
            "label": bool(self.params.get("label")),
            "signed_by": "self-made" if identity is certificate.self_made() else "operator",
        }


ENGINE = Inspector
