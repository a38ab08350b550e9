"""Code of others that runs with the jobs: included files, components and images that their owners can change."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.definition import DefinedJob, Definition, Included, Weakness
from pipewarden.pipelines.gitlab.includes import OWN
from pipewarden.pipelines.gitlab.telling import reaches, short
from pipewarden.pipelines.gitlab.variables import names_in
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position

MOST_IMAGE = 40
_NAMED_BY_BRANCH = frozenset(
    {
        "CI_COMMIT_REF_NAME",
        "CI_COMMIT_BRANCH",
        "CI_COMMIT_TAG",
        "CI_COMMIT_REF_SLUG",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    }
)
_BY_COMMIT = re.compile(r"\$\{?CI_(?:COMMIT_(?:SHORT_)?SHA|PIPELINE_I?ID|JOB_ID)\b")


def included(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each include that its owner can change without a commit here.

    https://docs.gitlab.com/ci/components/#cicd-component-security-best-practices
    https://docs.gitlab.com/ci/yaml/#includeremote
    """
    everything = reaches(*jobs)
    for each in definition.includes:
        says = _changeable(each)
        if says:
            yield Weakness(
                check="gl.ci.include_mutable", position=each.position, says=says, by="supplier", reaches=everything
            )
    for job in jobs:
        for each in job.includes:
            says = _changeable(each)
            if says:
                yield Weakness(
                    check="gl.ci.include_mutable",
                    position=each.position,
                    says=f"job {short(job.id)}: {says}",
                    job=job.id,
                    by="supplier",
                    reaches=reaches(job),
                )


def _changeable(each: Included) -> str:
    """Say how what is included can change; nothing where it cannot, or comes with this repository or GitLab."""
    if each.kind == "remote":
        if each.text.lower().startswith("http://"):
            return f"whoever is on the way can change {short(each.text, MOST_IMAGE)}: it comes over plain HTTP"
        if each.pin is not Pin.SHA:
            return f"the owner of {short(each.text, MOST_IMAGE)} can change what is included"
    if each.pin is Pin.DYNAMIC:
        return _chosen(each)
    if each.kind == "project" and each.pin is not Pin.SHA and each.project not in OWN:
        at = f"at {short(each.ref)}" if each.ref else "at its default branch"
        return f"{short(each.text)} of {short(each.project, MOST_IMAGE)} is included {at}, which can move"
    if each.kind == "component" and each.pin not in {Pin.SHA, Pin.LOCAL}:
        return (
            f"component {short(each.project, MOST_IMAGE)} is taken at {short(each.ref) or 'no version'}, which can move"
        )
    return ""


def _chosen(each: Included) -> str:
    """Say who chooses a version that is computed; of a variable of the settings the file cannot tell."""
    if any(name in _NAMED_BY_BRANCH for name in names_in(each.ref)):
        what = short(each.text if each.kind == "project" else each.project, MOST_IMAGE)
        return f"the name of a branch or tag chooses which {what} is included ({short(each.ref)})"
    return ""


def images(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each image whose name leads to other content when its tag is moved; one for all jobs that use it.

    https://docs.gitlab.com/ci/docker/using_docker_images/
    """
    del definition
    users: dict[tuple[str, Position], list[DefinedJob]] = {}
    for job in jobs:
        for image in job.images:
            if image.pin is Pin.DOCKER_TAG or (image.pin is Pin.DYNAMIC and _moves(image.image)):
                users.setdefault((image.image, image.position), []).append(job)
    for (name, position), using in users.items():
        more = f" and {len(using) - 1} more" if len(using) > 1 else ""
        yield Weakness(
            check="gl.ci.image_unpinned",
            position=position,
            says=f"job {short(using[0].id)}{more} runs in {short(name, MOST_IMAGE)}, which no digest pins",
            job=using[0].id,
            by="supplier",
            reaches=reaches(*using),
        )


def _moves(image: str) -> bool:
    """Tell whether a name with variables ends in a tag as written: only then it is known not to be a digest."""
    if _BY_COMMIT.search(image):
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return bool(tag) and "$" not in tag
