"""The routes that pictures and recordings of the library share, for a blueprint of each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Response, jsonify
from marshmallow import Schema

from web.access.actor import current_actor
from web.api import library_items
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.images import ItemLink, RenameItem
from web.images import listing, publishing
from web.images.models import LibraryItem
from web.services import current_services
from web.uploads.candidate import Kind

BINARY: Final = {"format": "binary", "type": "string"}
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ItemRoutes:
    """Adds the routes of one kind of items; lists and single items are of their own blueprints."""

    blueprint: Blueprint
    kind: Kind
    noun: str
    """What people call an item: `picture` or `recording`."""
    formats: str
    """The files that may be added, for the documentation."""
    parameter: str
    """The name of an item's id in addresses, by which the guard knows it."""
    not_found: str
    """The code of the error for an unknown item."""
    in_use: str
    """The code of the error for the deletion of an item that a job uses."""
    schema: type[Schema]
    report: Callable[[LibraryItem], dict[str, Any]]
    content_type: str
    preview_type: str
    preview: str
    """What the thumbnail shows, for the documentation."""
    change: type[Schema] = RenameItem
    """What may be changed."""
    changed: str = ""
    """What a change does, for the documentation; by default it gives another name."""
    change_refused: tuple[str, ...] = ()
    """The further codes with which a change is refused."""
    not_public: tuple[str, ...] = ()
    """The codes with which a publication is refused because of the item's state."""

    @property
    def path(self) -> str:
        return listing.PATHS[self.kind]

    @property
    def item_path(self) -> str:
        return f"{self.path}/<{self.parameter}>"

    def refuses(self, status: int, *codes: str) -> Callable[..., Any]:
        """Document the errors of a route."""
        return documented_errors(self.blueprint, status, *codes)

    def guarded(self, view: _View, *unauthorised: str) -> _View:
        """Document the errors of every route of one item."""
        known: _View = self.refuses(404, self.not_found)(view)
        found: _View = self.refuses(401, "SESSION_REQUIRED", *unauthorised)(known)
        return found

    def add(self) -> None:
        """Add all routes to the blueprint."""
        for add in (_add_create, _add_change, _add_files, _add_public):
            add(self)


def _described(summary: str) -> Callable[[_View], _View]:
    """Give a view the docstring that the API's documentation shows."""

    def described(view: _View) -> _View:
        view.__doc__ = summary
        return view

    return described


def _add_create(routes: ItemRoutes) -> None:
    blueprint = routes.blueprint

    @blueprint.post(routes.path)
    @blueprint.doc(**library_items.body_of(routes.kind))
    @blueprint.response(201, routes.schema)
    @blueprint.alt_response(
        200, schema=routes.schema, description=f"You have this {routes.noun} already"
    )
    @routes.refuses(401, "SESSION_REQUIRED")
    @routes.refuses(404, "UPLOAD_NOT_FOUND")
    @routes.refuses(413, "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE")
    @routes.refuses(422, "VALIDATION_FAILED", "FILE_VALIDATION_FAILED")
    @routes.refuses(451, "CONSENT_WITHDRAWN")
    @_described(f"Add a {routes.formats}, or keep an upload")
    def create() -> Response:
        stored = library_items.add(routes.kind)
        response = jsonify(routes.schema().dump(routes.report(stored.item)))
        response.status_code = 201 if stored.is_new else 200
        response.headers["Location"] = f"{routes.path}/{stored.item.id}"
        return response


def _add_change(routes: ItemRoutes) -> None:
    blueprint = routes.blueprint

    def cuts(view: _View) -> _View:
        """Document the error of a route that may cut a recording."""
        if routes.kind != "voice":
            return view
        found: _View = routes.refuses(451, "CONSENT_WITHDRAWN")(view)
        return found

    @blueprint.patch(routes.item_path)
    @blueprint.arguments(routes.change)
    @blueprint.response(200, routes.schema)
    @routes.guarded
    @routes.refuses(422, "VALIDATION_FAILED", *routes.change_refused)
    @cuts
    @_described(routes.changed or f"Change the name of a {routes.noun}")
    def rename(sent: dict[str, Any], **at: str) -> dict[str, Any]:
        return routes.report(library_items.change(routes.kind, at[routes.parameter], sent))

    @blueprint.delete(routes.item_path)
    @blueprint.response(204)
    @routes.guarded
    @routes.refuses(409, routes.in_use)
    @_described(f"Delete a {routes.noun} that no open job uses")
    def remove(**at: str) -> None:
        library_items.remove(routes.kind, at[routes.parameter])


def _add_files(routes: ItemRoutes) -> None:
    blueprint = routes.blueprint

    def sends(view: _View) -> _View:
        """Document the errors of a route that sends bytes, which links open too."""
        withdrawn: _View = routes.refuses(451, "CONSENT_WITHDRAWN")(view)
        missing: _View = routes.refuses(404, routes.not_found, "FILE_NOT_FOUND")(withdrawn)
        found: _View = routes.refuses(401, "SESSION_REQUIRED", "LINK_INVALID")(missing)
        return found

    @blueprint.get(f"{routes.item_path}/content")
    @blueprint.response(200, BINARY, content_type=routes.content_type)
    @sends
    @_described(f"Download a {routes.noun}, or a range of its bytes")
    def content(**at: str) -> Response:
        return library_items.content(routes.kind, at[routes.parameter])

    @blueprint.get(f"{routes.item_path}/thumbnail")
    @blueprint.response(200, BINARY, content_type=routes.preview_type)
    @sends
    @_described(f"Get {routes.preview}")
    def thumbnail(**at: str) -> Response:
        return library_items.thumbnail(routes.kind, at[routes.parameter])

    @blueprint.post(f"{routes.item_path}/link")
    @blueprint.response(201, ItemLink)
    @routes.guarded
    @_described(f"Make a link to a {routes.noun} that works for 15 minutes without credentials")
    def link(**at: str) -> dict[str, Any]:
        return library_items.link(routes.kind, at[routes.parameter])


def _add_public(routes: ItemRoutes) -> None:
    blueprint = routes.blueprint

    def refused_by_state(view: _View) -> _View:
        if not routes.not_public:
            return view
        found: _View = routes.refuses(409, *routes.not_public)(view)
        return found

    @blueprint.post(f"{routes.item_path}/public")
    @blueprint.response(200, routes.schema)
    @routes.refuses(401, "SESSION_REQUIRED", "LOGIN_REQUIRED")
    @routes.refuses(403, "EMAIL_NOT_VERIFIED")
    @routes.refuses(404, routes.not_found)
    @refused_by_state
    @_described(f"Give a {routes.noun} a public address")
    def publish(**at: str) -> dict[str, Any]:
        services, actor = current_services(), current_actor()
        item_id = at[routes.parameter]
        return routes.report(publishing.publish(services, actor, routes.kind, item_id))

    @blueprint.delete(f"{routes.item_path}/public")
    @blueprint.response(200, routes.schema)
    @routes.guarded
    @_described(f"Take the public address of a {routes.noun} away")
    def withdraw(**at: str) -> dict[str, Any]:
        item_id = at[routes.parameter]
        return routes.report(publishing.withdraw(current_actor(), routes.kind, item_id))
