"""A finished clip is labelled and signed, keeps its provider's statement, and was scanned."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings, read
from gpu_worker.engines.assemble import clip
from gpu_worker.media import virus_scan
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.media.streams import video as video_of
from gpu_worker.media.virus_scan import NotScanned, VirusFound
from tests.services.video_provider import clip as video

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
