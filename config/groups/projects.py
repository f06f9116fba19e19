"""The settings of projects: videos made after a sample."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """Limits of projects, their samples and their chats."""

    sample_max_mb: int = setting(200, "SAMPLE_MAX_MB", "Largest sample video, in MB.")
    sample_max_seconds: int = setting(60, "SAMPLE_MAX_SECONDS", "Longest sample video, in seconds.")
    most_a_owner: int = setting(
        100, "PROJECTS_PER_OWNER", "Projects that one owner can have at a time."
    )
    chat_letters: int = setting(
        4000, "PROJECT_CHAT_LETTERS", "Characters of the longest message in a project's chat."
    )
    chat_turns: int = setting(100, "PROJECT_CHAT_TURNS", "Messages of a person in one chat.")
    height: int = setting(
        720, "PROJECT_HEIGHT", "Width of a project's video in pixels; its height follows from 9:16."
    )
    files_days: int = setting(
        7,
        "PROJECT_FILES_DAYS",
        "Days for which the files of a finished project stay in a folder of its own in the store "
        "(`users/USER/projects/PROJECT`). 0: there are no such folders.",
    )
    cdn: str = setting(
        "",
        "CDN_BASE_URL",
        "URL of a CDN in front of this server, such as `https://cdn.example.com`: links to the "
        "videos and clips of projects begin with it. Empty: they are paths of this server.",
    )

    @property
    def cdn_base(self) -> str:
        """The start of links to finished files; empty without a CDN."""
        return self.cdn.rstrip("/")
