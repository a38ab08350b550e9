"""Agents of Kubernetes clusters: which pipelines are given a cluster, and as whom.

https://docs.gitlab.com/user/clusters/agent/ci_cd_workflow/
"""

from collections.abc import Iterator

from pipewarden.pipelines.definition import Definition, Weakness
from pipewarden.pipelines.gitlab_settings.told import is_true, items, read, under
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node

CHECK = "gl.ci.k8s_agent"
MOST_NAME = 40


def read_agent(path: str, text: str, library: Library) -> Definition:
    """Read `.gitlab/agents/NAME/config.yaml`."""
    del library
    name = path.split("/")[-2][:MOST_NAME]
    return read(path, text, lambda root: _granted(root, name))


def _granted(root: Mapping, agent: str) -> Iterator[Weakness]:
    """Yield the grants that give a cluster to more pipelines than one can answer for.

    Whoever writes a branch writes its jobs: a grant that neither branches nor environments bound is everybody's who may push
    there, with the rights of the agent itself unless jobs have an identity of their own in the cluster (`access_as`).
    """
    access = root.get("ci_access")
    instance = under(access, "instance")
    if instance is not None:
        whose = "as the agent itself" if not _as_themselves(instance) else "as themselves"
        yield Weakness(
            check=CHECK,
            position=position(instance),
            says=f"jobs of every project of this GitLab use the cluster of agent {agent}, {whose}",
            by="writer",
            reaches=("environment:*",),
            severity="" if not (_as_themselves(instance) or _bounded(instance)) else "medium",
        )
    for kind, severity in (("groups", ""), ("projects", "medium")):
        for entry in items(under(access, kind)):
            if _bounded(entry) or _as_themselves(entry):
                continue
            name = text_of(under(entry, "id"))[:MOST_NAME] or "?"
            where = f"any project of the group {name}" if kind == "groups" else f"the project {name}"
            yield Weakness(
                check=CHECK,
                position=position(under(entry, "id") or entry),
                says=f"jobs on any branch of {where} use the cluster of agent {agent}, as the agent itself",
                by="writer",
                reaches=("environment:*",),
                severity=severity,
            )


def _bounded(entry: Node) -> bool:
    """Tell whether a grant holds for protected branches alone, or for some environments."""
    environments = texts_of(under(entry, "environments"))
    return is_true(under(entry, "protected_branches_only")) or (bool(environments) and "*" not in environments)


def _as_themselves(entry: Node) -> bool:
    """Tell whether jobs are somebody else in the cluster than the agent, whose rights the cluster then decides.

    https://docs.gitlab.com/user/clusters/agent/ci_cd_workflow/#restrict-project-and-group-access-by-using-impersonation
    """
    given = under(entry, "access_as")
    return any(under(given, each) is not None for each in ("ci_job", "ci_user", "impersonate"))
