"""Which jobs of a GitLab project a trust accepts: by the project, the ref they run for, and the environment they deploy to.

https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pipewarden.access.github.oidc import accepts, accepts_start
from pipewarden.model.facts import Entity, Trust

NEW_BRANCH = "a-branch-made-for-it"

WEIGHED = frozenset(
    {"project_path", "project_id", "namespace_path", "namespace_id", "ref", "ref_type", "ref_path", "sub"}
)
"""Claims that are compared with what is known of the project, and of the branches its jobs may run for."""
PLACES = frozenset({"ref_protected", "environment"})


def claims_of(trust: Trust) -> Mapping[str, Any]:
    """Return the claims that a trust compares, by their names."""
    found: Mapping[str, Any] = trust.attributes.get("claims") or {}
    return found


COMPONENTS = ("project_path", "ref_type", "ref")
"""What subjects are made of by default: `project_path:{group}/{project}:ref_type:{type}:ref:{branch_name}`."""


def components_of(project: Entity) -> tuple[str, ...]:
    """Return the claims that the subjects of a project's jobs are made of, the project's path first.

    https://docs.gitlab.com/api/projects/#edit-a-project (`ci_id_token_sub_claim_components`)
    """
    told = project.attributes.get("ci_id_token_sub_claim_components")
    return tuple(str(each) for each in told) if isinstance(told, list) and told else COMPONENTS


def start_of(project: Entity) -> str:
    """Return how the subjects of a project's jobs begin."""
    names = components_of(project)
    return f"project_path:{project.name}" + "".join(f":{name}:" for name in names[1:2])


def _subject(project: Entity, branch: str) -> str:
    """Return the subject of a job that runs for a branch; `*` for what another setting adds."""
    values = {"project_path": project.name, "ref_type": "branch", "ref": branch}
    return ":".join(f"{name}:{values.get(name, '*')}" for name in components_of(project))


def project_fits(trust: Trust, project: Entity) -> bool:
    """Tell whether a trust may accept jobs of a project, by the subjects and by the claims about the project."""
    start = start_of(project)
    if trust.subjects and not any(accepts_start(each, start) for each in trust.subjects):
        return False
    own = {
        "project_path": project.name,
        "project_id": project.ref.key,
        "namespace_path": project.name.rpartition("/")[0],
        "namespace_id": project.parent.key if project.parent else "",
    }
    return all(not values or _fits(own[name], values) for name, values in claims_of(trust).items() if name in own)


def _fits(value: str, patterns: Any) -> bool:
    return any("${" in each or fnmatchcase(value, each) for each in patterns)


def branch_fits(trust: Trust, project: Entity, branch: str) -> bool:
    """Tell whether a trust accepts a job of a project that runs for a branch; merge requests run for their source branch."""
    subject = _subject(project, branch)
    if trust.subjects and not any(accepts(each, subject) for each in trust.subjects):
        return False
    own = {"ref": branch, "ref_type": "branch", "ref_path": f"refs/heads/{branch}"}
    return all(not values or _fits(own[name], values) for name, values in claims_of(trust).items() if name in own)


def protected_alone(trust: Trust) -> bool:
    """Tell whether jobs on protected refs alone are accepted. `ref_protected`: “true if the Git ref is protected”."""
    return list(claims_of(trust).get("ref_protected") or ()) == ["true"]


def environments_of(trust: Trust) -> list[str]:
    """Return the environments that a trust names. `environment`: “Environment this job deploys to.”."""
    return [str(each) for each in claims_of(trust).get("environment") or ()]


def any_project(trust: Trust) -> list[str]:
    """Return the subjects of a trust by which jobs of every project of an instance are accepted."""
    if any(claims_of(trust).get(name) for name in ("project_id", "namespace_id")):
        return []
    return [each for each in trust.subjects if each.startswith("project_path:*") and each[14:15] in {"", ":"}]


def any_branch(trust: Trust) -> list[str]:
    """Return the subjects of a trust by which a job of a project on any branch is accepted, and on no environment alone."""
    if protected_alone(trust) or environments_of(trust):
        return []
    return [each for each in trust.subjects if each.startswith("project_path:") and _any_ref(each)]


def _any_ref(subject: str) -> bool:
    _, named, rest = subject.partition(":ref_type:")
    if not named:
        _, by_ref, ref = subject.partition(":ref:")
        return accepts(ref, NEW_BRANCH) if by_ref else subject.endswith("*")
    # `ref_type:branch` alone is a whole subject where a project's settings leave the branch out
    return rest == "branch" or accepts(rest, f"branch:ref:{NEW_BRANCH}")


def undecided(trust: Trust) -> Iterator[str]:
    """Say which claims a trust binds beside, that a job has or has not when it runs."""
    for name, values in sorted(claims_of(trust).items()):
        if values and name not in WEIGHED | PLACES:
            yield f"whether the job's token has {name} = {', '.join(str(each) for each in values)}"
