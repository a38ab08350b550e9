"""The subjects that the ID tokens of a job can carry, `*` for what is not settled.

https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
"""

from collections.abc import Iterator

from msgspec import Struct

from pipewarden.pipelines.definition import DefinedJob, Occasion

ANY = "*"
DEFAULT_BRANCH = "$CI_DEFAULT_BRANCH"
COMPONENTS = ("project_path", "ref_type", "ref")
"""The claims a subject is made of where the project's settings do not say it otherwise.
https://docs.gitlab.com/api/projects/#edit-a-project (`ci_id_token_sub_claim_components`)"""
_START = f"project_path:{ANY}:ref_type:"
MOST_SUBJECTS = 50
"""A job with more possible subjects is told with the first."""


class Project(Struct, frozen=True):
    """What a subject says of the project that a job runs in, as far as it is known."""

    path: str = ANY
    default_branch: str = ""
    components: tuple[str, ...] = COMPONENTS


def project_of(path: str, default_branch: str, components: object) -> Project:
    """Return a project as its settings tell it; without a list of components it has the default."""
    named = tuple(str(each) for each in components) if isinstance(components, list) else ()
    return Project(path, default_branch, named or COMPONENTS)


def subjects_of(job: DefinedJob) -> tuple[str, ...]:
    """Return the subjects of a job's tokens in any project; nothing for a job that is given none.

    A pipeline for a merge request runs for its source branch, one that a job starts for what its parent runs for.
    """
    if not job.claims:
        return ()
    return tuple(dict.fromkeys(f"{_START}{kind}:ref:{ref}" for kind, ref in _refs(job)))[:MOST_SUBJECTS]


def _refs(job: DefinedJob) -> Iterator[tuple[str, str]]:
    """Yield the types and names of what a job runs for."""
    occasions = set(job.occasions)
    names = tuple(name if _is_fixed(name) else ANY for name in job.branches) or (ANY,)
    if Occasion.MERGE_REQUEST in occasions:
        yield "branch", ANY
    elif occasions - {Occasion.TAG} or not occasions:
        for name in names:
            yield "branch", name
    if Occasion.TAG in occasions or not occasions:
        by_name = bool(job.branches) and not job.condition  # `only: [main]` lets a tag through that is called main
        for name in names if by_name else (ANY,):
            yield "tag", name


def _is_fixed(name: str) -> bool:
    return not name.startswith(("/", "$")) or name == DEFAULT_BRANCH


def settled(subjects: tuple[str, ...], project: Project) -> tuple[str, ...]:
    """Return the subjects in the form that they have in one project."""
    found: dict[str, None] = {}
    for subject in subjects:
        kind, _, ref = subject.removeprefix(_START).partition(":ref:")
        if ref == DEFAULT_BRANCH:
            ref = project.default_branch or ANY
        values = {"project_path": project.path, "ref_type": kind, "ref": ref}
        found[":".join(f"{name}:{values.get(name, ANY)}" for name in project.components)] = None
    return tuple(found)
