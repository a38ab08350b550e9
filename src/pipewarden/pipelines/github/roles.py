"""The roles that a job's steps sign in as elsewhere, with the job's own identity: of clouds, of Vault, of octo-sts."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.github.settling import settled
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.uses import UsesKind
from pipewarden.pipelines.yaml_tree import Position

LONGEST = 200
"""Characters of a role that are kept."""

_OWN = re.compile(r"\$\{\{\s*github\.repository\s*\}\}")
"""How a workflow names the repository that it is of."""

_INPUTS = ("role-to-assume", "service_account", "workload_identity_provider", "client-id")
"""Inputs of the clouds' own login actions that name the role or identity that the token is exchanged for."""

_NAMING = frozenset({*_INPUTS, "identity", "role"})
"""Inputs of which a step that asks for a role has one."""


def roles_of(workflow: Workflow, job: Job) -> Iterator[str]:
    """Yield the roles that steps ask for, `*` for what only the run settles; inputs stay as written for the callers."""
    for step in job.steps:
        for _, written in _named(step):
            yield from settled(workflow, job, step, written, LONGEST)


def places_of_roles(job: Job) -> Iterator[Position]:
    """Yield where the inputs stand that name roles."""
    for step in job.steps:
        yield from (step.input_positions[name] for name, _ in _named(step) if name in step.input_positions)


def _named(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the roles as a step writes them, each with the input that names it."""
    if step.uses is None or _NAMING.isdisjoint(step.with_) or step.uses.kind is not UsesKind.REPOSITORY:
        return
    given, action = step.with_, step.uses.action
    if action == "hashicorp/vault-action":
        yield from _of_vault(given)
        return
    if action == "octo-sts/action":
        # the policy lies in the repository that it gives rights on: https://github.com/octo-sts/app#the-trust-policy
        if given.get("identity"):
            scope = given.get("scope", "").strip()
            own = not scope or _OWN.fullmatch(scope) is not None
            yield "identity", f"octo-sts identity {given['identity']}{'' if own else f' of {scope}'}"
        return
    for name in _INPUTS:
        written = given.get(name, "")
        if written and _is_meant(name, given, action):
            yield name, written


def _is_meant(name: str, given: dict[str, str], action: str) -> bool:
    """Tell whether an input names a role: an app of GitHub has a client id too, and an account may come with its key.

    https://github.com/actions/create-github-app-token#inputs
    https://github.com/google-github-actions/auth#inputs-workload-identity-federation
    """
    if name == "client-id":
        return "tenant-id" in given or action.startswith("azure/")
    return name != "service_account" or "workload_identity_provider" in given


def _of_vault(given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the role of Vault that the job's token is shown for: only the method `jwt` takes it, and not a key of its own.

    https://github.com/hashicorp/vault-action#jwt-with-github-oidc-tokens
    """
    if given.get("method", "").strip().lower() == "jwt" and not given.get("jwtprivatekey") and given.get("role"):
        mount = given.get("path", "").strip().strip("/")
        yield "role", f"Vault role {given['role']}{f' at auth/{mount}' if mount not in {'', 'jwt'} else ''}"
