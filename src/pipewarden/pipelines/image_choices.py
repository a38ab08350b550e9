"""Which images an expression can name: by the matrix, and by what whoever starts or calls the workflow chooses.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainer
"""

from pipewarden.pipelines.choices import Choices, choices_of
from pipewarden.pipelines.parts import Image, Job, Workflow
from pipewarden.pipelines.uses import Pin, image_pin
from pipewarden.pipelines.workflow import known_of
from pipewarden.pipelines.yaml_tree import Position

BEARS = ("wf.uses.image_unpinned",)


def choices(workflow: Workflow, job: Job, image: Image) -> Choices:
    """Return the images that a job can run in; `env` is not at hand where an image is named."""
    if image.pin is not Pin.DYNAMIC:
        return Choices((image.image,))
    found = choices_of(image.image, known_of(workflow.triggers, {}).with_matrix(job.matrix))
    texts = tuple(text.removeprefix("docker://") for text in found.texts if text)  # an empty one is no container
    return Choices(texts, found.dynamic, found.by)


def movable(chosen: Choices) -> tuple[str, ...]:
    """Return those of some images whose content others can change."""
    return tuple(text for text in chosen.texts if image_pin(text) is Pin.DOCKER_TAG)


def unfollowed(workflow: Workflow, job: Job) -> tuple[tuple[str, Position], ...]:
    """Return the images that nothing settles, as written, each with its place."""
    return tuple(
        (image.image[:100], image.position)
        for image in job.images
        if image.pin is Pin.DYNAMIC and (found := choices(workflow, job, image)).dynamic and not movable(found)
    )
