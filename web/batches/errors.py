"""Errors of batches."""

from __future__ import annotations

from tasks.domain.errors import RequestError


class BatchNotFound(RequestError):
    """This batch does not exist."""

    code = "BATCH_NOT_FOUND"
    status = 404


class BatchState(RequestError):
    """The batch does not allow this now."""

    code = "BATCH_STATE"
    status = 409


class ManifestInvalid(RequestError):
    """This is not a valid manifest for the template."""

    code = "MANIFEST_INVALID"
    status = 422
