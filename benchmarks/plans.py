"""Workflows of many jobs for which an edit is offered each: `make bench-growth` plans them at two sizes."""

from collections.abc import Callable, Mapping
from functools import partial

from pipewarden.pipelines.least.environments import environments
from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.proposals import propose
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/many.yml"
_PINNED = "0" * 40
_HEAD = "on:\n  push:\n    branches: [main]\njobs:\n"
_JOB = "  job{number}:\n    runs-on: ubuntu-latest\n    steps:\n"
_CHECKOUT = f"      - uses: actions/checkout@{_PINNED}\n"
_SIGN_IN = (
    f"      - uses: aws-actions/configure-aws-credentials@{_PINNED} # v4.1.0\n        with:\n"
    "          aws-access-key-id: ${{{{ secrets.KEY{number} }}}}\n"
    "          aws-secret-access-key: ${{{{ secrets.SECRET{number} }}}}\n          aws-region: eu-west-1\n"
    "      - run: aws s3 sync site s3://acme-site\n"
)
_TELLS = (
    "      - run: npm ci\n      - run: curl -d done https://chat.example/hook\n"
    "        env:\n          TOKEN: ${{{{ secrets.CHAT{number} }}}}\n"
)
_DEPLOYS = "      - run: ./deploy.sh\n        env:\n          TOKEN: ${{{{ secrets.PRODUCTION_TOKEN }}}}\n"


def workflow(steps: str, jobs: int) -> str:
    """Return a workflow of so many jobs with these steps."""
    return _HEAD + "".join((_JOB + steps).format(number=number) for number in range(jobs))


def _permissions(text: str) -> int:
    return len(propose(PATH, text, default="write").proposals)


def _of_kind(make: Callable[[str, str, Around], object], text: str) -> int:
    around = Around(repository="acme/web", workflows=(read_workflow(PATH, text),), texts={PATH: text})
    return len(make(PATH, text, around).edits)  # type: ignore[attr-defined]


PLANS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "permissions": (_CHECKOUT + "      - run: make\n", _permissions),
    "environments": (_CHECKOUT + _DEPLOYS, partial(_of_kind, environments)),
    "identities": (_CHECKOUT + _SIGN_IN, partial(_of_kind, identities)),
    "splits": (_CHECKOUT + _TELLS, partial(_of_kind, splits)),
}
"""By kind of edit: the steps of each job, and what plans them; it returns how many edits it offers."""
