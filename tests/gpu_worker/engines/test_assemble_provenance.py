from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from PIL import Image

from gpu_worker.engines.assemble import quality
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.media.signing.provenance import Origin, sign, verify
from tasks.domain.errors import EngineBroken
from tests.gpu_worker.engines.films import draw, run
from tests.services.waiting import until

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


def test_a_file_signed_again_by_another_names_that_signer_and_is_not_trusted(signed, tmp_path):
    anchors, again = tmp_path / "ours.pem", tmp_path / "again.mp4"
    anchors.write_bytes(certificate.self_made().chain)
    assert verify(signed, anchors=anchors)["trusted"]
    another = certificate.self_made.__wrapped__()
    plain = tmp_path / "plain.mp4"
    run("-i", str(signed), "-c", "copy", str(plain))
    sign(plain, again, ORIGIN, another)
    found = verify(again, anchors=anchors)
    assert found["valid"]
    assert not found["trusted"]


def test_the_certificate_of_the_statement_has_expired(signed, tmp_path, monkeypatch):
    """It was valid when it signed, and there is no time stamp to prove that."""
    monkeypatch.setattr(certificate, "_LIFE", timedelta(seconds=2))
    brief = certificate.self_made.__wrapped__()
    ends = x509.load_pem_x509_certificate(brief.chain).not_valid_after_utc
    expired = tmp_path / "expired.mp4"
    sign(signed, expired, ORIGIN, brief)
    over = ends + timedelta(seconds=1)  # certificates count whole seconds
    until(lambda: datetime.now(UTC) > over, "the certificate ends")
    found = verify(expired)
    assert found["signed"]
    assert not found["valid"]
    assert "signingCredential.expired" in found["problems"]


def test_the_statement_of_a_provider_stays_as_parent_or_as_component(signed, tmp_path):
    plain, edited, composed = (tmp_path / f"{name}.mp4" for name in ("plain", "one", "two"))
    run("-i", str(signed), "-c", "copy", str(plain))
    ours = certificate.self_made.__wrapped__()
    sign(plain, edited, ORIGIN, ours, [signed])
    sign(plain, composed, ORIGIN, ours, [signed, plain])
    for path, relationship in ((edited, "parentOf"), (composed, "componentOf")):
        found = verify(path)
        assert found["valid"], found["problems"]
        assert found["ai_generated"]
        (ingredient,) = found["ingredients"]
        assert ingredient["relationship"] == relationship
        assert ingredient["signer"] == certificate.SELF_MADE


def test_readers_of_xmp_see_the_digital_source_type(signed, tmp_path):
    video, marked, poster = tmp_path / "plain.mp4", tmp_path / "marked.mp4", tmp_path / "a.jpg"
    run("-i", str(signed), "-c", "copy", "-movflags", "+faststart", str(video))
    provenance.mark_video(video)
    sign(video, marked, ORIGIN, certificate.self_made())
    assert verify(marked)["valid"]
    assert quality.faststart(marked)
    assert run("-i", str(marked), "-f", "framemd5", "-") == run(
        "-i", str(signed), "-f", "framemd5", "-"
    )
    assert b"DigitalSourceType" in marked.read_bytes()
    Image.new("RGB", (64, 64)).save(poster)
    provenance.mark_picture(poster)
    with Image.open(poster) as picture:
        picture.load()
        assert provenance.SOURCE_TYPE in str(picture.info["xmp"])


@pytest.mark.parametrize("engines", [["x", {"stage": 1}, {"stage": ["a"], "name": {}}], "x", 7])
def test_a_statement_of_another_program_may_name_anything_as_engines(signed, tmp_path, engines):
    plain, odd = tmp_path / "plain.mp4", tmp_path / "odd.mp4"
    run("-i", str(signed), "-c", "copy", str(plain))
    sign(
        plain,
        odd,
        Origin(engines if isinstance(engines, list) else [engines]),
        certificate.self_made(),
    )
    found = verify(odd)
    assert found["valid"]
    assert all(isinstance(text, str) for one in found["engines"] for text in one.values())
