"""The routes of the library's pictures, and of what is public."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.access import scopes
from web.api import library_items
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.item_routes import BINARY, ItemRoutes
from web.api.schemas.images import AppealImage, Image, Images, ImageSearch
from web.db.engine import reading
from web.images import listing, moderation, publishing
from web.images.listing import Search

images = Blueprint("images", __name__, description="The pictures that an owner keeps.")

ItemRoutes(
    blueprint=images,
    kind="face",
    noun="picture",
    formats="picture (JPEG, PNG, WebP, HEIC or AVIF, at least 256 pixels per side)",
    parameter="image_id",
    not_found="IMAGE_NOT_FOUND",
    in_use="IMAGE_IN_USE",
    schema=Image,
    report=listing.entry,
    content_type="image/*",
    preview_type="image/jpeg",
    preview="the thumbnail of a picture, at most 512 pixels per side",
    not_public=("IMAGE_NOT_APPROVED",),
).add()


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


@images.get("/api/images/<image_id>/crops/<stem>")
@images.response(200, BINARY, content_type="image/jpeg")
@documented_errors(images, 401, "SESSION_REQUIRED", "LINK_INVALID")
@documented_errors(images, 404, "IMAGE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(images, 451, "CONSENT_WITHDRAWN")
def crop(image_id: str, stem: str) -> Response:
    """Get what a video would show of a face, such as `0-9x16`: face and aspect ratio"""
    return library_items.crop(image_id, stem)


@images.post("/api/images/<image_id>/appeal")
@images.arguments(AppealImage)
@images.response(200, Image)
@documented_errors(images, 401, "SESSION_REQUIRED")
@documented_errors(images, 404, "IMAGE_NOT_FOUND")
@documented_errors(images, 409, "IMAGE_NOT_REJECTED", "APPEAL_USED")
@documented_errors(images, 422, "VALIDATION_FAILED")
def appeal(sent: dict[str, Any], image_id: str) -> dict[str, Any]:
    """Ask an operator to look at a rejected picture again, once"""
    return listing.entry(moderation.appeal(image_id, sent["text"].strip()))


@images.get("/i/<public_id>")
@images.response(200, BINARY, content_type="*/*")
@documented_errors(images, 404, "IMAGE_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(images, 451, "CONSENT_WITHDRAWN")
def public(public_id: str) -> Response:
    """Get a picture or a recording that its owner has made public"""
    with reading() as db:
        item = publishing.public(db, public_id)
    return library_items.public(item)
