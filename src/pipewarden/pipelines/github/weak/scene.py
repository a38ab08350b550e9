"""What every rule is given: one job of a workflow with its gate, what it holds and who can start it."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

from pipewarden.model.lazy import lazy
from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.commands import for_production, for_release, short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.expressions import shortened
from pipewarden.pipelines.gates import Gate
from pipewarden.pipelines.hazards.kinds import in_words
from pipewarden.pipelines.hazards.standing import open_events
from pipewarden.pipelines.lowered import lowered
from pipewarden.pipelines.parts import Job, RunnerKind, SecretForm, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, PRIVILEGED_EVENTS
from pipewarden.pipelines.uses import Uses, UsesKind
from pipewarden.pipelines.yaml_tree import Position

Default = Literal["read", "write"] | None

POWERFUL = frozenset({"contents", "packages", "actions", "deployments", "pages", "attestations", "id-token"})
"""Scopes with which somebody changes what others run."""

_PUBLISHING_WORDS = ("publish", "push", "upload", "deploy", "release", "apply", "kubectl", "aws")
"""One of these stands in each of them."""
_PUBLISHING = {
    "publish": (
        *((tool, r"\s+publish") for tool in ("npm", "pnpm", "cargo", "poetry", "uv", "flit", "hatch", "pdm", "lerna", "vsce", "ovsx")),
        ("yarn", r"(?:\s+npm)?\s+publish"),
    ),
    "push": tuple((tool, r"\s+push") for tool in ("gem", "nuget", "docker", "helm")),
    "upload": (("twine", r"\s+upload"),),
    "release": (("gh", r"\s+release\s+(?:create|upload)"),),
    "deploy": (("mvn", r"\b[^\n]{0,200}\bdeploy"), ("gcloud", r"\s+(?:run|app)\s+deploy")),
    "apply": (("terraform", r"\s+apply"), ("tofu", r"\s+apply")),
    "kubectl": (("kubectl", r"\s+(?:apply|set)"),),
    "s3": (("aws", r"\s+s3\s+(?:sync|cp)"),),
}  # fmt: skip
"""How programs publish, by a word that must stand in a script beside the program's: only then its pattern is put together."""
_pattern = cache(re.compile)
_PUBLISHERS = frozenset(
    {
        "pypa/gh-action-pypi-publish",
        "softprops/action-gh-release",
        "ncipollo/release-action",
        "js-devtools/npm-publish",
        "goreleaser/goreleaser-action",
        "changesets/action",
        "actions/deploy-pages",
        "peaceiris/actions-gh-pages",
        "azure/webapps-deploy",
        "google-github-actions/deploy-cloudrun",
        "aws-actions/amazon-ecs-deploy-task-definition",
        "rubygems/release-gem",
    }
)
"""Actions that publish or deploy."""


