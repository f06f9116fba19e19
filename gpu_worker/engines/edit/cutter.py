"""Edit clips to the video of a project: frame, colours, effects, transitions, text and sound."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, PartSource, Probe, WithoutModel
from gpu_worker.media import ffmpeg, languages
from gpu_worker.media.captions import cues, lettering
from gpu_worker.media.delivery import marks
from gpu_worker.media.editing import clips, colours, following, graph, pieces, text
from gpu_worker.media.editing.colours import Tones
from gpu_worker.media.editing.graph import SceneLook
from gpu_worker.media.editing.pieces import Piece, PieceMaker
from gpu_worker.media.editing.timeline import RATE, Timeline, place
from gpu_worker.media.framing import Frame, Layer
from tasks.domain.errors import ClipMarked, InputRefused

CLIP: Final = "clip/clip.mp4"
DRAWN_PART: Final = "drawn.json"
"""Where label, text and captions lie, for `check`: they are no foreign marks."""
_TIMINGS: Final = "voice/timings.json"
_SOUND: Final = "sound/sound.wav"
_TIMELINE: Final = "sound/timeline.json"
_REFERENCE: Final = "upload/reference"
_OWN: Final = ("clip", "sample")
"""Materials that are shown as they are."""
_LEFT: Final = 0.5
"""Shortest part of an uploaded clip that is shown, in seconds, however late it begins."""
_NEEDED: Final = {"PIL": "pillow", "numpy": "numpy"}
_DRAWN, _JOINED = 0.03, 0.97


class Cutter(WithoutModel):
    """The edit stage."""

    spec = EngineSpec(
        name="cutter",
        stage="edit",
        version="4",
        kind="real",
        environments=("media", "lite"),
        licence="LGPL-2.1-or-later AND GPL-2.0-or-later",
        params=(
            *("timeline", "captions", "language", "look", "marks", "label"),
            *("width", "height"),
        ),
        files=(CLIP, _TIMINGS, _SOUND, _TIMELINE, _REFERENCE),
        uses_seed=False,
        memory_mb=1500,
        seconds=20,
    )

    def probe(self) -> Probe:
        able = ffmpeg.probe()
        return packages.probe(_NEEDED, "media") if able.ok else able

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        with TemporaryDirectory(dir=ctx.workdir) as scratch:
            return _Edit(inputs, ctx, Path(scratch)).run()


class _Edit:
    """One edit."""

    def __init__(self, inputs: Inputs, ctx: Context, scratch: Path) -> None:
        self.inputs = inputs
        self.params = inputs.params
        self.ctx = ctx
        self.scratch = scratch
        self.entries: Sequence[Mapping[str, Any]] = self.params["timeline"]
        self.frame = Frame(int(self.params["width"]), int(self.params["height"]))
        if len(inputs.scenes) != len(self.entries):
            raise InputRefused("The clips do not fit the scenes of the plan.")
        self.timeline, self.spoken = self._timeline()
        self.looks: dict[int, SceneLook] = {}
        self.encoded = 0
        """Pieces that were not there."""

    def run(self) -> Output:
        self.ctx.progress(0.0, "drawing the captions")
        said, layers, warnings = self._text()
        video, encoded = self._video(layers)
        self.ctx.progress(_JOINED, "writing the poster")
        poster = self.ctx.workdir / "poster.jpg"
        chosen = ["-t", "3", "-i", str(video), "-vf", "thumbnail=n=50", "-frames:v", "1"]
        ffmpeg.run([*chosen, "-q:v", "2", str(poster)], check=self.ctx.check)
        drawn = self.ctx.workdir / DRAWN_PART
        drawn.write_text(json.dumps([self._box(layer) for layer in layers]), "utf-8")
        parts = {"final.mp4": video, "poster.jpg": poster, DRAWN_PART: drawn}
        parts |= {path.name: path for path in encoded} | self._captions(said)
        self.ctx.progress(1.0)
        return Output(
            parts,
            {
                "duration": self.timeline.seconds,
                "width": self.frame.width,
                "height": self.frame.height,
                "scenes": len(self.entries),
                "pieces": len(encoded),
                "encoded": self.encoded,
                "warnings": warnings,
            },
        )

    def _video(self, layers: Sequence[Layer]) -> tuple[Path, list[Path]]:
        """Encode the pieces of the video that are new, and join all; return it with its pieces."""
        maker = PieceMaker(self._look, self.timeline, self.frame, self.scratch, self.ctx.check)
        done, encoded = 0.0, []
        for number, piece in enumerate(pieces.cut(self.timeline)):
            over = self._layers_of(piece, layers, number)

            def make(target: Path, piece: Piece = piece, over: Sequence[Layer] = over) -> None:
                self.encoded += 1
                maker.encode(piece, over, target, lambda at: self._report(done + at))  # noqa: B023

            path = self.ctx.cached_part(
                f"scene-{number:03}.mp4", self._sources(piece), make, self._described(piece, over)
            )
            encoded.append((path, piece))
            done += piece.seconds
            self._report(done)
        video = self.ctx.workdir / "final.mp4"
        listed = pieces.listing(encoded, self.ctx.workdir / "pieces.ffconcat")
        spoken = languages.three_letters(str(self.params["language"]))
        ffmpeg.run(
            [
                *(*listed, "-i", str(self.inputs.files[_SOUND])),
                *("-map", "0:v", "-map", "1:a", "-t", f"{self.timeline.seconds:.4f}"),
                *("-c:v", "copy", "-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
                *("-metadata:s:a:0", f"language={spoken}", "-map_metadata", "-1"),
                *("-movflags", "+faststart", str(video)),
            ],
            check=self.ctx.check,
        )
        return video, [path for path, _ in encoded]

    def _layers_of(self, piece: Piece, layers: Sequence[Layer], number: int) -> list[Layer]:
        """Return what the layers show while a piece is seen."""
        found = []
        for layer in layers:
            shown: Layer | None = layer
            if layer.strips:
                listing = layer.source.with_name(f"piece-{number}.ffconcat")
                shown = lettering.part_of(layer, piece.first, piece.frames, Fraction(RATE), listing)
            found += [] if shown is None else [shown]
        return found

    def _sources(self, piece: Piece) -> list[PartSource]:
        """Return the inputs that a piece is made of."""
        scenes = (piece.scene - 1, piece.scene) if piece.is_overlap else (piece.scene,)
        known = [_REFERENCE] if _REFERENCE in self.inputs.files else []
        return [*((scene, CLIP) for scene in scenes), *known]

    def _described(self, piece: Piece, layers: Sequence[Layer]) -> dict[str, Any]:
        """Return everything but its inputs that decides a piece."""
        scenes = self.timeline.scenes
        shown = range(max(0, piece.scene - piece.is_overlap), piece.scene + 1)
        return {
            "scenes": [self._scene_described(number) for number in shown],
            "begins": piece.first - scenes[piece.scene].first,
            "frames": piece.frames,
            "layers": [_layer_described(layer) for layer in layers],
            "look": self.params["look"],
            "size": [self.frame.width, self.frame.height],
            "marks": bool(self.params.get("marks")),
            "encoder": pieces.encoder(),
        }

    def _scene_described(self, number: int) -> dict[str, Any]:
        scenes, entry = self.timeline.scenes, self.entries[number]
        after = scenes[number + 1] if number + 1 < len(scenes) else None
        material = entry.get("material") or {}
        return {
            "frames": scenes[number].frames,
            "joins": [
                [one.transition, one.over] for one in (scenes[number], after) if one is not None
            ],
            "speed": float(entry.get("speed") or 1.0),
            "effects": list(entry.get("effects") or ()),
            "kind": material.get("kind"),
            "start": float(material.get("start") or 0.0),
        }

    def _timeline(self) -> tuple[Timeline, dict[int, tuple[float, float]]]:
        """Return the timeline that the sound follows, and where its voices are."""
        path = self.inputs.files.get(_TIMELINE)
        if path is None:
            return place(self.entries), {}
        known = json.loads(path.read_text("utf-8"))
        spoken = {int(one["scene"]): (one["at"], one["speed"]) for one in known["spoken"]}
        return Timeline.from_list(known["scenes"]), spoken

    def _look(self, number: int) -> SceneLook:
        """Look at a clip: where its subject is, and how far its colours are from the wanted."""
        if number not in self.looks:
            self.looks[number] = self._looked(number)
        return self.looks[number]

    def _looked(self, number: int) -> SceneLook:
        entry, look = self.entries[number], self.params["look"]
        strength = float(look["colour_match"])
        wanted = self._wanted() if strength > 0 else None
        clip = clips.read(self.inputs.scenes[number][CLIP])
        self._refuse_marked(number, entry, clip)
        fit = str(look["fit"])
        is_cropped = graph.is_cropped(clip, self.frame, fit)
        thumbs = clip.thumbs(self.ctx.check) if wanted or is_cropped else None
        matched = colours.matching(colours.tones(thumbs), wanted, strength) if wanted else ""
        middle = following.MIDDLE
        return SceneLook(
            clip=clip,
            path=following.follow(clip, thumbs, self.ctx.check) if is_cropped else middle,
            fit=fit,
            speed=float(entry.get("speed") or 1.0),
            start=_start(entry, clip),
            colour=matched,
            effects=tuple(entry.get("effects") or ()),
        )

    def _refuse_marked(self, number: int, entry: Mapping[str, Any], clip: clips.Clip) -> None:
        """Refuse a generated clip with a foreign logo or watermark; people may show their own."""
        material = entry.get("material") or {}
        if not self.params.get("marks") or material.get("kind") in _OWN or clip.is_picture:
            return
        size = clip.width, clip.height
        mark = marks.find(marks.frames_of(clip.path, size, marks.CLIP_RATE, self.ctx.check))
        if mark is not None:
            raise ClipMarked(
                f"The clip of scene {number + 1} shows a foreign logo or watermark {mark.place}. "
                "Choose a model or a plan of its provider without one.",
                scene=number,
                mark=asdict(mark),
            )

    def _wanted(self) -> Tones | None:
        reference = self.inputs.files.get(_REFERENCE)
        return colours.of_picture(reference) if reference else None

    def _text(self) -> tuple[list[cues.Cue], list[Layer], list[str]]:
        timings = {
            number: files[_TIMINGS]
            for number, files in enumerate(self.inputs.scenes)
            if _TIMINGS in files and self.entries[number]["line"]
        }
        said = text.captions(self.entries, timings, self.timeline, self.spoken)
        shown = text.texts(self.entries, self.timeline)
        style, language = str(self.params["captions"]), str(self.params["language"])
        label = bool(self.params.get("label"))
        layers, warnings = text.layers(
            *(said, shown, self.frame, self.scratch),
            style=style,
            language=language,
            label=label,
        )
        if label:
            layers.append(lettering.label(self.frame, self.scratch))
        return said, layers, warnings

    def _box(self, layer: Layer) -> tuple[float, ...]:
        """Return where a layer lies: left, top, right and bottom, in shares of the picture."""
        from PIL import Image

        alone = layer.source.suffix == ".png"
        strip = layer.source if alone else layer.source.with_name(lettering.NOTHING)
        with Image.open(strip) as picture:
            right, bottom = layer.left + picture.width, layer.top + picture.height
        across, down = self.frame.width, self.frame.height
        edges = (layer.left / across, layer.top / down, right / across, bottom / down)
        return tuple(round(edge, 4) for edge in edges)

    def _report(self, seconds: float) -> None:
        share = min(1.0, seconds / self.timeline.seconds)
        self.ctx.progress(_DRAWN + (_JOINED - _DRAWN) * share, "encoding the scenes")

    def _captions(self, said: Sequence[cues.Cue]) -> dict[str, Path]:
        if not said:
            return {}
        language = languages.tag(str(self.params["language"]))
        written = {"captions.srt": cues.srt(said), "captions.vtt": cues.vtt(said, language)}
        for name, content in written.items():
            (self.ctx.workdir / name).write_text(content, "utf-8")
        return {name: self.ctx.workdir / name for name in written}


def _layer_described(layer: Layer) -> list[Any]:
    """Return what a layer shows, by the content of its pictures."""
    strips = layer.strips or ((layer.source.name, 0),)
    pictures = {name: _digest(layer.source.with_name(name)) for name, _ in strips}
    return [layer.left, layer.top, [[pictures[name], frames] for name, frames in strips]]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _start(entry: Mapping[str, Any], clip: clips.Clip) -> float:
    """Return the second from which a clip is shown: people may choose one for their own."""
    material = entry.get("material") or {}
    if material.get("kind") != "clip" or clip.is_picture:
        return 0.0
    return max(0.0, min(float(material.get("start") or 0.0), clip.seconds - _LEFT))


ENGINE = Cutter
