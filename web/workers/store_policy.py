"""What a worker node may do with the artifact store, as S3 and its kin read it (IAM)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

UPLOADS: Final = "tmp"
"""Where large files are put together."""


def policy(artifacts_url: str) -> dict[str, Any] | None:
    """Read and add results, end nothing; None where the store knows no policies of this kind.

    >>> policy("file:///srv/store")
    >>> policy("s3://films/ours")["Statement"][1]["Resource"]
    ['arn:aws:s3:::films/ours/tmp/*']
    """
    parts = urlsplit(artifacts_url)
    if parts.scheme not in ("s3", "s3a"):
        return None
    bucket = f"arn:aws:s3:::{parts.netloc}"
    place = "/".join(filter(None, (bucket, parts.path.strip("/"))))
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow(
                "ReadAndAdd",
                ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
                [f"{place}/{folder}/*" for folder in ("blobs", "artifacts", "jobs", UPLOADS)],
            ),
            _allow("ClearOwnUploads", ["s3:DeleteObject"], [f"{place}/{UPLOADS}/*"]),
            # Without it, S3 answers 403 to who asks for what is not there (yet), not 404.
            _allow("HearThatSomethingIsMissing", ["s3:ListBucket"], [bucket]),
        ],
    }


def _allow(name: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}
