"""Where Prometheus finds what it scrapes."""

from __future__ import annotations

from marshmallow import Schema, fields


class Target(Schema):
    """A group of targets, as Prometheus' discovery over HTTP wants it."""

    targets = fields.List(fields.String(), required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
