"""What a wipe of Redis explains: events that control had not read from the stream before it."""

from __future__ import annotations

from tests.faults.promise import Kept

WIPE = (12.0, 14.0)
LOST, AFTER, MEANWHILE = "10000-0", "11000-0", "13000-0"


def test_a_wipe_explains_what_control_had_not_read() -> None:
    assert Kept(frozenset(), frozenset(), (WIPE,)).wiped(LOST)
    assert not Kept(frozenset(), frozenset(), ()).wiped(LOST)
    assert not Kept(frozenset(), frozenset(), ((8.0, 9.0),)).wiped(LOST)


def test_what_control_read_later_refutes_a_wipe_but_not_what_it_decided() -> None:
    assert not Kept(frozenset({AFTER}), frozenset({AFTER}), (WIPE,)).wiped(LOST)
    assert Kept(frozenset({AFTER}), frozenset(), (WIPE,)).wiped(LOST)


def test_what_may_have_come_after_a_wipe_does_not_refute_it() -> None:
    assert Kept(frozenset({MEANWHILE}), frozenset({MEANWHILE}), (WIPE,)).wiped(LOST)
    assert Kept(frozenset(), frozenset(), (WIPE,)).wiped(MEANWHILE)
