"""The settings of the moderation of pictures."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class ModerationSettings:
    """How pictures of libraries are checked for what must not be shown."""

    policy: str = setting(
        "off",
        "MODERATION",
        "`off`, `local` (a model that ships inside a package, on a worker) or `rekognition` "
        "(Amazon Rekognition, with boto3's own variables such as AWS_REGION). Until a picture is "
        "checked it is `pending`, and cannot be public.",
    )
