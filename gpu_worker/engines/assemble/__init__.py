"""The stage that joins the scenes into one finished video.

    takes -> timeline -> sound ----\\
                     \\-> captions --> picture -> quality -> provenance -> final.mp4
"""
