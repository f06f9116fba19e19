"""The folder of a finished project in the store: written, replaced, expired, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tasks.domain.artifact import Blob
from tests.web.projects import works
from web.control import projects as controller
from web.db.engine import reading, writing
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
        "/note.json",
    }
    assert folders.due() == []
    projects.remove(current_services(), project_id)
    controller.keep_folders(folders)
    assert names() == set()


def test_a_new_controller_knows_what_is_written_and_what_has_to_go(ready: Flask) -> None:
    """It reads the notes in the store and removes what has expired, whatever wrote it."""
    kept, expired = works.planned(OWNER), works.planned(OWNER)
    made(kept), made(expired)
    controller.keep_folders(ProjectFolders(current_services()))
    later = ProjectFolders(current_services())
    with writing() as db:
        project = projects.find(db, expired)
        old = db.get_one(GenerationJob, project.generation_id)
        assert old.finished_at is not None
        old.finished_at -= timedelta(days=7)
    controller.keep_folders(later)
    assert {name.partition("/")[0] for name in names()} == {kept, expired}
    controller.clean_folders(later)
    assert {name.partition("/")[0] for name in names()} == {kept}


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
    with reading():
        note = current_services().artifacts.folders.note(f"users/key-ada/projects/{project_id}")
    assert again.id.encode() in (note or b"")
