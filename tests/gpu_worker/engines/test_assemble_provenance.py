from __future__ import annotations

import pytest

from gpu_worker.engines.assemble import certificate, provenance
from gpu_worker.engines.assemble.provenance import Origin, sign, verify
from tasks.domain.errors import EngineBroken
from tests.gpu_worker.engines.films import draw, run

ORIGIN = Origin([{"stage": "voice", "name": "espeak", "version": "2"}])


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signed")
    plain, target = folder / "plain.mp4", folder / "signed.mp4"
    draw(plain, "testsrc2", "128x128", 10)
    sign(plain, target, ORIGIN, certificate.self_made())
    return target


def test_a_signed_video_names_the_engines_that_made_it(signed):
    found = verify(signed)
    assert found["signed"]
    assert found["valid"]
    assert not found["trusted"]
    assert found["ai_generated"]
    assert found["engines"] == list(ORIGIN.engines)
    assert found["signer"] == certificate.SELF_MADE


def test_one_changed_byte_invalidates_the_signature(signed, tmp_path):
    content = bytearray(signed.read_bytes())
    content[-200] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)
    found = verify(changed)
    assert found["signed"]
    assert not found["valid"]
    assert "assertion.bmffHash.mismatch" in found["problems"]


def test_a_copy_by_ffmpeg_loses_the_provenance(signed, tmp_path):
    copied = tmp_path / "copied.mp4"
    run("-i", str(signed), "-c", "copy", str(copied))
    assert verify(copied) == {"signed": False, "valid": False, "trusted": False, "problems": []}


def test_the_operators_certificate_signs_the_video(signed, tmp_path):
    made = certificate.self_made()
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.chain)
    key.write_bytes(made.key)
    identity = certificate.chosen(str(chain), str(key))
    assert identity == made
    again = tmp_path / "again.mp4"
    sign(signed, again, ORIGIN, identity)
    assert verify(again)["valid"]


def test_a_certificate_without_its_key_is_an_error_not_a_silent_fallback(tmp_path):
    with pytest.raises(EngineBroken):
        certificate.chosen(str(tmp_path / "absent.pem"), "")


def test_players_show_that_the_video_is_ai_generated():
    tags = provenance.metadata(ORIGIN)
    assert tags["title"].startswith("AI-generated")
    assert "espeak 2" in tags["comment"]
