from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gpu_worker.engine import Inputs, Output
from gpu_worker.engines.face import geometry, verdict
from gpu_worker.engines.face.mediapipe_mesh import ENGINE, MediapipeMesh
from gpu_worker.engines.face.picture import BACKDROP, read_picture
from gpu_worker.media.face_metadata import FaceMetadata
from tasks.domain.errors import FaceRefused, FaceTurnedAway
from tests.gpu_worker.engines import faces
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.workbench import Workbench

SCARF = (70, 110, 160)
CASES = [
    Case(
        ENGINE,
        faces.face_inputs(faces.astronaut),
        {
            "NO_FACE": faces.face_inputs(faces.noise),
            "NO_FACE:cat": faces.face_inputs(faces.cat),
            "NO_FACE:index": faces.face_inputs(faces.two_faces, face_index=2),
            "SEVERAL_FACES": faces.face_inputs(faces.two_faces),
            "FACE_TOO_SMALL": faces.face_inputs(faces.distant),
            "FACE_COVERED:scarf": faces.face_inputs(lambda: faces.painted(faces.MOUTH, SCARF)),
            "FACE_COVERED:glasses": faces.face_inputs(
                lambda: faces.painted(faces.EYES, (15, 15, 15))
            ),
            "FACE_COVERED:hand": faces.face_inputs(faces.behind_a_hand),
        },
        warm=True,
    )
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


@pytest.fixture(scope="module")
def engine() -> Iterator[MediapipeMesh]:
    loaded = ENGINE()
    loaded.load()
    yield loaded
    loaded.close()


def find(engine: MediapipeMesh, inputs: Inputs, tmp_path: Path) -> tuple[Output, FaceMetadata]:
    work = tmp_path / "work"
    work.mkdir()
    output = engine.run(inputs, Workbench(work))
    return output, FaceMetadata.from_json(output.parts["face.json"].read_text())


def upright(sheet: FaceMetadata) -> bool:
    points = np.array(sheet.points)
    return abs(geometry.eye_line(points)) < 6 and points[152, 1] > points[10, 1]


@pytest.mark.parametrize("size", [(360, 640), (640, 360), (512, 512)])
def test_the_crop_has_the_aspect_ratio_and_the_face_has_its_share(engine, tmp_path, size):
    output, sheet = find(engine, faces.face_inputs(faces.astronaut, size)(tmp_path), tmp_path)
    width, height = sheet.crop
    assert cv2.imread(str(output.parts["crop.png"])).shape == (height, width, 3)
    assert cv2.imread(str(output.parts["mask.png"]), cv2.IMREAD_GRAYSCALE).shape == (height, width)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
    points = np.array(sheet.points)
    assert 0.33 < (points[152, 1] - points[10, 1]) / height < 0.6
    assert sheet.box[1] > 0.1 * height, "head room"
    assert "extended" not in sheet.flags


def test_the_transform_maps_the_upload_to_the_crop(engine, tmp_path):
    output, sheet = find(engine, faces.face_inputs(lambda: faces.turned(30))(tmp_path), tmp_path)
    again = cv2.warpAffine(
        faces.turned(30), np.array(sheet.transform), sheet.crop, flags=cv2.INTER_CUBIC
    )
    crop = cv2.imread(str(output.parts["crop.png"]))[..., ::-1]
    assert np.abs(again.astype(int) - crop)[20:-20, 20:-20].mean() < 3


@pytest.mark.parametrize("degrees", [30, 60, -45, 90, 120, 150, 180, -90])
def test_a_rotated_face_is_straightened(engine, tmp_path, degrees):
    inputs = faces.face_inputs(lambda: faces.turned(degrees))(tmp_path)
    _, sheet = find(engine, inputs, tmp_path)
    assert upright(sheet)
    # The portrait itself is tilted by three degrees.
    off = (sheet.pose["roll"] - degrees - 3) % 360
    assert min(off, 360 - off) < 6


@pytest.mark.parametrize("degrees", [-11, 5])
def test_a_slight_tilt_is_left_so_that_the_room_stays_level(engine, tmp_path, degrees):
    inputs = faces.face_inputs(lambda: faces.turned(degrees), (640, 360))(tmp_path)
    _, sheet = find(engine, inputs, tmp_path)
    assert "straightened" not in sheet.flags
    assert sheet.transform[0][1] == sheet.transform[1][0] == 0
    assert 4 < abs(geometry.eye_line(np.array(sheet.points))) < 11


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = Image.fromarray(faces.astronaut()[:400])
    if orientation in back:
        stored = stored.transpose(back[orientation])
    path = faces.save(stored, tmp_path / "face.jpg", exif=exif, quality=95)
    seen = read_picture(path)
    assert seen.shape == (400, 512, 3)
    assert np.abs(seen.astype(int) - faces.astronaut()[:400]).mean() < 4


def sixteen_bits() -> Image.Image:
    grey = cv2.cvtColor(faces.astronaut(), cv2.COLOR_RGB2GRAY)
    return Image.fromarray(grey.astype(np.uint16) * 257)


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        pytest.param(lambda: Image.fromarray(faces.astronaut()).convert("CMYK"), "jpg", id="CMYK"),
        pytest.param(lambda: Image.fromarray(faces.astronaut()).convert("L"), "png", id="grey"),
        pytest.param(lambda: Image.fromarray(faces.astronaut()).quantize(256), "png", id="palette"),
        pytest.param(sixteen_bits, "png", id="16-bit"),
    ],
)
def test_every_pixel_format_is_read_as_it_looks(tmp_path, make, suffix):
    seen = read_picture(faces.save(make(), tmp_path / f"face.{suffix}"))
    assert seen.dtype == np.uint8
    light = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY).astype(int)
    wanted = cv2.cvtColor(faces.astronaut(), cv2.COLOR_RGB2GRAY)
    assert np.abs(light - wanted).mean() < 8


