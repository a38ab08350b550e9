"""Signing in with the job's own identity (OIDC) in place of a key that somebody keeps: the edit, and what it takes first."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from pipewarden.model.lazy import lazy
from pipewarden.pipelines.expressions import find
from pipewarden.pipelines.least.advice import Key, keys_by_hand
from pipewarden.pipelines.least.hosts import domain_of
from pipewarden.pipelines.least.inputs import with_inputs
from pipewarden.pipelines.least.kinds import Advice, Around, Edit, EditKind, Outcome, few, takers, whole
from pipewarden.pipelines.least.npm import in_place_of_npm_token
from pipewarden.pipelines.least.said import read
from pipewarden.pipelines.least.scope import code_of_others_before, why_no_identity, with_identity
from pipewarden.pipelines.least.subjects import subject_of
from pipewarden.pipelines.least.swaps import BY_ACTION, Put, Swap
from pipewarden.pipelines.least.trials import Trial, tried
from pipewarden.pipelines.least.uv import in_place_of_uv_token
from pipewarden.pipelines.least.versions import is_since, version_of
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.plain.names import words_of
from pipewarden.pipelines.yaml_tree import Position

_KNOWN = frozenset(
    """aws gcp google azure arm pypi vault access key keys id secret secrets token credentials credential creds cred json sa
    service account api password passwd auth role app approle client principal login deploy cloud""".split()  # noqa: SIM905
)
"""Words of a secret's name that say what it is, not which of several."""


class _Case(NamedTuple):
    """One step that signs in with a key."""

    workflow: Workflow
    job: Job
    step: Step
    swap: Swap
    secrets: tuple[str, ...]
    variables: Mapping[str, str]
    """The variables that take the values, by the name that the table has for them."""
    computed: bool
    """Whether which secret it takes is decided when it runs."""


def identities(path: str, text: str, around: Around) -> Outcome:
    """Return a workflow whose steps sign in with the job's identity where they took a long-lived key.

    No edit is offered where the identity would be open to pull requests, where the token's other scopes are not known,
    where the key is used elsewhere in the job, or where the version of the action does not tell that it can.
    """
    workflow = read(path, text)
    found, keys, told = list[Trial | Advice](), _Keys(around), set[tuple[str, Position]]()
    for job in workflow.jobs if workflow.complete else ():
        for step in job.steps:
            case = _case(workflow, job, step, keys)
            if case is not None:
                why = _why_not(case, text)
                found.append(_advice(case, around, why) if why else _trial(case, around))
            for publishing in (in_place_of_npm_token, in_place_of_uv_token):
                published = publishing(workflow, job, step, around)
                if published is not None:
                    found.append(published)
                    told.add((job.id, step.position))
        found += [_by_hand(workflow, job, each) for each in keys_by_hand(job) if (job.id, each.at) not in told]
    trials = [each for each in found if isinstance(each, Trial)]
    out, refused = tried(path, text, trials, around)
    why_not = {id(trials[number]): why for number, why in refused.items()}
    return Outcome(
        text=out,
        edits=tuple(trial.edit for trial in trials if id(trial) not in why_not),
        advice=tuple(
            each.advice(why_not[id(each)]) if isinstance(each, Trial) else each
            for each in found
            if isinstance(each, Advice) or id(each) in why_not
        ),
    )


def _trial(case: _Case, around: Around) -> Trial:
    """Return the edit of a step that signs in with a key."""
    swap, job, step = case.swap, case.job, case.step
    given = {name for name in step.with_ if name not in swap.keys and name not in swap.drops}
    puts = [(put.input, _value(put, case)) for put in swap.puts if put.input.lower() not in given]
    gone = {*swap.keys, *swap.drops}

    def make(text: str) -> str:
        edited = with_inputs(text, job.id, step.index, (*swap.keys, *swap.drops), puts)
        return with_identity(edited, case.workflow, job, around, f"to sign in to {swap.says} as this job")

    def fits(was: Step, now: Step) -> bool:
        kept = {name: value for name, value in was.with_.items() if name not in gone}
        return now.with_ == {**kept, **{name.lower(): value for name, value in puts}}

    return Trial(step.index, make, fits, _edit(case, around), partial(_advice, case, around))


def _case(workflow: Workflow, job: Job, step: Step, keys: "_Keys") -> _Case | None:
    """Return a step with what there is to swap in it; None where it holds no key of a secret."""
    swap = BY_ACTION.get(step.uses.action) if step.uses is not None else None
    if swap is None:
        return None
    creds = _azure_parts(step.with_.get("creds", ""))
    taken = {key: creds["secret"] if creds else step.with_.get(key, "") for key in swap.keys}
    secrets = tuple(dict.fromkeys(name for value in taken.values() for name in _secrets_in(value)))
    if not secrets or (swap.says == "PyPI" and _index(step) == "another index"):
        return None
    computed = any(len(_secrets_in(value)) > 1 for value in taken.values()) or "*" in secrets
    return _Case(workflow, job, step, swap, secrets, _variables(swap, secrets, keys), computed)


