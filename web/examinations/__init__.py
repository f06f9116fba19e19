"""Examinations: uploaded files are judged by workers, and the verdicts recorded."""
