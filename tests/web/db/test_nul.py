"""Text with U+0000 is refused before it reaches a database, in columns of text and of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from config.settings import Settings
from tasks.domain.errors import RequestError
from tests.web.conftest import close
from web.app import create_app
from web.db.columns import new_id
from web.db.engine import reading, writing
from web.jobs.models import Job
from web.migrate import upgrade
from web.sessions.models import Upload, UserSession


@pytest.fixture
def on_either(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        yield app
    close(app)


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"id": new_id(), "user_id": name} for name in names]


def test_a_row_with_nul_is_refused(on_either: Flask) -> None:
    for wrong in (rows("a\x00"), rows("ada", "b\x00b")):
        with pytest.raises(RequestError, match=r"U\+0000"), writing() as db:
            db.execute(insert(UserSession), wrong)
    with pytest.raises(RequestError), reading() as db:
        db.scalars(select(UserSession).where(UserSession.user_id == "\x00"))
    with reading() as db:
        assert list(db.scalars(select(UserSession))) == []


@pytest.mark.parametrize("options", [{"script": "a\x00"}, {"a": [{"\x00": 1}]}])
def test_json_with_nul_is_refused(on_either: Flask, options: dict[str, Any]) -> None:
    with writing() as db:
        db.add(session := UserSession(id=new_id(), user_id="ada"))
    job = {"id": new_id(), "session_id": session.id, "options": options, "inputs": {}}
    with pytest.raises(RequestError, match=r"U\+0000"), writing() as db:
        db.execute(insert(Job), job)


def test_text_that_only_spells_nul_is_kept(on_either: Flask) -> None:
    spelled = {"script": r"\u0000 and \\u0000"}
    with writing() as db:
        db.add(session := UserSession(id=new_id(), user_id=r"\u0000"))
        db.flush()
        db.add(Job(session_id=session.id, options=spelled, inputs={}))
    with reading() as db:
        assert db.scalars(select(Job.options)).one() == spelled
        assert db.scalars(select(UserSession.user_id)).one() == r"\u0000"


def test_rows_in_one_statement_are_kept_or_refused(on_either: Flask) -> None:
    """A statement that returns the ids of many rows has the values of all in one flat row."""
    with writing() as db:
        db.add(session := UserSession(id=new_id(), user_id="ada"))
    of_session = {"session_id": session.id, "kind": "face", "bytes": 5, "media_type": "image/png"}
    statement = insert(Upload).returning(Upload.id)

    def store(*names: str) -> list[str]:
        uploads = [{**of_session, "filename": name, "sha256": "0" * 64} for name in names]
        with writing() as db:
            return list(db.scalars(statement, uploads))

    assert len(store("a.png", "b.png", "c.png")) == 3
    with pytest.raises(RequestError, match=r"U\+0000"):
        store("a.png", "b\x00.png")
