"""Sign a statement into a video that it is AI-generated, and by which engines (C2PA).

Signing is the last step: any program that rewrites the file removes the statement.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_worker.media.signing.certificate import Identity
from tasks.domain.errors import EngineBroken

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_ENGINES = "org.callsheet.engines"
_SEARCHED = 8 * 1024**2
"""Bytes at the start of a file, where statements are."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The content of the statement: the engine of each stage.

    It does not name the job or a time: equal requests share one file, and the signature is dated.
    """

    engines: Sequence[Mapping[str, str]]


def metadata(origin: Origin) -> dict[str, str]:
    """Return tags that players show."""
    named = (f"{e['stage']}: {e['name']} {e['version']}".strip() for e in origin.engines)
    engines = ", ".join(named)
    comment = "AI-generated: this video was made by artificial intelligence."
    return {
        "title": "AI-generated video",
        "comment": f"{comment} Engines: {engines}." if engines else comment,
        "encoder": "Callsheet",
    }


_XMP_BOX = uuid.UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
_XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"
_PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()
"""XMP that says how the file was made, for readers that do not know C2PA."""


def mark_video(path: Path) -> None:
    """Append the XMP packet to an MP4 file, as a box of its own."""
    size = 8 + len(_XMP_BOX) + len(_PACKET)
    with path.open("ab") as file:
        file.write(size.to_bytes(4, "big") + b"uuid" + _XMP_BOX + _PACKET)


def mark_picture(path: Path) -> None:
    """Insert the XMP packet into a JPEG file, after its first marker."""
    content, body = path.read_bytes(), _XMP_SEGMENT + _PACKET
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    path.write_bytes(content[:2] + segment + content[2:])


def with_statements(clips: Sequence[Path]) -> list[Path]:
    """Return the clips that carry a statement of the provider that made them."""
    return [clip for clip in clips if verify(clip)["signed"]]


def sign(
    source: Path, target: Path, origin: Origin, identity: Identity, clips: Sequence[Path] = ()
) -> None:
    """Write `source` to `target` with the statement inside.

    Of the `clips` that it was made of, those with a statement become its ingredients.
    """
    import c2pa

    named = with_statements(clips)
    is_edit = len(named) == len(clips) == 1
    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain, identity.key, None)
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(_statement(origin, len(named), is_edit=is_edit)) as builder,
            source.open("rb") as before,
            target.open("w+b") as after,
        ):
            for number, clip in enumerate(named):
                _add_ingredient(builder, number, clip, is_edit=is_edit)
            builder.sign(signer, "video/mp4", before, after)
    except c2pa.C2paError as error:
        raise EngineBroken("The video could not be signed.", error=str(error)) from error


def _add_ingredient(builder: Any, number: int, clip: Path, *, is_edit: bool) -> None:
    """Keep the statement of a clip: as the parent of a video that is one clip, or a component."""
    described = {
        "title": f"Clip {number + 1}",
        "relationship": "parentOf" if is_edit else "componentOf",
        "label": _clip(number),
    }
    with clip.open("rb") as file:
        builder.add_ingredient(described, "video/mp4", file)


def _clip(number: int) -> str:
    return f"clip-{number + 1}"


def _actions(clips: int, *, is_edit: bool) -> list[dict[str, Any]]:
    """Say how the video came to be: an opened clip was edited, or a composition was created."""
    agent = {"softwareAgent": {"name": "Callsheet"}}
    source = agent | {"digitalSourceType": SOURCE_TYPE}
    if is_edit:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_clip(0)]}}
        return [agent | opened, source | {"action": "c2pa.edited"}]
    placed = (
        agent | {"action": "c2pa.placed", "parameters": {"ingredientIds": [_clip(number)]}}
        for number in range(clips)
    )
    return [source | {"action": "c2pa.created"}, *placed]


def _statement(origin: Origin, clips: int = 0, *, is_edit: bool = False) -> dict[str, Any]:
    engines = {"engines": list(origin.engines)}
    return {
        "claim_generator_info": [{"name": "Callsheet"}],
        "title": "AI-generated video",
        "format": "video/mp4",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(clips, is_edit=is_edit)}},
            {"label": _ENGINES, "data": engines},
        ],
    }


def unsigned() -> dict[str, Any]:
    """Return the provenance of a file without a statement."""
    return {"signed": False, "valid": False, "trusted": False, "problems": []}


def verify(
    path: Path, media_type: str = "video/mp4", anchors: Path | None = None
) -> dict[str, Any]:
    """Return the provenance of a file, and whether its signature is valid.

    `valid`: the file was not changed after it was signed. `trusted`: the signer's
    certificate is one of the `anchors` or signed by one. `problems` are C2PA's own codes.
    """
    import c2pa

    trust = {} if anchors is None else _trust(anchors)
    try:
        with (
            c2pa.Context.from_dict(trust) as context,
            path.open("rb") as file,
            c2pa.Reader(media_type, file, context=context) as reader,
        ):
            found: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return unsigned()
    except c2pa.C2paError as error:
        # A damaged statement, or a file that is no video and has none.
        return unsigned() | {"signed": _has_statement(path), "problems": [str(error)]}
    return _verdict(found)


def _has_statement(path: Path) -> bool:
    with path.open("rb") as file:
        return b"c2pa" in file.read(_SEARCHED)


def _trust(anchors: Path) -> dict[str, Any]:
    """Return the settings that trust some certificates: those of issuers and those of signers."""
    certificates = anchors.read_text("ascii")
    return {"trust": {"user_anchors": certificates, "allowed_list": certificates}}


def _verdict(found: dict[str, Any]) -> dict[str, Any]:
    state = found.get("validation_state", "Invalid")
    manifest = found["manifests"][found["active_manifest"]]
    assertions = {item["label"]: item["data"] for item in manifest.get("assertions", ())}
    actions: dict[str, Any] = next(
        (
            stated
            for key, stated in assertions.items()
            if key.startswith("c2pa.actions") and isinstance(stated, dict)
        ),
        {},
    )
    source_types = [
        action.get("digitalSourceType", "")
        for action in actions.get("actions", ())
        if isinstance(action, dict)
    ]
    failures = found.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    signature = manifest.get("signature_info", {})
    return {
        "signed": True,
        "valid": state in ("Valid", "Trusted"),
        "trusted": state == "Trusted",
        "problems": sorted({failure["code"] for failure in failures}),
        "ai_generated": SOURCE_TYPE in source_types,
        "signer": signature.get("issuer", ""),
        "signed_at": signature.get("time", ""),
        "engines": _engines(assertions.get(_ENGINES)),
        "ingredients": [_ingredient(one, found) for one in manifest.get("ingredients", ())],
    }


def _engines(stated: object) -> list[dict[str, str]]:
    """Return the engines of a statement, which any program may have written."""
    listed = stated.get("engines") if isinstance(stated, dict) else None
    return [
        {
            "stage": str(one["stage"]),
            "name": str(one["name"]),
            "version": str(one.get("version", "")),
        }
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and {"stage", "name"} <= one.keys()
    ]


def _ingredient(ingredient: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    """Describe a file that the signed one was made from, and who signed that."""
    manifest = found["manifests"].get(ingredient.get("active_manifest", ""), {})
    return {
        "title": ingredient.get("title", ""),
        "relationship": ingredient.get("relationship", ""),
        "signer": manifest.get("signature_info", {}).get("issuer", ""),
    }
