"""Draw a small preview for the user: the mesh over the crop."""

from __future__ import annotations

import cv2
import numpy as np
from mediapipe.python.solutions import face_mesh_connections as edges

from gpu_worker.engines.face.models import Points, Rgb

TALLEST = 640
LINE = (120, 235, 255)
CONTOUR = (255, 255, 255)


def draw_preview(rgb: Rgb, points: Points) -> Rgb:
    """Return the crop with the mesh over it, at most 640 pixels tall."""
    scale = min(1.0, TALLEST / rgb.shape[0])
    if rgb.shape[0] < TALLEST / 2:
        scale = TALLEST / 2 / rgb.shape[0]
    sheet = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mesh = sheet.copy()
    at = np.rint(points[:, :2] * scale * 16).astype(int)
    for pairs, colour in ((edges.FACEMESH_TESSELATION, LINE), (edges.FACEMESH_CONTOURS, CONTOUR)):
        for a, b in sorted(pairs):
            cv2.line(mesh, tuple(at[a]), tuple(at[b]), colour, 1, cv2.LINE_AA, 4)
    drawn: Rgb = cv2.addWeighted(mesh, 0.45, sheet, 0.55, 0)
    return drawn
