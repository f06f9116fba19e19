"""XTTS with a tiny model of random weights: loading, learning a voice, streaming, stopping."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import settings
from gpu_worker.engine import Inputs, Output, PartSource, Weight
from gpu_worker.engines.voice import xtts
from gpu_worker.execution.derived_cache import DerivedCache
from gpu_worker.models import catalog
from tasks.domain.artifact import Artifact, digest
from tasks.domain.errors import Cancelled, EngineBroken
from tasks.domain.step_inputs import Resolved
from tasks.store.artifacts import Artifacts
from tests.gpu_worker.engines.conformance import Case
from tests.gpu_worker.engines.films import run
from tests.gpu_worker.engines.torch.suite import checks
from tests.gpu_worker.engines.voices import heard, scene
from tests.gpu_worker.engines.workbench import Workbench
from tests.tasks.domain.plans import simple_plan

needs_coqui = pytest.mark.skipif(
    importlib.util.find_spec("TTS") is None, reason="coqui-tts is not here"
)
pytestmark = [
    needs_coqui,
    # What coqui-tts and transformers warn of is theirs.
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(1200),
]

SMALL = {
    "gpt_layers": 2,
    "gpt_n_model_channels": 64,
    "gpt_n_heads": 4,
    "gpt_max_audio_tokens": 16,
    "gpt_max_text_tokens": 128,
    "gpt_num_audio_tokens": 66,
    "gpt_start_audio_token": 64,
    "gpt_stop_audio_token": 65,
    "gpt_use_perceiver_resampler": True,
    "decoder_input_dim": 64,
    "d_vector_dim": 512,
}
FULL = {
    "gpt_num_audio_tokens": 1026,
    "gpt_start_audio_token": 1024,
    "gpt_stop_audio_token": 1025,
    "gpt_use_perceiver_resampler": True,
}
"""As published."""
TEXT = "Hello there. And goodbye."
LONG = " ".join(["The bees dance in the dark, and the others follow them out to the flowers."] * 3)
SAID = {
    "ar": "كان هناك 50 جنديا.",
    "cs": "Dne 21. listopadu tam bylo 50 vojáků.",
    "de": "Es gab 50 Soldaten, Dr. Müller.",
    "en": "There were 50 soldiers, Dr. Smith.",
    "es": "Había 50 soldados, Sr. García.",
    "fr": "Il y avait 50 soldats, M. Dupont.",
    "hi": "50 सैनिक थे।",
    "hu": "50 katona volt, Dr. Szabó.",
    "it": "C'erano 50 soldati, Sig. Rossi.",
    "ja": "兵士は50人いました。",
    "ko": "50 명의 병사가 있었다.",
    "nl": "Er waren 50 soldaten, Dhr. Jansen.",
    "pl": "Było 50 żołnierzy.",
    "pt": "Havia 50 soldados, Sr. Silva.",
    "ru": "Там было 50 солдат, Г-н Иванов.",
    "tr": "50 asker vardı, Dr. Ayşe.",
    "zh": "有50名士兵。",
}
FILES = ("model.pth", "config.json", "vocab.json", "speakers_xtts.pth")


def tiny_model() -> catalog.Model:
    """The catalogue's entry without the sizes of the real files."""
    files = tuple(Weight(name, "0" * 64, 0) for name in FILES)
    return replace(catalog.MODELS["xtts"], files=files)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A model of 23 million random numbers, where the catalogue looks for the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_DEVICE", "cpu")
        with untaught(tmp_path_factory.mktemp("models"), SMALL) as folder:
            yield folder


@contextmanager
def able(home: Path, size: dict[str, Any]) -> Iterator[bool]:
    """The published model of this machine, where full size is asked for and it is here; whether
    that is so. Else one of that size."""
    if size is FULL and xtts.ENGINE().probe().ok:
        yield True
        return
    with untaught(home, size):
        yield False


@contextmanager
def untaught(home: Path, size: dict[str, Any]) -> Iterator[Path]:
    stand_in = tiny_model()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELS_DIR", str(home))
        patch.setattr(xtts, "_MODEL", stand_in)
        patch.setenv("COQUI_TOS_AGREED", "1")
        settings.current.cache_clear()
        make(stand_in.folder, size)
        yield stand_in.folder
    settings.current.cache_clear()


