"""Edit clips to the video of a project: frame, colours, effects, transitions, text and sound."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gpu_worker import packages
from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg, languages
from gpu_worker.media.captions import cues, lettering
from gpu_worker.media.delivery import marks
from gpu_worker.media.editing import clips, colours, following, graph, text
from gpu_worker.media.editing.colours import Tones
from gpu_worker.media.editing.graph import SceneLook
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
"""Seconds of an own clip that are shown at least, however late it shall begin."""
_NEEDED: Final = {"PIL": "pillow", "numpy": "numpy"}
_LOOKED, _JOINED = 0.2, 0.97
_X264: Final = "mbtree=1:rc-lookahead=10"
"""What `superfast` lacks for still grounds: the size of `veryfast` in five eighths of its time."""


class Cutter(WithoutModel):
    """The edit stage."""

    spec = EngineSpec(
        name="cutter",
        stage="edit",
        version="2",
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
        ctx.progress(0.0, "looking at the clips")
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

    def run(self) -> Output:
        looks = self._looks()
        self.ctx.progress(_LOOKED, "drawing the captions")
        said, layers, warnings = self._text()
        final, poster = self.ctx.workdir / "final.mp4", self.ctx.workdir / "poster.jpg"
        ffmpeg.run(
            self._command(looks, layers, final),
            check=self.ctx.check,
            on_seconds=self._report,
        )
        self.ctx.progress(_JOINED, "writing the poster")
        chosen = ["-t", "3", "-i", str(final), "-vf", "thumbnail=n=50", "-frames:v", "1"]
        ffmpeg.run([*chosen, "-q:v", "2", str(poster)], check=self.ctx.check)
        drawn = self.ctx.workdir / DRAWN_PART
        drawn.write_text(json.dumps([self._box(layer) for layer in layers]), "utf-8")
        parts = {"final.mp4": final, "poster.jpg": poster, DRAWN_PART: drawn}
        parts |= self._captions(said)
        self.ctx.progress(1.0)
        return Output(
            parts,
            {
                "duration": self.timeline.seconds,
                "width": self.frame.width,
                "height": self.frame.height,
                "scenes": len(looks),
                "warnings": warnings,
            },
        )

    def _timeline(self) -> tuple[Timeline, dict[int, tuple[float, float]]]:
        """Return the timeline that the sound follows, and where its voices are."""
        path = self.inputs.files.get(_TIMELINE)
        if path is None:
            return place(self.entries), {}
        known = json.loads(path.read_text("utf-8"))
        spoken = {int(one["scene"]): (one["at"], one["speed"]) for one in known["spoken"]}
        return Timeline.from_list(known["scenes"]), spoken

    def _looks(self) -> list[SceneLook]:
        """Look at each clip: where its subject is, and how far its colours are from the wanted."""
        found = []
        look = self.params["look"]
        wanted = self._wanted()
        strength = float(look["colour_match"]) if wanted else 0.0
        for number, (entry, files) in enumerate(zip(self.entries, self.inputs.scenes, strict=True)):
            clip = clips.read(files[CLIP])
            self._refuse_marked(number, entry, clip)
            thumbs = clip.thumbs(self.ctx.check)
            matched = colours.matching(colours.tones(thumbs), wanted, strength) if wanted else ""
            found.append(
                SceneLook(
                    clip=clip,
                    path=following.follow(clip, thumbs, self.ctx.check),
                    fit=str(look["fit"]),
                    speed=float(entry.get("speed") or 1.0),
                    start=_start(entry, clip),
                    colour=matched,
                    effects=tuple(entry.get("effects") or ()),
                )
            )
            self.ctx.progress(_LOOKED * (number + 1) / len(self.entries), "looking at the clips")
        return found

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

    def _command(
        self, looks: Sequence[SceneLook], layers: Sequence[Layer], target: Path
    ) -> list[str]:
        """Return ffmpeg's arguments, which decode every clip and encode the video once."""
        arguments: list[str] = []
        for look in looks:
            still = ["-loop", "0"] if look.clip.is_picture else []
            arguments += [*ffmpeg.UNTRUSTED, *still, "-i", str(look.clip.path)]
        parts = [graph.graph(looks, self.timeline, self.frame)]
        shown = "[joined]"
        for number, layer in enumerate(layers):
            for name, value in layer.options.items():
                arguments += [f"-{name}", str(value)]
            arguments += ["-i", str(layer.source)]
            place_of = f"x={layer.left}:y={layer.top}"
            parts.append(f"[{len(looks) + number}:v]format=yuva420p[l{number}]")
            parts.append(f"{shown}[l{number}]overlay={place_of}[o{number}]")
            shown = f"[o{number}]"
        tags = "colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
        parts.append(
            f"{shown}trim=end_frame={self.timeline.frames},format=yuv420p,setparams={tags}[out]"
        )
        sound = len(looks) + len(layers)
        spoken = languages.three_letters(str(self.params["language"]))
        return [
            *(*arguments, "-i", str(self.inputs.files[_SOUND])),
            *("-filter_complex", ";".join(parts), "-map", "[out]", "-map", f"{sound}:a"),
            *("-t", f"{self.timeline.seconds:.4f}", "-r", str(RATE), "-c:v", "libx264"),
            *("-preset", "superfast", "-crf", "19", "-x264-params", _X264, "-g", str(2 * RATE)),
            *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
            *("-metadata:s:a:0", f"language={spoken}", "-map_metadata", "-1"),
            *("-movflags", "+faststart", str(target)),
        ]

    def _report(self, seconds: float) -> None:
        share = min(1.0, seconds / self.timeline.seconds)
        self.ctx.progress(_LOOKED + (_JOINED - _LOOKED) * share, "joining the scenes")

    def _captions(self, said: Sequence[cues.Cue]) -> dict[str, Path]:
        if not said:
            return {}
        language = languages.tag(str(self.params["language"]))
        written = {"captions.srt": cues.srt(said), "captions.vtt": cues.vtt(said, language)}
        for name, content in written.items():
            (self.ctx.workdir / name).write_text(content, "utf-8")
        return {name: self.ctx.workdir / name for name in written}


def _start(entry: Mapping[str, Any], clip: clips.Clip) -> float:
    """Return the second from which a clip is shown: people may choose one for their own."""
    material = entry.get("material") or {}
    if material.get("kind") != "clip" or clip.is_picture:
        return 0.0
    return max(0.0, min(float(material.get("start") or 0.0), clip.seconds - _LEFT))


ENGINE = Cutter
