"""A screenplay is what the other stages read: its bytes decide their content keys."""

from __future__ import annotations

from tasks.domain.screenplay import Scene, Screenplay

PLAY = Screenplay("de", (Scene(0, "Grüße.", 1.5), Scene(1, "Bis bald.", 2.0, 0.5)), "user")


def test_a_screenplay_is_the_same_after_it_was_written_and_read() -> None:
    assert Screenplay.from_json(PLAY.to_json()) == PLAY
    assert (PLAY.text, PLAY.estimated_seconds) == ("Grüße. Bis bald.", 3.5)


def test_it_is_written_with_sorted_names_and_letters_as_they_are() -> None:
    assert PLAY.to_json() == (
        '{"language": "de", "scenes": ['
        '{"estimated_seconds": 1.5, "index": 0, "pause_after": 0.0, "text": "Grüße."}, '
        '{"estimated_seconds": 2.0, "index": 1, "pause_after": 0.5, "text": "Bis bald."}], '
        '"written_by": "user"}'
    )