def _secrets_in(value: str) -> list[str]:
    """Return the names of the secrets that a value takes, in upper case; a computed one is `*`."""
    return [
        "*" if len(read.parts) < 2 or read.parts[1] == "*" else read.parts[1].upper()
        for placed in find(value)
        for read in placed.expression.reads
        if read.context == "secrets"
    ]


def _variables(swap: Swap, secrets: tuple[str, ...], keys: "_Keys") -> dict[str, str]:
    """Return the names of variables: those of the table, with what tells this key from others of the repository."""
    own = _mark(secrets[0])
    alike = keys.by_mark.get((swap.action, own), frozenset())
    mark = own if alike <= {secrets[0]} else secrets[0]
    suffix = f"_{mark}" if mark else ""
    return {put.variable: f"{put.variable}{suffix}" for put in swap.puts if put.variable}


class _Keys:
    """The secrets with which the steps of a repository sign in."""

    def __init__(self, around: Around) -> None:
        self._around = around

    @lazy
    def by_mark(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Their names, by the action and by what tells them apart."""
        found: dict[tuple[str, str], set[str]] = {}
        for _, job in self._around.jobs:
            for step in job.steps:
                swap = BY_ACTION.get(step.uses.action) if step.uses is not None else None
                if swap is not None:
                    for name in _secrets_in(step.with_.get(swap.keys[0], "")):
                        found.setdefault((swap.action, _mark(name)), set()).add(name)
        return {key: frozenset(names) for key, names in found.items()}


def _mark(secret: str) -> str:
    """Return the words of a secret's name that tell which of several it is: `PROD` of AWS_ACCESS_KEY_ID_PROD."""
    return "_".join(word.upper() for word in words_of(secret) if word.lower() not in _KNOWN)


def _value(put: Put, case: _Case) -> str:
    """Return the value of an input: what the key's own JSON takes for it, or a variable."""
    if put.text:
        return put.text
    parts = _azure_parts(case.step.with_.get("creds", "")) if case.swap.says == "Azure" else {}
    return parts.get(put.input) or f"${{{{ vars.{case.variables[put.variable]} }}}}"


def _azure_parts(creds: str) -> dict[str, str]:
    """Return the expressions that a JSON of credentials written in the file has for each part; none where it is a secret.

    https://github.com/Azure/login#login-with-a-service-principal-secret
    """
    try:
        told = json.loads(creds)
    except ValueError:
        return {}
    names = {
        "clientId": "client-id",
        "tenantId": "tenant-id",
        "subscriptionId": "subscription-id",
        "clientSecret": "secret",
    }
    if not isinstance(told, dict) or not all(_EXPRESSION.fullmatch(str(told.get(name, ""))) for name in names):
        return {}
    return {part: str(told[name]) for name, part in names.items()}


_EXPRESSION = re.compile(r"\$\{\{\s*(?:secrets|vars)\.\w+\s*\}\}")


def _why_not(case: _Case, text: str) -> str:
    """Say why no edit is offered; empty where one may be."""
    workflow, job, step, swap = case.workflow, case.job, case.step, case.swap
    if case.computed:
        return "which secret it takes is computed"
    for name, reason in swap.stops:
        if step.with_.get(name):
            return reason
    why = why_no_identity(workflow, job, callable_=swap.callable)
    if why:
        return why
    version = version_of(step, text)
    if not is_since(version, swap.since, swap.branches):
        told = ".".join(map(str, swap.since))
        return f"that its version is {told} or later is not told: pin it to a version, or name it in a comment"
    return _of_the_cloud(case) or _elsewhere(case)


def _of_the_cloud(case: _Case) -> str:
    """Say what of one cloud stands against it."""
    step, swap = case.step, case.swap
    region = step.with_.get("aws-region", "")
    if swap.says == "AWS" and region.startswith(("cn-", "us-iso", "eusc-")) and not step.with_.get("audience"):
        return f"{region} is not of the public partition, which takes another audience"
    cloud = step.with_.get("environment", "")
    if swap.says == "Azure" and cloud.lower() not in {"", "azurecloud"} and not step.with_.get("audience"):
        return f"{cloud} takes another audience"
    if swap.says == "Vault" and step.with_.get("method", "token").lower() not in {"token", "approle"}:
        return "it signs in with another method"
    if swap.says == "PyPI":
        if step.with_.get("user", "__token__") != "__token__":
            return "it signs in with a name and a password"
        if sum(each.uses is not None and each.uses.action == swap.action for each in case.job.steps) > 1:
            return "it is called twice in the job, which trusted publishing is not made for"
    return ""


def _elsewhere(case: _Case) -> str:
    """Say where else in the job the key is used; empty where it is nowhere."""
    for use in case.job.secrets:
        if use.name in case.secrets and (use.step != case.step.index or not _of_key(use.where, case.swap)):
            place = f"step {use.step + 1}" if use.step is not None else "the whole job"
            if use.step == case.step.index:
                place = f"`{use.where}` of the same step"
            return f"{use.name} is also given to {place}"
    for step in case.job.steps[case.step.index + 1 :]:
        said = "\n".join(
            [step.run or "", *step.with_.values(), *step.env.values(), *step.env, step.uses.text if step.uses else ""]
        )
        for word, reason in case.swap.words:
            if word.lower() in said.lower():
                return f"{reason} (step {step.index + 1})"
    return ""


def _of_key(where: str, swap: Swap) -> bool:
    block, _, name = where.partition(".")
    return block == "with" and name.lower() in swap.keys


def _edit(case: _Case, around: Around) -> Edit:
    return Edit(
        kind=EditKind.OIDC,
        path=case.workflow.path,
        job=case.job.id,
        line=case.step.position.line,
        column=case.step.position.column,
        says=_says(case),
        first=tuple(_first(case, around)),
        then=(_deleting(case, around),),
        source=case.swap.source,
    )


def _deleting(case: _Case, around: Around) -> str:
    """Say what is to be deleted at last, and who may still need it."""
    others = takers(around, case.secrets, (case.workflow.path, case.job.id))
    once = f", once no other job takes it ({few(others)} may)" if others else ""
    where = _index(case.step) if case.swap.says == "PyPI" else case.swap.says
    return f"Delete the key at {where}, and {whole(case.secrets)} from the secrets{once}."


def _says(case: _Case) -> str:
    return f"job {case.job.id} signs in to {case.swap.says} with a key that does not expire ({few(case.secrets)})"


def _first(case: _Case, around: Around) -> Iterator[str]:
    """Yield what must exist before the edit is applied."""
    yield from code_of_others_before(case.job, case.step)
    repository = around.repository or "OWNER/REPOSITORY"
    subject = subject_of(case.workflow, case.job, around.repository)
    environment = case.job.environment
    owner = repository.partition("/")[0]
    own = case.step.with_.get(case.swap.audience_input, "") if case.swap.audience_input else ""
    if subject.plain:
        told = f"`{subject.plain}`{subject.or_with_ids}"
    else:
        told = f"`repo:{repository}:environment:NAME`"
        if any("{subject}" in each for each in case.swap.first):
            yield "The file leaves open on which branch the job runs: give it an environment, whose name its subject then carries."
    values = {
        "repository": repository,
        "owner": owner,
        "file": case.workflow.path.rpartition("/")[2],
        "subject": told,
        "audience": own or case.swap.audience.format(owner=owner),
        "index": _index(case.step),
        "environment": f"environment {environment.name}" if environment is not None else "no environment",
        **case.variables,
    }
    used = [each for each in case.swap.first if not _is_given(each, case)]
    yield from (each.format(**values) for each in used)


def _is_given(first: str, case: _Case) -> bool:
    """Tell whether a step only fills variables that the edit does not use, because the file has the values."""
    put = [put for put in case.swap.puts if put.variable and f"{{{put.variable}}}" in first]
    given = case.step.with_
    parts = _azure_parts(given.get("creds", "")) if case.swap.says == "Azure" else {}
    return bool(put) and all(each.input in given or each.input in parts for each in put)


def _index(step: Step) -> str:
    """Return the index that a step publishes to."""
    url = (step.with_.get("repository-url") or step.with_.get("repository_url") or "").rstrip("/")
    host, *domain = domain_of(url)
    if url and (domain != ["pypi", "org"] or not url.endswith("/legacy")):
        return "another index"
    return "TestPyPI" if host == "test" else "PyPI"


def _advice(case: _Case, around: Around, why: str) -> Advice:
    steps = [each for each in _first(case, around) if not each.startswith("Mind")]
    puts = ", ".join(f"`{put.input}: {_value(put, case)}`" for put in case.swap.puts)
    return Advice(
        kind=EditKind.OIDC.value,
        path=case.workflow.path,
        job=case.job.id,
        line=case.step.position.line,
        column=case.step.position.column,
        says=_says(case),
        how=(
            *steps,
            f"Give the job `id-token: write`, and take {whole([f'`{key}`' for key in case.swap.keys if key in case.step.with_])} "
            f"away from the step" + (f"; set {puts}." if puts else "."),
            _deleting(case, around),
        ),
        source=case.swap.source,
        why=why,
    )


def _by_hand(workflow: Workflow, job: Job, key: Key) -> Advice:
    return Advice(
        kind=EditKind.OIDC.value,
        path=workflow.path,
        job=job.id,
        line=key.at.line,
        column=key.at.column,
        says=f"job {job.id} {key.says}",
        how=key.how,
        source=key.source,
        why=key.why,
    )
