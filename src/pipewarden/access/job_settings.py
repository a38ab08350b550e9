"""What settings make of a job: what forks of private repositories are given, and who else's jobs share its runner.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository#enabling-workflows-for-forks-of-private-repositories
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from pipewarden.model.ids import Kind
from pipewarden.model.jobs import Circle, EffectiveJob, Given, Start
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import CHECKOUT

_FORKS = "actions_fork_private"


def settled(starts: Iterable[Start], snapshot: Snapshot, repository: int) -> tuple[Start, ...]:
    """Return the ways to start a job of a repository as its settings leave them.

    A private repository's settings decide whether pull requests from forks run at all, and whether they are given secrets
    and a token that writes. Where those settings were not read, that is not known.
    """
    attributes = snapshot.entity(repository).attributes if repository >= 0 else {}
    told, visibility = _settings(snapshot, repository), attributes.get("visibility")
    if visibility in {"private", "internal"}:
        return tuple(_of_forks(starts, told))
    if visibility is None and (told is None or told.get("send_secrets_and_variables") is not False):
        read = repository >= 0 and snapshot.ref(repository).instance != CHECKOUT
        return tuple(_doubted(starts)) if read else tuple(starts)
    return tuple(starts)


def _doubted(starts: Iterable[Start]) -> Iterator[Start]:
    """Yield starts of a repository of which it was not read whether it is private: its settings may give forks secrets."""
    for start in starts:
        by_fork = start.by is Circle.FORK and start.secrets is Given.NONE
        yield replace(start, secrets=Given.SETTING) if by_fork else start


def _settings(snapshot: Snapshot, repository: int) -> dict[str, Any] | None:
    for scope in snapshot.scopes(repository):
        told = snapshot.entity(scope).attributes.get(_FORKS)
        if isinstance(told, dict):
            return told
    return None


def _of_forks(starts: Iterable[Start], told: dict[str, Any] | None) -> Iterator[Start]:
    for start in starts:
        if start.by is not Circle.FORK or start.secrets is not Given.NONE:
            yield start
        elif told is None:
            yield replace(start, secrets=Given.SETTING)
        elif told.get("run_workflows_from_fork_pull_requests") is not False:
            gate = "somebody approves the run" if told.get("require_approval_for_fork_pr_workflows") else ""
            yield replace(
                start,
                secrets=Given.ALL if told.get("send_secrets_and_variables") else Given.NONE,
                reads_only=not told.get("send_write_tokens_to_workflows"),
                gate="; ".join(words for words in (start.gate, gate) if words),
            )


def sharing(job: EffectiveJob, snapshot: Snapshot, repository: int) -> str:
    """Say whose jobs run on the machines that a job asks for; empty where they are thrown away or not known.

    A self-hosted runner of a group runs the jobs of every repository the group is shared with.
    https://docs.github.com/en/actions/concepts/runners/runner-groups
    """
    if repository < 0 or job.runner in {"", "none", "hosted"}:
        return ""
    for group in snapshot.children(int(snapshot.parent[repository]), Kind.RUNNER_GROUP):
        attributes = snapshot.entity(group).attributes
        if not _is_on(job, attributes, snapshot, group):
            continue
        chosen = attributes.get("selected_repositories")
        name = str(attributes.get("name") or snapshot.name_of(group))
        match attributes.get("visibility"):
            case "all":
                return f"runner group {name}, shared with every repository"
            case "private":
                return f"runner group {name}, shared with every private repository"
            case "selected" if isinstance(chosen, (list, tuple)):
                if snapshot.ref(repository).key in {str(each) for each in chosen}:
                    many = f"{len(chosen) - 1} other{'s' if len(chosen) > 2 else ''}" if len(chosen) > 1 else "no other"
                    return f"runner group {name}, shared with {many}"
    return ""


def _is_on(job: EffectiveJob, group: dict[str, Any], snapshot: Snapshot, ordinal: int) -> bool:
    """Tell whether a job can run in a group: it names it, or one of the group's runners has all labels it asks for."""
    if job.runner_group:
        return str(group.get("name") or "").lower() == job.runner_group.lower()
    wanted = {label.lower() for label in job.labels}
    return bool(wanted) and any(
        wanted <= {str(label).lower() for label in snapshot.entity(runner).attributes.get("labels") or ()}
        for runner in snapshot.children(ordinal, Kind.RUNNER)
    )
