"""The routes of the library's pictures, and of what is public."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from web.access import scopes
from web.access.actor import current_actor
from web.api import library_items
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.images import Appeal, Image, Images, ImageSearch, ItemLink, NewName
from web.db.engine import reading
from web.images import listing, moderation, publishing
from web.images.listing import Search
from web.services import current_services

images = Blueprint("images", __name__, description="The pictures that an owner keeps.")

_BINARY = {"format": "binary", "type": "string"}


@images.post("/api/images")
@images.doc(**library_items.BODY)
@images.response(201, Image)
@images.alt_response(200, schema=Image, description="You have this picture already")
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "UPLOAD_NOT_FOUND")
@documented_errors(images, 413, "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE")
@documented_errors(images, 422, "VALIDATION_FAILED", "FILE_VALIDATION_FAILED")
def create() -> Response:
    """Add a picture (JPEG, PNG or WebP, 256 to 4096 pixels per side), or keep an upload"""
    stored = library_items.add("face")
    response = jsonify(Image().dump(listing.entry(stored.item)))
    response.status_code = 201 if stored.is_new else 200
    response.headers["Location"] = f"/api/images/{stored.item.id}"
    return response


@images.get("/api/images")
@images.arguments(ImageSearch, location="query")
@images.response(200, Images)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
@documented_errors(images, 422, "VALIDATION_FAILED")
def find_all(sent: dict[str, Any]) -> dict[str, Any]:
    """List your pictures, newest first"""
    owner = scopes.require_library(sent.pop("owner", None))
    with reading() as db:
        page = listing.page(db, Search(owner, "face", **sent))
    return {"images": [listing.entry(i) for i in page.rows], "next_cursor": page.next_cursor}


@images.get("/api/images/<image_id>")
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
def get(image_id: str) -> dict[str, Any]:
    """Get a picture"""
    return listing.entry(library_items.find("face", image_id))


@images.patch("/api/images/<image_id>")
@images.arguments(NewName)
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
@documented_errors(images, 422, "VALIDATION_FAILED")
def rename(sent: dict[str, Any], image_id: str) -> dict[str, Any]:
    """Change the name of a picture"""
    return listing.entry(listing.rename("face", image_id, sent["name"].strip()))


@images.delete("/api/images/<image_id>")
@images.response(204)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
def remove(image_id: str) -> None:
    """Delete a picture; jobs that use it go on"""
    library_items.remove("face", image_id)


@images.get("/api/images/<image_id>/content")
@images.response(200, _BINARY, content_type="image/*")
@documented_errors(images, 401, "SESSION_REQUIRED", "LINK_INVALID")
@documented_errors(images, 404, "IMAGE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(images, 451, "CONSENT_WITHDRAWN")
def content(image_id: str) -> Response:
    """Download a picture"""
    return library_items.content("face", image_id)


@images.get("/api/images/<image_id>/thumbnail")
@images.response(200, _BINARY, content_type="image/jpeg")
@documented_errors(images, 401, "SESSION_REQUIRED", "LINK_INVALID")
@documented_errors(images, 404, "IMAGE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(images, 451, "CONSENT_WITHDRAWN")
def thumbnail(image_id: str) -> Response:
    """Get the thumbnail of a picture, at most 512 pixels per side"""
    return library_items.thumbnail("face", image_id)


@images.post("/api/images/<image_id>/link")
@images.response(201, ItemLink)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
def link(image_id: str) -> dict[str, Any]:
    """Make a link to a picture that works for 15 minutes without credentials"""
    return library_items.link("face", image_id)


@images.post("/api/images/<image_id>/public")
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED", "LOGIN_REQUIRED")
@documented_errors(images, 403, "EMAIL_NOT_VERIFIED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
@documented_errors(images, 409, "IMAGE_NOT_APPROVED")
def publish(image_id: str) -> dict[str, Any]:
    """Give a picture a public address"""
    services = current_services()
    return listing.entry(publishing.publish(services, current_actor(), "face", image_id))


@images.delete("/api/images/<image_id>/public")
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
def withdraw(image_id: str) -> dict[str, Any]:
    """Take the public address of a picture away"""
    return listing.entry(publishing.withdraw(current_actor(), "face", image_id))


@images.post("/api/images/<image_id>/appeal")
@images.arguments(Appeal)
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
@documented_errors(images, 409, "IMAGE_NOT_REJECTED", "APPEAL_USED")
@documented_errors(images, 422, "VALIDATION_FAILED")
def appeal(sent: dict[str, Any], image_id: str) -> dict[str, Any]:
    """Ask an operator to look at a rejected picture again, once"""
    return listing.entry(moderation.appeal(image_id, sent["text"].strip()))


@images.get("/i/<public_id>")
@images.response(200, _BINARY, content_type="*/*")
@documented_errors(images, 404, "IMAGE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(images, 451, "CONSENT_WITHDRAWN")
def public(public_id: str) -> Response:
    """Get a picture or a recording that its owner has made public"""
    with reading() as db:
        item = publishing.public(db, public_id)
    return library_items.public(item)
