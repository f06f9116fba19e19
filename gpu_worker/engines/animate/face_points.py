"""Names for MediaPipe's 478 points; left and right are as seen in the picture."""

UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
"""Lips, corner to corner; the middle ones, at index 5, lie on the face's axis."""

LEFT_EYE = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
)
RIGHT_EYE = (
    (362, 398, 384, 385, 386, 387, 388, 466, 263),
    (362, 382, 381, 380, 374, 373, 390, 249, 263),
)
"""Upper and lower lid, corner to corner, left to right."""
LEFT_BROW = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55)
RIGHT_BROW = (300, 293, 334, 296, 336, 276, 283, 282, 295, 285)
LEFT_IRIS, RIGHT_IRIS = 468, 473

EYE_OUTER = (33, 263)
EARS = (234, 454)
CHEEKS = (50, 280, 205, 425)
FOREHEAD, CHIN, NOSE_BASE, NOSE_TIP = 10, 152, 2, 4
EYE_CORNERS = ((33, 133), (362, 263))
MOUTH_CORNERS = (61, 291)
SMILE_FOLDS = ((129, 203, 206, 216, 212, 202), (358, 423, 426, 436, 432, 422))
"""From the wings of the nose past the corners of the mouth."""