def make(folder: Path, size: dict[str, Any]) -> None:
    from gpu_worker.speech import xtts_model

    xtts_model._torchaudio_without_extension()
    import torch
    from tokenizers import Tokenizer, models
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
    from TTS.tts.models.xtts import Xtts, XttsArgs

    folder.mkdir(parents=True)
    special = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]"]
    letters = [*special, *"abcdefghijklmnopqrstuvwxyz',.!?"]
    vocabulary = {token: number for number, token in enumerate(letters)}
    tokens = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    tokens.add_special_tokens(special)
    tokens.save(str(folder / "vocab.json"))
    torch.manual_seed(0)
    config = XttsConfig(model_args=XttsArgs(**size))
    whole = Xtts(config)
    whole.tokenizer = VoiceBpeTokenizer(vocab_file=str(folder / "vocab.json"))
    whole.init_models()
    torch.save({"model": whole.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    speaker = {
        "gpt_cond_latent": torch.randn(1, 32, config.model_args.gpt_n_model_channels),
        "speaker_embedding": torch.randn(1, 512, 1),
    }
    torch.save({"Somebody": speaker}, folder / "speakers_xtts.pth")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    run("-f", "lavfi", "-i", "sine=frequency=180:duration=2:sample_rate=22050", str(path))
    return path


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[xtts.Xtts]:
    made = xtts.ENGINE()
    made.load()
    yield made
    made.close()


def with_voice(recording: Path, text: str = TEXT, seed: int = 1) -> Any:
    def make_inputs(folder: Path) -> Inputs:
        given = scene(text, seed=seed)(folder)
        return replace(given, files={**given.files, "upload/voice": recording})

    return make_inputs


# Each of the others loads the model again, which takes long for nothing new on a CPU; the
# declaration is that of the real model: tests/gpu_worker/engines/test_declared.py.
@pytest.mark.parametrize("check", checks("probes", "works"))
def test_conformance(check: Any, model: Path, recording: Path, tmp_path: Path) -> None:
    check(Case(xtts.ENGINE, with_voice(recording, "Hello.")), tmp_path)


def test_equal_seeds_give_equal_speech(engine: xtts.Xtts, recording: Path, tmp_path: Path) -> None:
    takes = []
    seconds = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        began = time.monotonic()
        takes.append(heard(engine, with_voice(recording), folder))
        seconds.append(time.monotonic() - began)
    first, again = takes
    assert first.output.facts["match"] == "cloned"
    assert (first.samples == again.samples).all()
    assert first.rate == 24_000
    assert [word["text"] for word in first.timings["words"]] == TEXT.split()
    latents = [take.output.parts["latents.npz"].read_bytes() for take in takes]
    assert latents[0] == latents[1]
    other = tmp_path / "other"
    other.mkdir()
    different = heard(engine, with_voice(recording, seed=2), other)
    assert (
        different.samples.shape != first.samples.shape or (different.samples != first.samples).any()
    )
    print(f"\nfirst {seconds[0]:.2f} s, again {seconds[1]:.2f} s")


def test_a_second_job_reuses_the_analysed_recording(
    engine: xtts.Xtts, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in this process, and not in another: what is kept is in the store."""
    store = Artifacts((tmp_path / "store").as_uri())
    heard_by: list[Any] = []
    listen = engine._model.get_gpt_cond_latents
    monkeypatch.setattr(
        engine._model,
        "get_gpt_cond_latents",
        lambda *given, **wishes: heard_by.append(given) or listen(*given, **wishes),
    )
    kept = set()
    for text in ("Hello.", "Goodbye."):
        folder = tmp_path / text
        folder.mkdir()
        bench = Remembering(folder, store, recording)
        output = engine.run(with_voice(recording, text)(folder), bench)
        bench.commit(output)
        kept.add(output.parts["latents.npz"].read_bytes())
    assert len(heard_by) == len(kept) == 1


class Remembering(Workbench):
    """A worker's context, as far as it remembers."""

    def __init__(self, folder: Path, store: Artifacts, recording: Path) -> None:
        super().__init__(folder)
        self._store = store
        self._step = simple_plan().step("voice", 0)
        blob = store.put_file(recording, "audio/wav")
        self._derived_cache = DerivedCache(
            self._step, Resolved({(None, "upload/voice"): blob}), store
        )

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> Path:
        self._derived_cache.part(self.workdir / part, sources, make, params)
        return self.workdir / part

    def commit(self, output: Output) -> None:
        parts = {name: self._store.put_file(path, "") for name, path in output.parts.items()}
        key = digest(str(self.workdir))
        self._derived_cache.store(self._store.commit(Artifact(key, "voice", "xtts", parts, {})))


@pytest.mark.parametrize("language", sorted(SAID))
def test_every_declared_language_is_spoken(
    engine: xtts.Xtts, tmp_path: Path, language: str
) -> None:
    """Each has a front end of its own: numbers, abbreviations, scripts that are spelt out."""
    assert set(SAID) == set(xtts.ENGINE.spec.languages)
    assert heard(engine, scene(SAID[language], language), tmp_path).seconds > 0.3


def test_streamed_chunks_are_joined_without_a_click(
    engine: xtts.Xtts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(tokens: int) -> tuple[np.ndarray, list[int]]:
        joins = [0]
        monkeypatch.setattr(xtts, "_TOKENS_A_CHUNK", tokens)
        stream = engine._model.inference_stream

        def noted(*given: Any, **wishes: Any) -> Iterator[Any]:
            for chunk in stream(*given, **wishes):
                joins.append(joins[-1] + len(chunk))
                yield chunk

        with monkeypatch.context() as patch:
            patch.setattr(engine._model, "inference_stream", noted)
            sound = engine._synthesize(
                "hello there", "en", engine._built_in(), 1, Workbench(tmp_path)
            )
        return sound, joins[1:-1]

    whole, none = said(1000)
    streamed, joins = said(5)
    assert (len(none), len(joins)) == (0, 2)
    assert streamed.shape == whole.shape
    steps = np.abs(np.diff(streamed))
    for join in joins:
        assert steps[join - 2 : join + 2].max() <= np.quantile(steps, 0.999)


def test_the_published_weights_are_not_rewritten(model: Path) -> None:
    """coqui-tts would rewrite the file, which contains a configuration by its old name."""
    import torch
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import _legacy_safe_globals

    from gpu_worker.speech import xtts_model

    weights = model / "model.pth"
    stored = torch.load(weights)
    config = XttsConfig()
    config.load_json(str(model / "config.json"))
    with _legacy_safe_globals():
        torch.save(stored | {"config": config}, weights)
    before = weights.read_bytes()
    try:
        assert xtts_model.loaded(model).gpt is not None
        assert weights.read_bytes() == before
    finally:
        torch.save(stored, weights)


def test_the_engine_of_deepspeed_is_kept_after_loading(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gpu_worker.speech import xtts_model

    made: list[Any] = []

    def init_inference(model: Any, **_: Any) -> Any:
        made.append(model)
        return types.SimpleNamespace(module=model)

    fake = types.SimpleNamespace(init_inference=init_inference)
    monkeypatch.setitem(sys.modules, "deepspeed", fake)  # type: ignore[arg-type]
    monkeypatch.setattr(xtts_model, "_deepspeed", lambda: True)
    assert xtts_model.loaded(model).gpt.gpt_inference is made[0]


def test_a_second_call_does_not_load_the_model_again(model: Path, recording: Path) -> None:
    """Use one thread: two of them wait for each other on a busy machine."""
    found = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    asked = subprocess.run(
        [sys.executable, "-m", "tests.gpu_worker.engines.torch.two_calls", str(recording)],
        env=os.environ | found | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
    )
    first, second = json.loads(asked.stdout.splitlines()[-1])
    print(f"\ncold {first:.2f} s, warm {second:.2f} s: {first / second:.0f} times")
    assert second < first / 10


def test_without_a_recording_a_built_in_voice_speaks(engine: xtts.Xtts, tmp_path: Path) -> None:
    take = heard(engine, scene("Hello there."), tmp_path)
    assert take.output.facts["match"] == "plain"
    assert "latents.npz" not in take.output.parts
    check_timings_of_words(take)


def check_timings_of_words(take: Any) -> None:
    edges = [edge for word in take.timings["words"] for edge in (word["start"], word["end"])]
    assert edges == sorted(edges)
    assert take.timings["phonemes"] == []


def test_a_stop_interrupts_between_chunks(
    engine: xtts.Xtts, recording: Path, tmp_path: Path
) -> None:
    class Stopped(Workbench):
        looks = 0

        def check(self) -> None:
            self.looks += 1
            if self.fractions[-1:] == [0.1]:
                raise Cancelled

    bench = Stopped(tmp_path)
    with pytest.raises(Cancelled):
        engine.run(with_voice(recording)(tmp_path), bench)


def test_without_accepted_terms_the_engine_refuses(
    engine: xtts.Xtts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COQUI_TOS_AGREED")
    settings.current.cache_clear()
    probe = xtts.ENGINE().probe()
    assert not probe.ok
    assert "COQUI_TOS_AGREED=1" in probe.remedy
    with pytest.raises(EngineBroken, match="licence"):
        engine.run(scene()(tmp_path), Workbench(tmp_path))


def test_a_missing_file_is_named(model: Path) -> None:
    vocabulary = model / "vocab.json"
    kept = vocabulary.read_bytes()
    vocabulary.unlink()
    try:
        probe = xtts.ENGINE().probe()
    finally:
        vocabulary.write_bytes(kept)
    assert "vocab.json" in probe.why
    assert probe.remedy == "callsheet models fetch xtts --accept"
    assert json.loads(kept)
