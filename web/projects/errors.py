"""Errors of projects."""

from __future__ import annotations

from tasks.domain.errors import RequestError


class ProjectNotFound(RequestError):
    """This project does not exist."""

    code = "PROJECT_NOT_FOUND"
    status = 404


class ProjectState(RequestError):
    """The project does not allow this now."""

    code = "PROJECT_STATE"
    status = 409


class ProjectExpired(RequestError):
    """The files of this project have expired. Create a new project."""

    code = "PROJECT_EXPIRED"
    status = 410


class ProjectLimit(RequestError):
    """You have as many projects as this server allows. Delete one first."""

    code = "PROJECT_LIMIT"
    status = 429


class SampleMissing(RequestError):
    """Upload a sample video first."""

    code = "SAMPLE_MISSING"
    status = 409


class AnalysisUnreadable(RequestError):
    """The analysis of the sample could not be used. Analyse it again, or use another sample."""

    code = "ANALYSIS_UNREADABLE"
    status = 409


class PlanMissing(RequestError):
    """The project has no plan yet. Analyse its sample first."""

    code = "PLAN_MISSING"
    status = 409


class PlanChanged(RequestError):
    """The plan or its price has changed since you saw it. Look at it again and confirm it."""

    code = "PLAN_CHANGED"
    status = 409


class PlanInvalid(RequestError):
    """This is not a valid plan."""

    code = "PLAN_INVALID"
    status = 422


class RevisionNotFound(RequestError):
    """The plan has no such revision."""

    code = "REVISION_NOT_FOUND"
    status = 404


class ChatFull(RequestError):
    """This chat has reached its limit. Change the plan itself, or start a new project."""

    code = "CHAT_FULL"
    status = 409


class StoryboardOpen(RequestError):
    """A scene has no approved draft. Make the storyboard and approve it first."""

    code = "STORYBOARD_OPEN"
    status = 409


class NothingFinished(RequestError):
    """The project has no finished video."""

    code = "VIDEO_MISSING"
    status = 409
