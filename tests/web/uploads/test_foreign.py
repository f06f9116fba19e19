"""Foreign content inside a picture is found, wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.domain.errors import FileValidationFailed
from tests.web.samples import picture
from web.uploads.candidate import Candidate
from web.uploads.layers.foreign import check_foreign

CONTENT = {
    "link that runs a script": b"<a href=javascript:alert(1)>",
    "document of PDF 1": b"%PDF-1.7\n%%EOF",
    "document of PDF 2": b"%PDF-2.0\n%%EOF",
    "program of 64 bits": b"\x7fELF\x02\x01\x01" + bytes(60),
    "program of 32 bits": b"\x7fELF\x01\x01\x01" + bytes(60),
}


def candidate(directory: Path, data: bytes) -> Candidate:
    path = directory / "sent"
    path.write_bytes(data)
    return Candidate("face", path, "me.png", len(data))


@pytest.mark.parametrize("content", CONTENT.values(), ids=CONTENT)
@pytest.mark.parametrize("before", [0, 256 * 1024 - 3, 700_001])
def test_foreign_content_is_refused_wherever_it_lies(
    tmp_path: Path, content: bytes, before: int
) -> None:
    with pytest.raises(FileValidationFailed) as refused:
        check_foreign(candidate(tmp_path, picture()[:8].ljust(before, b"\0")[:before] + content))
    assert refused.value.details["errors"][0]["code"] == "FOREIGN_CONTENT"


def test_a_plain_picture_is_accepted(tmp_path: Path) -> None:
    check_foreign(candidate(tmp_path, picture()))
