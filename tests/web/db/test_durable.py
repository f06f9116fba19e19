"""What a caller was promised is synced; what can be found out again is not."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from config.settings import read
from web.app import create_app
from web.db.engine import db, writing

NORMAL, FULL = 1, 2


def test_only_a_durable_transaction_is_synced(tmp_path: Path) -> None:
    app = create_app(read({"CALLSHEET_STATE": str(tmp_path)}))
    with app.app_context():
        found = []
        for durable in (False, True, False):
            with writing(durable=durable) as session:
                found.append(session.scalar(text("PRAGMA synchronous")))
        db.engine.dispose()
    app.extensions["callsheet"].redis.close()
    assert found == [NORMAL, FULL, NORMAL]
