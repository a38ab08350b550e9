"""Repositories for the stories of composition: texts of workflows and actions in, effective jobs out."""

from pipewarden.model.jobs import EffectiveJob
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf, nowhere
from pipewarden.pipelines.github.opened import OpenWorkflow, opened_action, opened_workflow
from pipewarden.pipelines.hazards import all_hazards
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.workflow import read_workflow

WEB = Repository(owner="acme", name="web", default_branch="main", immutable=False)


def opened(name, text) -> OpenWorkflow:
    """Read one workflow as it stands by itself."""
    workflow = read_workflow(f".github/workflows/{name}.yml", text)
    assert workflow.complete, workflow.faults
    return opened_workflow(workflow, owner="acme", found=all_hazards(workflow, owner="acme"))


def jobs(*, actions=None, default=None, others=None, actions_read=True, **texts) -> dict[str, EffectiveJob]:
    """Compose acme/web of some workflows (`main="on: push …"`), its actions by folder, and workflows of other repositories."""
    books = {key: opened(*book) for key, book in (others or {}).items()}
    shelf = Shelf(
        workflows={f".github/workflows/{name}.yml": opened(name, text) for name, text in texts.items()},
        actions={
            folder: opened_action(read_action(f"{folder}/action.yml", text)) for folder, text in (actions or {}).items()
        },
        actions_read=actions_read,
        repository=WEB,
        default=default,
        elsewhere=(lambda project, path, ref: books.get((project, path, ref))) if others else nowhere,
    )
    return {f"{job.path.rpartition('/')[2]}#{job.id}": job for job in compose(shelf)}
