"""The IAM policy of worker nodes for an artifact store on S3 or a compatible service."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

UPLOADS: Final = "tmp"
"""The folder in which large files are assembled."""


def policy(artifacts_url: str) -> dict[str, Any] | None:
    """Allow reading and adding results but not deleting them; None for stores without IAM.

    >>> policy("file:///srv/store")
    >>> policy("s3://films/ours")["Statement"][1]["Resource"]
    ['arn:aws:s3:::films/ours/tmp/*']
    """
    parts = urlsplit(artifacts_url)
    if parts.scheme not in ("s3", "s3a"):
        return None
    bucket = f"arn:aws:s3:::{parts.netloc}"
    prefix = "/".join(filter(None, (bucket, parts.path.strip("/"))))
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(
                "ReadAndAdd",
                ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
                [f"{prefix}/{folder}/*" for folder in ("blobs", "artifacts", "jobs", UPLOADS)],
            ),
            _allow("ClearOwnUploads", ["s3:DeleteObject"], [f"{prefix}/{UPLOADS}/*"]),
            # Without it, S3 answers 403 instead of 404 for an object that does not exist.
            _allow("SeeThatAnObjectIsMissing", ["s3:ListBucket"], [bucket]),
        ],
    }


def _allow(name: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}
