"""One suite over each artifact store: the first result wins, everywhere."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from tasks.domain.artifact import Artifact
from tasks.domain.errors import StoreUnavailable
from tasks.store.artifacts import SMALL, Artifacts
from tasks.store.folders import FINAL, Label
from tests.services.s3 import S3Server
from tests.tasks.domain.plans import simple_plan


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if request.param == "local":
        return Artifacts((tmp_path / "store").as_uri())
    s3 = request.getfixturevalue("s3")
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return Artifacts(s3.bucket())


def test_the_same_bytes_are_stored_once(store: Artifacts) -> None:
    first = store.put_bytes(b"same", "text/plain")
    assert store.put_bytes(b"same", "text/plain") == first
    assert b"".join(store.read(first)) == b"same"
    assert b"".join(store.read(first, 1, 2)) == b"am"


@pytest.mark.parametrize("size", [0, 1, SMALL, SMALL + 1])
def test_files_of_every_size_come_back_whole(store: Artifacts, tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    blob = store.put_file(source, "application/octet-stream")
    assert blob.bytes == size
    assert blob.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert b"".join(store.read(blob)) == source.read_bytes()
    assert store.put_file(source, "application/octet-stream") == blob


@pytest.mark.parametrize("always", [False, True])
def test_large_bytes_that_are_there_are_sent_again_only_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, always: bool
) -> None:
    monkeypatch.setattr("tasks.store.artifacts.SMALL", 4)
    store = Artifacts((tmp_path / "store").as_uri())
    (tmp_path / "source").write_bytes(b"large")
    there = tmp_path / "store" / store.put_file(tmp_path / "source", "text/plain").path
    before = there.stat().st_ino
    store.put_file(tmp_path / "source", "text/plain", always=always)
    assert (there.stat().st_ino != before) is always


@pytest.mark.parametrize("size", [0, 5, SMALL + 1])
def test_a_final_file_comes_back_whole_when_its_directory_is_gone(
    store: Artifacts, tmp_path: Path, size: int
) -> None:
    source = tmp_path / "run" / "video.mp4"
    source.parent.mkdir()
    source.write_bytes(b"x" * size)
    blobs = [store.put_file(source, "video/mp4", final=True) for _ in range(2)]
    shutil.rmtree(source.parent)
    assert blobs[0] == blobs[1]
    assert b"".join(store.read(blobs[0])) == b"x" * size


@pytest.mark.parametrize("kind", ["whole", "link", "another disk"])
def test_a_local_store_copies_only_what_it_has_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    store = Artifacts((tmp_path / "store").as_uri())
    source = whole = tmp_path / "whole"
    whole.write_bytes(b"bytes")
    if kind == "link":
        source = tmp_path / "link"
        source.symlink_to(whole)
    if kind == "another disk":
        monkeypatch.setattr("os.link", Mock(side_effect=OSError(errno.EXDEV, "another disk")))
    there = tmp_path / "store" / store.put_file(source, "text/plain", final=True).path
    assert there.read_bytes() == b"bytes"
    assert not there.is_symlink()
    assert there.samefile(source) is (kind == "whole")


def test_the_first_commit_wins(store: Artifacts) -> None:
    def commit(number: int) -> Artifact:
        return store.commit(Artifact("key", "voice", f"engine-{number}", {}, {"n": number}))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(commit, range(16)))
    assert len({artifact.engine for artifact in results}) == 1
    assert store.find("key") == results[0]


def test_plans_and_manifests_are_written_once(store: Artifacts) -> None:
    plan = simple_plan()
    store.put_plan(plan)
    assert store.plan(plan.job_id, plan.revision) == plan
    assert store.recorded(plan.job_id, 1, "script") is None
    store.commit(Artifact("one", "script", "offline", {}, {}))
    store.commit(Artifact("two", "script", "offline", {}, {}))
    store.record(plan.job_id, 1, "script", "one")
    store.record(plan.job_id, 1, "script", "two")
    entry = store.recorded(plan.job_id, 1, "script")
    assert entry is not None
    assert entry.key == "one"


def test_what_is_not_there_is_none(store: Artifacts) -> None:
    assert store.find("nothing") is None
    assert store.plan("nothing", 1) is None
    store.check()


def test_a_disk_that_takes_nothing_is_a_store_that_is_away(tmp_path: Path) -> None:
    place = tmp_path / "store"
    place.mkdir()
    for name in ("artifacts", "blobs"):
        (place / name).touch()  # where a directory would have to be
    store = Artifacts(place.as_uri())
    large = tmp_path / "large"
    large.write_bytes(bytes(SMALL + 1))
    with pytest.raises(StoreUnavailable):
        store.commit(Artifact("key", "voice", "any", {}, {}))
    with pytest.raises(StoreUnavailable):
        store.put_file(large, "video/mp4")


def test_a_local_path_holds_the_bytes(store: Artifacts, tmp_path: Path) -> None:
    blob = store.put_bytes(b"picture", "image/png")
    make: Callable[[], Path] = lambda: store.local(blob, tmp_path, "crop.png")  # noqa: E731
    assert make().read_bytes() == b"picture"
    assert make() == make()


def test_keys_of_a_remote_store_come_from_files(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        if "KEY" in name:
            (tmp_path / name).write_text(f"{value}\n")
            monkeypatch.delenv(name, raising=False)
            monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
        else:
            monkeypatch.setenv(name, value)
    store = Artifacts(s3.bucket())
    blob = store.put_bytes(b"of a store", "text/plain")
    assert b"".join(store.read(blob)) == b"of a store"


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_folder_has_the_files_that_were_copied_last(store: Artifacts) -> None:
    one, two, gone = (store.put_bytes(name, "text/plain") for name in (b"one", b"two", b"gone"))
    store.remove(gone.path)
    folder, other = "users/ada/projects/prj_1", "users/ada/projects/prj_12"
    first, second = Label("gen_1", NOON), Label("gen_2", NOON + timedelta(days=1))
    store.folders.write(other, {FINAL: one}, first)
    assert not store.folders.has(folder, first)
    store.folders.write(folder, {"input/a.txt": one, FINAL: one}, first)
    assert store.folders.has(folder, first)
    store.folders.write(folder, {FINAL: two, "generated/c.txt": gone}, second)
    assert (store.folders.has(folder, first), store.folders.has(folder, second)) == (False, True)
    assert store.folders.has(other, first)
    objects = store._objects
    assert objects.names(f"{folder}/") == [f"{folder}/{FINAL}"]
    assert objects.get(f"{folder}/{FINAL}") == b"two"
    assert store.folders.listed() == {folder, other}
    store.folders.remove(folder)
    store.folders.remove(folder)
    assert store.folders.listed() == {other}
    assert b"".join(store.read(two)) == b"two"


def test_the_metadata_of_each_file_says_when_it_expires(store: Artifacts) -> None:
    """Two copies of the same bytes expire on their own, and the bytes themselves do not."""
    blob = store.put_bytes(b"a film", "text/plain")
    early, late = "users/ada/projects/prj_1", "users/ada/projects/prj_2"
    files = {"input/a.txt": blob, FINAL: blob}
    store.folders.write(early, files, Label("gen_1", NOON))
    store.folders.write(late, files, Label("gen_2", NOON + timedelta(seconds=1)))
    assert store._objects.metadata(f"{early}/input/a.txt") == {
        "expires-at": "2026-11-28T12:00:00+00:00",
        "generation": "gen_1",
    }
    assert store._objects.metadata(f"{early}/none") is None
    for folder in (early, late):
        store.folders.remove_expired(folder, NOON - timedelta(seconds=1))
    assert store.folders.listed() == {early, late}
    for folder in (early, late):
        store.folders.remove_expired(folder, NOON)
    assert store.folders.listed() == {late}
    assert len(store._objects.names(f"{late}/")) == 2
    assert store._objects.metadata(f"{early}/input/a.txt") is None
    assert b"".join(store.read(blob)) == b"a film"


def test_a_local_store_keeps_no_metadata_of_what_is_gone(tmp_path: Path) -> None:
    store = Artifacts((tmp_path / "store").as_uri())
    blob = store.put_bytes(b"a film", "text/plain")
    store.folders.write("users/ada/projects/prj_1", {FINAL: blob}, Label("gen_1", NOON))
    store.folders.remove("users/ada/projects/prj_1")
    assert not (tmp_path / "store" / "metadata").exists()
