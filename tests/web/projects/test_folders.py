"""The folder of a finished project in the store: written, replaced, expired, and forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tasks.domain.artifact import Blob
from tests.services.waiting import until
from tests.web.projects import works
from web.control import projects as controller
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job
from web.projects import projects
from web.projects.folders import ProjectFolders
from web.projects.models import GenerationJob, ProjectClip
from web.services import current_services
from web.sessions.models import Output

OWNER = "key:ada"


@pytest.fixture
def ready(app: Flask) -> Flask:
    works.beat()
    return app


def made(project_id: str) -> GenerationJob:
    """Make the video of a project, with files that the store has."""
    generation = works.generate(project_id)
    works.make_video(generation)
    store = current_services().artifacts
    video = store.put_bytes(b"the video", "video/mp4")
    clip = store.put_bytes(b"a clip", "video/mp4")
    with writing() as db:
        project = projects.find(db, project_id)
        described = {"kind": "final_output", "filename": f"{generation.job_id}-final.mp4"}
        owned = {"session_id": project.session_id, "owner": OWNER, "job_id": generation.job_id}
        db.add(Output(**described, **owned, **_fields(video)))
        mine = update(ProjectClip).where(ProjectClip.generation_id == generation.id)
        db.execute(mine.values(**_fields(clip)))
        return db.get_one(GenerationJob, generation.id)


def _fields(blob: Blob) -> dict[str, object]:
    return {"sha256": blob.sha256, "bytes": blob.bytes, "media_type": blob.media_type}


def names() -> set[str]:
    store = current_services().artifacts
    return {name.partition("/projects/")[2] for name in store._objects.names("users/")}


def test_a_finished_project_has_a_folder_until_it_is_deleted(ready: Flask) -> None:
    project_id = works.planned(OWNER)
    folders = ProjectFolders(current_services())
    controller.keep_folders(folders)
    assert names() == set()
    made(project_id)
    controller.keep_folders(folders)
    assert {name.removeprefix(project_id) for name in names()} == {
        "/generated/clips/001-scene-1.mp4",
        "/generated/clips/002-scene-2.mp4",
        "/generated/final.mp4",
    }
    assert folders.due() == []
    projects.remove(current_services(), project_id)
    controller.keep_folders(folders)
    assert names() == set()


def test_a_new_controller_removes_what_has_expired_by_the_metadata(ready: Flask) -> None:
    kept, expired = works.planned(OWNER), works.planned(OWNER)
    made(kept), made(expired)
    _finished_before(expired, timedelta(days=7, seconds=-2))
    controller.keep_folders(ProjectFolders(current_services()))
    later = ProjectFolders(current_services())
    _finished_before(expired, timedelta(seconds=2))
    controller.keep_folders(later)
    controller.clean_folders(later)
    assert {name.partition("/")[0] for name in names()} == {kept, expired}
    until(lambda: now() >= expires_at(expired), "the metadata says that it has expired", 5)
    controller.clean_folders(later)
    assert {name.partition("/")[0] for name in names()} == {kept}


def test_files_of_no_project_are_removed_before_they_expire(ready: Flask) -> None:
    kept, deleted = works.planned(OWNER), works.planned(OWNER)
    made(kept), made(deleted)
    controller.keep_folders(ProjectFolders(current_services()))
    projects.remove(current_services(), deleted)
    controller.clean_folders(ProjectFolders(current_services()))
    assert {name.partition("/")[0] for name in names()} == {kept}


def _finished_before(project_id: str, ago: timedelta) -> None:
    with writing() as db:
        made = db.get_one(GenerationJob, projects.find(db, project_id).generation_id)
        assert made.finished_at is not None
        made.finished_at -= ago


def expires_at(project_id: str) -> datetime:
    path = f"users/key-ada/projects/{project_id}/generated/final.mp4"
    return datetime.fromisoformat((metadata(path) or {})["expires-at"])


def metadata(path: str) -> dict[str, str] | None:
    return current_services().artifacts._objects.metadata(path)


def test_a_video_whose_consent_is_withdrawn_has_no_folder(ready: Flask) -> None:
    project_id = works.planned(OWNER)
    generation = made(project_id)
    folders = ProjectFolders(current_services())
    controller.keep_folders(folders)
    with writing() as db:
        job = db.get_one(Job, generation.job_id)
        job.consent_withdrawn_at = job.finished_at
    controller.keep_folders(folders)
    assert names() == set()


def test_a_new_video_of_a_project_replaces_the_folder(ready: Flask) -> None:
    project_id = works.planned(OWNER)
    folders = ProjectFolders(current_services())
    made(project_id)
    controller.keep_folders(folders)
    first = names()
    again = made(project_id)
    assert [name for name, _ in folders.due()] == [f"users/key-ada/projects/{project_id}"]
    controller.keep_folders(folders)
    assert names() == first
    for name in names():
        assert (metadata(f"users/key-ada/projects/{name}") or {})["generation"] == again.id
