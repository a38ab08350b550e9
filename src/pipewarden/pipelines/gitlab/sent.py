"""Where secrets leave a job: its log, addresses, connections that nobody checks."""

import re
from collections.abc import Iterator
from itertools import islice

from pipewarden.pipelines.definition import DefinedJob, Definition, Script, Weakness
from pipewarden.pipelines.gitlab.commands import MOST_STRETCH, command_end
from pipewarden.pipelines.gitlab.names import TOKENS, secretive
from pipewarden.pipelines.gitlab.shell import expansions
from pipewarden.pipelines.gitlab.telling import gate_of, line_of, reaches, short

_DEBUG = {"CI_DEBUG_TRACE": "all its variables", "CI_DEBUG_SERVICES": "what its services print"}
_TRUE = frozenset({"true", "1", "yes"})
_COMMAND = re.compile(r"(?m)(?:^|[\s;&|(`])(?:curl|wget)(?:\.exe)?\s(?P<rest>[^\n]*(?:\\\n[^\n]*)*)")
_UNCHECKED = re.compile(r"(?:^|\s)(?:--insecure|--no-check-certificate|-[a-zA-Z]*k[a-zA-Z]*)(?=\s|$)")
_IN_ADDRESS = re.compile(r"https?://[^\s\"'/]*$|[?&][\w.\[\]-]*=[^\s\"'&]*$")
MOST_COMMANDS = 100
_PLAIN = re.compile(r"http://(?!localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker)[^\s\"'\\]+")


def debugging(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each variable that makes the runner write everything it does, values of secrets included.

    https://docs.gitlab.com/ci/variables/variables_troubleshooting/#enable-debug-logging
    """
    del definition
    for job in jobs:
        for name, what in _DEBUG.items():
            if _written(job, name):
                yield Weakness(
                    check="gl.ci.debug",
                    position=job.variable_places.get(name, job.position),
                    says=f"{name} makes job {short(job.id)} write {what} to its log",
                    job=job.id,
                    reaches=reaches(job),
                    gate=gate_of(job),
                )


def _written(job: DefinedJob, name: str) -> bool:
    return job.variables.get(name, "").strip().lower() in _TRUE


def sent_secrets(definition: Definition, jobs: tuple[DefinedJob, ...]) -> Iterator[Weakness]:
    """Yield each `curl` or `wget` that shows a secret to others: in an address, unencrypted, to whoever answers.

    A token in a header to GitLab itself is how GitLab's own pages use it, and is no weakness.
    https://docs.gitlab.com/ci/jobs/ci_job_token/ and https://docs.gitlab.com/api/rest/authentication/
    """
    del definition
    for job in jobs:
        secrets = {read.name for read in job.secrets if secretive(read.name)} | TOKENS | _tokens(job)
        for script in job.scripts:
            yield from _sent(job, script, frozenset(secrets))


def _tokens(job: DefinedJob) -> frozenset[str]:
    return frozenset(claim.name for claim in job.claims)


def _sent(job: DefinedJob, script: Script, secrets: frozenset[str]) -> Iterator[Weakness]:
    if "curl" not in script.text and "wget" not in script.text:
        return
    places = [each for each in expansions(script.text) if each.name in secrets and not each.rest.startswith(":+")]
    for command in islice(_COMMAND.finditer(script.text), MOST_COMMANDS) if places else ():
        start = command.start("rest")
        rest = command["rest"][:MOST_STRETCH]
        rest = rest[: command_end(rest)]
        for each in places:
            if not start <= each.at < start + len(rest):
                continue
            how = _shown(rest, rest[: each.at - start], each.name)
            if how:
                yield Weakness(
                    check="gl.ci.curl_secret",
                    position=line_of(script, each.at),
                    says=f"job {short(job.id)} sends {short(each.name)} {how}",
                    job=job.id,
                    reaches=(f"secret:{each.name}",),
                    gate=gate_of(job),
                )


def _shown(rest: str, before: str, name: str) -> str:
    """Say how a command shows a secret; nothing where it does not."""
    if _PLAIN.search(rest):
        return "over plain HTTP"
    if _UNCHECKED.search(rest):
        return "without checking who answers"
    if _IN_ADDRESS.search(before[-300:]) and "WEBHOOK" not in name.upper():
        return "in an address, which logs and proxies keep"
    return ""
