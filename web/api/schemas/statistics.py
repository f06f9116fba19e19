"""Figures for operators: the stage cache, and how good estimates are."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.text import Text


class _Sums(Schema):
    entries = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    evictable_entries = fields.Integer(
        required=True, metadata={"description": "No job shows them any more."}
    )
    evictable_bytes = fields.Integer(required=True)
    hits = fields.Integer(required=True)
    misses = fields.Integer(required=True)
    bytes_found = fields.Integer(required=True)
    seconds_saved = fields.Float(
        required=True, metadata={"description": "By what the steps were expected to take."}
    )
    evictions = fields.Integer(required=True)
    bytes_evicted = fields.Integer(required=True)


class CacheOfStage(_Sums):
    """What the cache has of one stage."""

    stage = Text(required=True)


class CacheTotal(_Sums):
    """Of all stages."""


class CacheFigures(Schema):
    """The stage cache."""

    policy = Text(required=True)
    limit_bytes = fields.Integer(required=True)
    limit_hours = fields.Float(required=True)
    stages = fields.List(fields.Nested(CacheOfStage), required=True)
    total = fields.Nested(CacheTotal, required=True)


class BackTest(Schema):
    """How often the truth was inside what had been expected."""

    what = Text(required=True, metadata={"description": "`job`, or a stage."})
    engine = Text(required=True)
    runs = fields.Integer(required=True)
    within_likely = fields.Float(
        required=True, allow_none=True, metadata={"description": "Should be half."}
    )
    within_high = fields.Float(
        required=True, allow_none=True, metadata={"description": "Should be nine in ten."}
    )
    above_low = fields.Float(required=True, allow_none=True)


class BackTests(Schema):
    """Jobs first, then the steps of each engine."""

    estimates = fields.List(fields.Nested(BackTest), required=True)