def test_hidden_colours_of_transparent_pixels_stay_hidden(tmp_path):
    picture = np.dstack([faces.astronaut(), np.full((512, 512), 255, np.uint8)])
    picture[:100, :100] = (255, 0, 0, 0)
    seen = read_picture(faces.save(Image.fromarray(picture), tmp_path / "face.png"))
    assert (seen[:100, :100] == BACKDROP).all()
    assert (seen[200:] == faces.astronaut()[200:]).all()


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", b"#EXTM3U"])
def test_a_file_that_is_not_a_picture_is_refused(tmp_path, content):
    path = tmp_path / "face.png"
    path.write_bytes(content)
    with pytest.raises(FaceRefused):
        read_picture(path)


def test_damaged_and_huge_pictures_are_refused(tmp_path):
    whole = faces.save(faces.astronaut(), tmp_path / "whole.png").read_bytes()
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole[: len(whole) // 2])
    huge = faces.save(Image.new("1", (9000, 9000)), tmp_path / "huge.png")
    for path in (cut, huge):
        with pytest.raises(FaceRefused):
            read_picture(path)


def test_one_of_two_faces_is_chosen_by_index_or_size(engine, tmp_path):
    boxes = []
    for i, params in enumerate(({"face_index": 0}, {"face_index": 1}, {"pick": "largest"})):
        folder = tmp_path / str(i)
        folder.mkdir()
        output, sheet = find(engine, faces.face_inputs(faces.two_faces, **params)(folder), folder)
        assert output.facts["faces_found"] == 2
        # Where the crop begins in the upload.
        boxes.append(-sheet.transform[0][2])
    assert abs(boxes[0] - boxes[1]) > 150
    assert boxes[2] in boxes[:2]


def test_a_small_face_in_the_background_is_ignored(engine, tmp_path):
    output, sheet = find(engine, faces.face_inputs(faces.bystander)(tmp_path), tmp_path)
    assert output.facts["chosen"] == 0
    assert sheet.interocular > 50


def test_a_small_face_is_found_in_a_large_picture(engine, tmp_path):
    inputs = faces.face_inputs(faces.in_a_crowd_sized_picture)(tmp_path)
    _, sheet = find(engine, inputs, tmp_path)
    assert sheet.interocular == pytest.approx(61, abs=5)


def test_a_narrow_picture_is_extended_and_flagged(engine, tmp_path):
    inputs = faces.face_inputs(lambda: faces.astronaut()[:, 150:300], (640, 360))(tmp_path)
    output, sheet = find(engine, inputs, tmp_path)
    assert "extended" in sheet.flags
    crop = cv2.imread(str(output.parts["crop.png"])).astype(int)
    width = sheet.crop[0]
    edge, middle = crop[:, : width // 10], crop[:, width * 4 // 10 : width * 6 // 10]
    # At this height the background reaches the picture's own edge.
    rows = slice(len(crop) * 4 // 10, len(crop) * 55 // 100)
    inside = int(sheet.transform[0][2])
    border, beyond = crop[rows, inside : inside + 3], crop[rows, inside - 9 : inside - 3]
    assert np.abs(beyond.mean((0, 1)) - border.mean((0, 1))).max() < 20, "it is a continuation"
    assert np.abs(np.diff(edge, axis=0)).mean() < np.abs(np.diff(middle, axis=0)).mean() / 4


@pytest.mark.parametrize("make", [faces.darker_skin, faces.side_lit, faces.black_and_white])
def test_other_skin_colours_lights_and_films_are_accepted(engine, tmp_path, make):
    output, _ = find(engine, faces.face_inputs(make)(tmp_path), tmp_path)
    assert output.facts["faces_found"] == 1


@pytest.mark.parametrize(("yaw", "refused"), [(10, False), (25, False), (50, True), (-55, True)])
def test_a_profile_is_refused(engine, tmp_path, yaw, refused):
    """On the points of a head turned in space: no still of it is at hand."""
    output, sheet = find(engine, faces.face_inputs(faces.astronaut)(tmp_path), tmp_path)
    crop = np.ascontiguousarray(cv2.imread(str(output.parts["crop.png"]))[..., ::-1])
    points = np.array(sheet.points, np.float32)
    middle = points[:468].mean(0)
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turned = (points - middle) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) + middle
    profile = not 0.2 < geometry.nose_place(turned) < 0.8 or abs(geometry.pose(turned).yaw) > 38
    assert profile == refused
    if refused:
        with pytest.raises(FaceTurnedAway):
            verdict.admit_view(engine._models, crop, turned.astype(np.float32))


def test_face_json_follows_its_schema(engine, tmp_path):
    output, sheet = find(engine, faces.face_inputs(faces.astronaut)(tmp_path), tmp_path)
    raw = json.loads(output.parts["face.json"].read_text())
    assert raw["schema"] == 1
    assert len(raw["points"]) == 478
    assert raw["upload"] == [512, 512]
    assert set(raw["flags"]) <= set(verdict.FLAGS)
    assert FaceMetadata.from_json(sheet.to_json()) == sheet
    with pytest.raises(ValueError, match="schema"):
        FaceMetadata.from_json('{"schema": 2}')
