"""A finished clip is labelled and signed, keeps its provider's statement, and was scanned."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings, read
from gpu_worker.engines.assemble import clip
from gpu_worker.media import ffmpeg, virus_scan
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.media.streams import read_streams
from gpu_worker.media.streams import video as video_of
from gpu_worker.media.virus_scan import NotScanned, VirusFound
from tests.services.video_provider import clip as video
from tests.web.projects import samples

ENGINES = ({"stage": "clip", "name": "their model", "version": "9"},)


def test_the_statement_of_the_provider_is_kept_as_the_parent(tmp_path: Path) -> None:
    plain, signed = tmp_path / "plain.mp4", tmp_path / "signed.mp4"
    plain.write_bytes(video(1.0))
    origin = provenance.Origin(ENGINES)
    provenance.sign(plain, signed, origin, certificate.self_made())
    folder = tmp_path / "work"
    folder.mkdir()
    done = clip.finish(
        *(plain, signed, folder), model="shop/one", label=True, check=lambda: None, stream=True
    )
    assert (done.facts["label"], done.facts["provider_statement"]) == (True, True)
    found = provenance.verify(done.parts["final.mp4"])
    assert (found["valid"], found["ai_generated"]) == (True, True)
    assert found["engines"] == [{"stage": "clip", "name": "shop/one", "version": ""}]
    assert [one["relationship"] for one in found["ingredients"]] == ["parentOf"]
    assert done.parts["poster.jpg"].stat().st_size > 500
    final, segment = (video_of(done.parts[name]) for name in ("final.mp4", "stream.ts"))
    assert segment.codec == "h264"
    assert (segment.packets, segment.width) == (final.packets, final.width)
    assert '"' in done.parts["fingerprint.json"].read_text()
    assert done.parts["final.mp4"].read_bytes() != plain.read_bytes()


def test_segments_of_unlike_clips_follow_each_other(tmp_path: Path) -> None:
    """All have a sound of one format, as long as the picture: players open their buffers once."""
    names = []
    heard = ("-f", "lavfi", "-i", "sine=330:d=0.6:r=22050", "-c:a", "aac", "-ac", "1")
    for number, (size, sound) in enumerate((("160x90", ()), ("96x96", heard), ("160x90", ()))):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = folder / "made.mp4"
        picture = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1.2", "-pix_fmt", "yuv420p")
        made.write_bytes(samples.made(*picture[:4], *sound, *picture[4:], "-c:v", "libx264"))
        done = clip.finish(
            *(made, made, folder), model="shop/one", label=False, check=lambda: None, stream=True
        )
        segment = done.parts["stream.ts"]
        kinds = {one.kind: one for one in read_streams(segment)}
        assert kinds["audio"].sample_rate == 48000
        assert kinds["audio"].seconds == pytest.approx(1.2, abs=0.06)
        assert kinds["video"].seconds == pytest.approx(1.2, abs=0.05)
        names.append(segment)
    lines = [line for name in names for line in ("#EXT-X-DISCONTINUITY", "#EXTINF:1.200,", name)]
    playlist = tmp_path / "scenes.m3u8"
    head = ("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", "#EXT-X-PLAYLIST-TYPE:EVENT")
    playlist.write_text("\n".join(map(str, (*head, *lines[1:], "#EXT-X-ENDLIST", ""))))
    command = [ffmpeg.executable(), "-v", "warning", "-allowed_extensions", "ALL"]
    command += ["-i", str(playlist), "-map", "0", "-c", "copy", "-f", "framecrc", "-"]
    played = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "on-monoton" not in played.stderr, played.stderr
    fields = [line.split(",") for line in played.stdout.splitlines() if line[0] != "#"]
    for track in ("0", "1"):
        times = [int(one[1]) for one in fields if one[0].strip() == track]
        assert times == sorted(set(times))
        assert (times[-1] - times[0]) / 90_000 == pytest.approx(3.6, abs=0.2)


@contextmanager
def clamd(answer: bytes, directory: Path) -> Iterator[Settings]:
    """Answer one `INSTREAM` at a socket."""
    path = directory / "clamd.ctl"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            heard = b""
            while not heard.endswith(bytes(4)):
                heard += connection.recv(65536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield replace(read({}), clamd="required", clamd_socket=str(path))
    finally:
        thread.join()
        server.close()


def test_only_an_ok_counts_as_scanned(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    for number, (answer, error) in enumerate(
        (
            (b"stream: OK\0", None),
            (b"stream: Eicar-Test FOUND\0", VirusFound),
            (b"INSTREAM size limit exceeded. ERROR\0", NotScanned),
        )
    ):
        (tmp_path / str(number)).mkdir()
        with clamd(answer, tmp_path / str(number)) as settings:
            if error is None:
                assert virus_scan.scan(file, settings)
            else:
                with pytest.raises(error):
                    virus_scan.scan(file, settings)
    nowhere = replace(read({}), clamd="optional", clamd_socket=str(tmp_path / "none"))
    assert not virus_scan.scan(file, nowhere)
    with pytest.raises(NotScanned):
        virus_scan.scan(file, replace(nowhere, clamd="required"))
