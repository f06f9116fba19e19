"""Follow projects from the controller: plan analysed samples, and join clips that are made."""

from __future__ import annotations

from functools import partial

from web.dead_letters import letters, quarantine
from web.projects import analysis, joining
from web.services import Services


def follow(services: Services) -> None:
    """Do one turn for all projects; what cannot be decided for one fails its job only."""
    for project_id, job_id, key in analysis.finished():
        plan = partial(analysis.plan, services, project_id, key)
        name = f"plan {project_id}"
        if not quarantine.attempt(plan, letters.DECISION, name, "plan", job_id=job_id):
            analysis.give_up(project_id)
    for generation_id, job_id in joining.open_generations():
        move = partial(joining.move_on, services, generation_id)
        name = f"generation {generation_id}"
        quarantine.attempt(move, letters.DECISION, name, "generation", job_id=job_id)
