"""Mix voices and music with ffmpeg's own filters: no effects, and no bed beside a soft chord."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gpu_worker.engine import Context, EngineSpec, Inputs, Output, Probe, WithoutModel
from gpu_worker.media import ffmpeg

RATE: Final = 48_000
_FORMAT: Final = f"aresample={RATE},aformat=sample_fmts=fltp:channel_layouts=stereo"
_CHORD: Final = (220.0, 277.18, 329.63)


class Plain(WithoutModel):
    """The sound stage where the mixer cannot run."""

    spec = EngineSpec(
        name="plain",
        stage="sound",
        version="1",
        kind="lite",
        environments=("media", "lite"),
        licence="Apache-2.0",
        params=("timeline", "music", "mix"),
        files=("voice/speech.wav", "upload/music"),
        uses_seed=False,
        memory_mb=300,
        seconds=3,
    )

    def probe(self) -> Probe:
        return ffmpeg.probe()

    def run(self, inputs: Inputs, ctx: Context) -> Output:
        ctx.progress(0.0, "mixing the sound")
        mix = _Mix(inputs)
        target = ctx.workdir / "sound.wav"
        ffmpeg.run([*mix.command(), str(target)], check=ctx.check)
        ctx.progress(1.0)
        return Output({"sound.wav": target}, {"seconds": mix.seconds, "music": mix.music})


class _Mix:
    """The inputs and the filters of one mix."""

    def __init__(self, inputs: Inputs) -> None:
        timeline = inputs.params["timeline"]
        last = timeline[-1]
        self.seconds = float(last["start"]) + float(last["seconds"])
        self._mix: Mapping[str, Any] = inputs.params["mix"]
        spoken = [entry for entry in timeline if entry["line"]]
        self._voices = [
            (files["voice/speech.wav"], float(entry["start"]))
            for entry, files in zip(spoken, inputs.scenes, strict=True)
        ]
        self._upload: Path | None = inputs.files.get("upload/music")
        source = inputs.params["music"]["source"]
        self.music = "upload" if self._upload else ("none" if source == "none" else "chord")

    def command(self) -> list[str]:
        arguments = ["-f", "lavfi", "-i", f"anullsrc=r={RATE}:cl=stereo"]
        filters = [f"[0:a]atrim=end={self.seconds:.3f}[base]"]
        labels = ["[base]"]
        for path, start in self._voices:
            number = len(labels)
            arguments += [*ffmpeg.UNTRUSTED, "-i", str(path)]
            delay = round(1000 * start)
            volume = float(self._mix["voice"])
            filters.append(
                f"[{number}:a]{_FORMAT},volume={volume:.3f},adelay={delay}:all=1[v{number}]"
            )
            labels.append(f"[v{number}]")
        bed, more = self._bed(len(labels))
        arguments += more
        if bed:
            filters.append(bed)
            labels.append("[bed]")
        filters.append(
            f"{''.join(labels)}amix=inputs={len(labels)}:duration=first:normalize=0,"
            f"loudnorm=I=-16:TP=-1.5:LRA=11,aresample={RATE},atrim=end={self.seconds:.3f}[out]"
        )
        arguments += ["-filter_complex", ";".join(filters), "-map", "[out]"]
        return [*arguments, "-c:a", "pcm_s16le", "-ar", str(RATE)]

    def _bed(self, number: int) -> tuple[str, list[str]]:
        """Return the filter of the music, and the input that it needs."""
        volume = float(self._mix["music"])
        if self._voices and self._mix["ducking"]:
            volume *= 0.5
        if self._upload is not None:
            source = ["-stream_loop", "-1", *ffmpeg.UNTRUSTED, "-i", str(self._upload)]
        elif self.music == "chord":
            tones = "+".join(f"sin(2*PI*{tone}*t)" for tone in _CHORD)
            source = ["-f", "lavfi", "-i", f"aevalsrc='0.05*({tones})':s={RATE}"]
        else:
            return "", []
        end = max(self.seconds - 1.5, 0.0)
        shape = f"atrim=end={self.seconds:.3f},afade=t=in:d=1,afade=t=out:st={end:.3f}:d=1.5"
        return f"[{number}:a]{_FORMAT},volume={volume:.3f},{shape}[bed]", source


ENGINE = Plain
