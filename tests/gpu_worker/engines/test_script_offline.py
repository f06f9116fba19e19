from __future__ import annotations

import json
from pathlib import Path

import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.script.offline import ENGINE
from gpu_worker.engines.script.templates import TEMPLATES
from tasks.domain.errors import ScriptRefused
from tasks.domain.screenplay import Screenplay
from tasks.domain.splitter import LONGEST_SCENE_SECONDS, clean, split
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.workbench import Workbench

TEXT = (
    "Bees tell each other where the flowers are by dancing. "
    "The angle of the dance shows the way; its length, the distance."
)


def asked(seed: int = 1, **params: object) -> MakeInputs:
    return lambda folder: Inputs(params=params, seed=seed)


def written(tmp_path: Path, seed: int = 1, **params: object) -> Screenplay:
    output = ENGINE().run(asked(seed, **params)(tmp_path), Workbench(tmp_path))
    return Screenplay.from_json(output.parts["screenplay.json"].read_text())


CASES = [
    Case(
        ENGINE,
        asked(text=TEXT, language="en", scenes=len(split(TEXT))),
        {
            "SCRIPT_REFUSED": asked(text=" \u200b\n\t", language="en", scenes=1),
            "SCRIPT_REFUSED:no letters": asked(text="?! ... \U0001f600", language="en", scenes=1),
        },
        label="text",
    ),
    Case(
        ENGINE,
        asked(topic="Bees", language="en", scenes=3),
        {
            "SCRIPT_REFUSED": asked(topic="Bees", language="ja", scenes=3),
            "SCRIPT_REFUSED:no topic": asked(topic="...", language="en", scenes=3),
            "SCRIPT_REFUSED:nothing": asked(language="en", scenes=3),
        },
        label="topic",
    ),
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


def test_a_given_text_is_spoken_word_for_word(tmp_path):
    screenplay = written(tmp_path, text=TEXT, language="en", scenes=len(split(TEXT)))
    assert screenplay.written_by == "user"
    assert screenplay.text == clean(TEXT)
    assert screenplay.scenes == split(TEXT)


@pytest.mark.parametrize("language", [*TEMPLATES, "en-GB", "pt-BR"])
@pytest.mark.parametrize("scenes", [1, 2, 3, 6, 12, 30])
def test_a_topic_fills_the_requested_number_of_scenes(language, scenes, tmp_path):
    topic = "how do solar panels work?"
    screenplay = written(tmp_path, topic=topic, language=language, scenes=scenes)
    assert screenplay.written_by == "template"
    assert len(screenplay.scenes) == scenes
    assert "how do solar panels work" in screenplay.text
    assert "{topic}" not in screenplay.text
    assert all(0 < scene.estimated_seconds <= LONGEST_SCENE_SECONDS for scene in screenplay.scenes)


def test_the_seed_chooses_the_words(tmp_path):
    texts = {
        written(tmp_path, seed, topic="Tea", language="en", scenes=4).text for seed in range(8)
    }
    assert len(texts) > 4


def test_every_scene_has_its_own_part(tmp_path):
    bench = Workbench(tmp_path)
    output = ENGINE().run(asked(topic="Tea", language="fr", scenes=3)(tmp_path), bench)
    screenplay = Screenplay.from_json(output.parts["screenplay.json"].read_text())
    for scene in screenplay.scenes:
        part = json.loads(output.parts[f"scene-{scene.index:03}.json"].read_text())
        assert part == {
            "text": scene.text,
            "language": "fr",
            "estimated_seconds": scene.estimated_seconds,
            "pause_after": scene.pause_after,
        }
    assert output.facts["words"] == len(screenplay.text.split())


def test_the_error_for_an_unknown_language_lists_the_known_ones(tmp_path):
    with pytest.raises(ScriptRefused, match="en, de, fr, es, it, pt"):
        written(tmp_path, topic="Tea", language="ko", scenes=2)
