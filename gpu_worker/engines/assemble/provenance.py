"""Sign a statement into a video that it is AI-generated, and by which engines (C2PA).

Signing is the last step: any program that rewrites the file removes the statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_worker.engines.assemble.certificate import Identity
from tasks.domain.errors import EngineBroken

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_ENGINES = "org.callsheet.engines"


@dataclass(frozen=True, slots=True)
class Origin:
    """The content of the statement: the engine of each stage.

    It does not name the job or a time: equal requests share one file, and the signature is dated.
    """

    engines: Sequence[Mapping[str, str]]


def metadata(origin: Origin) -> dict[str, str]:
    """Return tags that players show."""
    engines = ", ".join(f"{e['stage']}: {e['name']} {e['version']}" for e in origin.engines)
    comment = "AI-generated: this video was made by artificial intelligence."
    return {
        "title": "AI-generated video",
        "comment": f"{comment} Engines: {engines}." if engines else comment,
        "encoder": "Callsheet",
    }


def sign(source: Path, target: Path, origin: Origin, identity: Identity) -> None:
    """Write `source` to `target` with the statement inside."""
    import c2pa

    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain, identity.key, None)
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(_statement(origin)) as builder,
            source.open("rb") as before,
            target.open("w+b") as after,
        ):
            builder.sign(signer, "video/mp4", before, after)
    except c2pa.C2paError as error:
        raise EngineBroken("The video could not be signed.", error=str(error)) from error


def _statement(origin: Origin) -> dict[str, Any]:
    created = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE_TYPE,
        "softwareAgent": {"name": "Callsheet"},
    }
    engines = {"engines": list(origin.engines)}
    return {
        "claim_generator_info": [{"name": "Callsheet"}],
        "title": "AI-generated video",
        "format": "video/mp4",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": _ENGINES, "data": engines},
        ],
    }


def verify(path: Path) -> dict[str, Any]:
    """Return the provenance of a file, and whether its signature is valid.

    `valid`: the file was not changed after it was signed. `trusted`: the signer's
    certificate is on the trust list too. `problems` are C2PA's own codes.
    """
    import c2pa

    try:
        with path.open("rb") as file, c2pa.Reader("video/mp4", file) as reader:
            found: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return {"signed": False, "valid": False, "trusted": False, "problems": []}
    except c2pa.C2paError as error:
        return {"signed": True, "valid": False, "trusted": False, "problems": [str(error)]}
    return _verdict(found)


def _verdict(found: dict[str, Any]) -> dict[str, Any]:
    state = found.get("validation_state", "Invalid")
    manifest = found["manifests"][found["active_manifest"]]
    assertions = {item["label"]: item["data"] for item in manifest.get("assertions", ())}
    actions: dict[str, Any] = next(
        (assertions[key] for key in assertions if key.startswith("c2pa.actions")), {}
    )
    source_types = [action.get("digitalSourceType", "") for action in actions.get("actions", ())]
    failures = found.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    return {
        "signed": True,
        "valid": state in ("Valid", "Trusted"),
        "trusted": state == "Trusted",
        "problems": sorted({failure["code"] for failure in failures}),
        "ai_generated": SOURCE_TYPE in source_types,
        "signer": manifest.get("signature_info", {}).get("issuer", ""),
        **{"engines": [], **assertions.get(_ENGINES, {})},
    }
