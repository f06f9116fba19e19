"""Where Prometheus finds what it scrapes."""

from __future__ import annotations

from marshmallow import Schema, fields

from web.api.schemas.text import Text


class Target(Schema):
    """A group of targets, as Prometheus' discovery over HTTP wants it."""

    targets = fields.List(Text(), required=True)
    labels = fields.Dict(keys=Text(), values=Text(), required=True)
