"""Content keys are stable bytes: results of earlier versions are found again by them."""

from __future__ import annotations

import hashlib

from tasks.domain.artifact import Artifact, Blob, canonical, derived_seed, digest

BLOB = Blob("ab" + "c" * 62, 5, "audio/wav")


def test_equal_values_have_equal_bytes_and_these_never_change() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == b'{"a":"\\u00e9","b":[1,2.5]}'
    assert canonical(BLOB) == (
        b'{"bytes":5,"media_type":"audio/wav","sha256":"%s"}' % BLOB.sha256.encode()
    )
    assert digest([1]) == hashlib.sha256(b"[1]").hexdigest()


def test_a_seed_has_31_bits_of_the_digest() -> None:
    whole = int(digest(["voice", {"a": 1}, None, {}]), 16)
    assert derived_seed("voice", {"a": 1}, None, {}) == whole >> 256 - 31
    assert derived_seed("voice", {"a": 1}, 7, {}) != derived_seed("voice", {"a": 1}, None, {})


def test_a_blob_lies_in_the_folder_of_its_first_two_letters() -> None:
    assert BLOB.path == f"blobs/ab/{BLOB.sha256}"


def test_an_artifact_is_the_same_after_it_was_written_and_read() -> None:
    artifact = Artifact("key", "voice", "piper", {"speech.wav": BLOB}, {"seconds": 1.5})
    assert Artifact.from_json(artifact.to_json()) == artifact