class Scene:
    """One job. `holds` is what somebody gets who takes it over in a privileged run."""

    def __init__(
        self,
        workflow: Workflow,
        job: Job,
        gate: Gate,
        holds: tuple[str, ...],
        default: Default,
        owner: str,
        flows: Flows | None = None,
    ) -> None:
        self.workflow = workflow
        self.job = job
        self.gate = gate
        self.holds = holds
        self.default = default
        self.owner = owner
        self.flows = flows or Flows(workflow)
        self.strange = open_events(workflow, PRIVILEGED_EVENTS, gate)
        """The events by which an outsider starts it with its secrets and full token."""
        self.outside = open_events(workflow, ANYONE_EVENTS, gate)
        """The events by which an outsider starts it at all."""
        self.script = "\n".join([step.run for step in job.steps if step.run])
        """All that its steps run, one after the other: what no part of it says, none of them does."""

    @lazy
    def low(self) -> str:
        """What its steps run in lower case, for words of plain letters."""
        return lowered(self.script)

    @lazy
    def secrets(self) -> tuple[str, ...]:
        """The secrets it takes, by name, without the job's own token."""
        names = (use.name for use in self.job.secrets if use.form is SecretForm.NAMED and use.name != "GITHUB_TOKEN")
        return tuple(dict.fromkeys(names))

    @lazy
    def levels(self) -> Mapping[str, str] | None:
        """What its token may do; None where that is not known."""
        levels = effective_permissions(self.workflow, self.job, self.default)
        return None if isinstance(levels, Unknown) else levels

    @lazy
    def writes(self) -> tuple[str, ...]:
        """The scopes that its token can write."""
        return tuple(scope for scope, level in (self.levels or {}).items() if level == "write" and scope != "id-token")

    @lazy
    def valuable(self) -> tuple[str, ...]:
        """Of what it holds, what is worth stealing: secrets, identities, machines and scopes that change what others run."""
        return tuple(code for code in self.holds if not code.startswith("token:") or code.partition(":")[2] in POWERFUL)

    @lazy
    def name(self) -> str:
        """The job in a sentence."""
        return f"job {short(self.job.id, 44)}"

    @lazy
    def held(self) -> str:
        """What it holds, in a sentence; empty where that is nothing known."""
        return in_words(self.holds)

    def says(self, *words: str) -> bool:
        """Tell whether any of some words stands in what its steps run."""
        script = self.script
        if script:
            for word in words:
                if word in script:
                    return True
        return False

    @lazy
    def publishes(self) -> Step | None:
        """The first step that publishes or deploys something, or None."""
        scripted = self.says(*_PUBLISHING_WORDS)
        for step in self.job.steps:
            if step.uses is not None:
                action = step.uses.action
                if action in _PUBLISHERS or (action == "docker/build-push-action" and is_on(step.with_.get("push"))):
                    return step
            if scripted and step.run is not None and _publishes(step.run):
                return step
        return None

    @lazy
    def releases(self) -> bool:
        """Whether it deploys or publishes, by what it does or by its name."""
        return self.publishes is not None or for_release(self.job.id) or for_production(self.job.id)

    @property
    def own_machine(self) -> bool:
        """Whether it runs on a machine that is, or may be, the owner's own."""
        return self.job.runner.kind in {RunnerKind.SELF_HOSTED, RunnerKind.GROUP, RunnerKind.CUSTOM}

    def tell(
        self, check: str, position: Position, says: str, *, reaches: tuple[str, ...] | None = None, by: str = "",
        severity: str = "", gate: str | None = None,
    ) -> Weakness:  # fmt: skip
        """Return a weakness of this job."""
        return Weakness(
            check=check,
            position=position,
            says=says,
            job=self.job.id,
            by=by,
            reaches=self.holds if reaches is None else reaches,
            gate=shortened(self.gate.words if gate is None else gate, 200),
            severity=severity,
        )


def _publishes(script: str) -> bool:
    """Tell whether a script publishes or deploys something."""
    if "--dry-run" in script:
        return False
    head = script[:20_000]
    those = [each for verb, programs in _PUBLISHING.items() if verb in head for each in programs]
    return any(tool in head and _pattern(rf"{begun(tool)}{rest}\b").search(head) for tool, rest in those)


def is_on(value: str | None) -> bool:
    """Tell whether an input is set to something that is not false; an expression may be."""
    return value is not None and value.strip().lower() not in {"", "false", "no", "0"}


def action_of(uses: Uses | None) -> str:
    """Return `owner/repository` of an action in lower case; empty for anything else."""
    return uses.action if uses is not None and uses.kind is UsesKind.REPOSITORY else ""


def step_place(step: Step) -> Position:
    """Return where a step's program or action stands."""
    return step.uses_position if step.uses is not None else step.position


def named(step: Step) -> str:
    """Name a step in a sentence."""
    name = step.name or step.id or (step.uses.action if step.uses else "")
    return f"{step.words} ({short(name, 30)})" if name else step.words
