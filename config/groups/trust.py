"""The settings of marking, verification and reports."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class TrustSettings:
    """How videos are marked and recognised, and who receives reports."""

    label: str = setting(
        "default",
        "LABEL",
        "The visible label that marks a video as AI-generated: `always`; `default`: unless a "
        "request says `label: false`; `off`: only if a request asks for it.",
    )
    verify_max_mb: int = setting(
        200, "VERIFY_MAX_MB", "Largest file for `POST /api/verify` and `POST /api/reports`, in MB."
    )
    report_mail: str = setting(
        "",
        "REPORT_MAIL",
        "Address that gets a mail for each report of a person shown. Empty: none; reports wait on "
        "the Operate page.",
    )
