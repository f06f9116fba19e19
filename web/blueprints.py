"""The REST API: a blueprint per noun, and the OpenAPI document that they make."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api

from web.api.accounts import accounts
from web.api.administration import admin
from web.api.analytics import analytics
from web.api.batches import batches
from web.api.billing import billing
from web.api.blueprint import Blueprint
from web.api.capabilities import capabilities
from web.api.cleanup import cleanup
from web.api.consents import consents
from web.api.dead_letters import dead_letters
from web.api.docs import docs, extensions
from web.api.document import SERVERS, Descriptions
from web.api.feedback import feedback_routes
from web.api.first_design import first_design
from web.api.guides import guides
from web.api.health import health
from web.api.identities import identity_routes
from web.api.images import images
from web.api.jobs import jobs
from web.api.keys import keys
from web.api.library import library
from web.api.mails import mail_routes
from web.api.metrics import metrics
from web.api.models import models
from web.api.moderation import moderation
from web.api.operate import operate
from web.api.operations import operations
from web.api.outputs import outputs
from web.api.own_voices import own_voices
from web.api.passkeys import passkey_routes
from web.api.payments import payments
from web.api.previews import previews
from web.api.project_storyboards import projects
from web.api.quarantine import quarantine
from web.api.reports import reports
from web.api.resumable_uploads import resumable
from web.api.schemas.problem import Problem
from web.api.sessions import sessions
from web.api.studio import studio
from web.api.tickets import ticket_routes
from web.api.totp import totp_routes
from web.api.trust import trust
from web.api.uploads import uploads
from web.api.voices import voices
from web.api.webhooks import webhook_routes
from web.api.workers import workers
from web.http.errors import MEDIA_TYPE
from web.http.late_rules import LateRule
from web.realtime.routes import events, open_socket

_BLUEPRINTS = (
    *(sessions, uploads, resumable, jobs, events, outputs),
    *(library, images, own_voices, moderation, ticket_routes),
    *(first_design, capabilities, workers, health, metrics),
    *(quarantine, cleanup, docs, guides, studio, operations),
    *(operate, dead_letters, voices, previews, accounts, admin, keys, identity_routes),
    *(totp_routes, passkey_routes, webhook_routes, mail_routes, billing, payments),
    *(feedback_routes, analytics),
    *(trust, consents, reports, models, projects, batches),
)


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, with our error shape in the document, which is made when it is asked for.

    It costs four times as much as the rest of an application, and most processes never show it.
    """

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask, **options: Any) -> None:
        self._undocumented: list[Blueprint] = []
        self._has_refusals = False
        self._lock = threading.RLock()
        super().__init__(app, **options)

    @property
    def spec(self) -> APISpec:
        """The document of all blueprints that are registered so far."""
        with self._lock:
            if self._undocumented and not self._has_refusals:
                self._has_refusals = True
                self._describe_refusals()
            while self._undocumented:
                blueprint = self._undocumented.pop(0)
                name = blueprint.name
                blueprint.register_views_in_doc(
                    self, self._app, self._spec, name=name, parameters=None
                )
                self._spec.tag({"name": name, "description": blueprint.description})
            return self._spec

    @spec.setter
    def spec(self, spec: APISpec) -> None:
        self._spec = spec

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Register a blueprint's routes now, and leave their documentation for later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undocumented.append(blueprint)

    def _register_responses(self) -> None:
        """Leave flask-smorest's own responses out."""

    def _describe_refusals(self) -> None:
        """Describe the error responses that every route may return."""
        components = self._spec.components
        content = {MEDIA_TYPE: {"schema": Problem}}
        components.response("DEFAULT_ERROR", {"description": "A problem", "content": content})
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                refusal = {"description": status.phrase, "content": content}
                components.response(status.name, refusal, lazy=True)


def register(app: Flask) -> None:
    """Put every address of ours into an application."""
    app.config.update(
        API_TITLE="Callsheet",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.url_rule_class = LateRule
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    described = {"extra_plugins": [Descriptions(app)], "servers": SERVERS}
    api = _Api(app, spec_kwargs=extensions() | described)
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.add_url_rule("/progress/<session_id>", view_func=open_socket, websocket=True)
