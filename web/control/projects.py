"""Follow projects from the controller: plan samples, join clips, and keep folders of files."""

from __future__ import annotations

from functools import partial

from web.dead_letters import letters, quarantine
from web.projects import analysis, joining
from web.projects.folders import ProjectFolders
from web.services import Services


def follow(services: Services) -> None:
    """Do one turn for all projects; what cannot be decided for one fails its job only."""
    for project_id, job_id, key in analysis.finished():
        plan = partial(analysis.plan, services, project_id, key)
        name = f"plan {project_id}"
        if not quarantine.attempt(plan, letters.DECISION, name, "plan", job_id=job_id):
            analysis.give_up(services, project_id)
    for generation_id, job_id in joining.open_generations():
        move = partial(joining.move_on, services, generation_id)
        name = f"generation {generation_id}"
        quarantine.attempt(move, letters.DECISION, name, "generation", job_id=job_id)


def keep_folders(folders: ProjectFolders) -> None:
    """Write the folders of finished projects in the store, and remove those that have to go."""
    for name, action in folders.due():
        quarantine.attempt(action, letters.DUTY, f"folder {name}")


def clean_folders(folders: ProjectFolders) -> None:
    """Remove files of projects that have expired, whatever a controller remembers."""
    for name, action in folders.old():
        quarantine.attempt(action, letters.DUTY, f"folder {name}")
