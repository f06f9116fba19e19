"""A client of Callsheet: a face, a voice and a script become a talking video."""

from callsheet_client import models
from callsheet_client._async.client import AsyncClient
from callsheet_client._async.job import AsyncJob
from callsheet_client._async.session import AsyncSession
from callsheet_client._sync.client import Client
from callsheet_client._sync.job import Job
from callsheet_client._sync.session import Session
from callsheet_client.errors import (
    ApiError,
    CallsheetError,
    ConnectionFailed,
    JobCancelled,
    JobEnded,
    JobFailed,
    WaitTimeout,
    WebhookInvalid,
)
from callsheet_client.webhooks import verify_webhook

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncJob",
    "AsyncSession",
    "CallsheetError",
    "Client",
    "ConnectionFailed",
    "Job",
    "JobCancelled",
    "JobEnded",
    "JobFailed",
    "Session",
    "WaitTimeout",
    "WebhookInvalid",
    "models",
    "verify_webhook",
]
