"""Rules about secrets in a job: where they are sent, printed, unmasked, and what stands before them."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.commands import for_production, for_release, is_secret, listed, short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak.scene import Scene, named
from pipewarden.pipelines.parts import Step
from pipewarden.pipelines.plain.names import words_of

_PARSED = re.compile(r"fromJSON\(\s*secrets\.(?P<name>\w+)\s*\)\s*[.\[]", re.IGNORECASE)


def unredacted(scene: Scene) -> Iterator[Weakness]:
    """A part of a secret is taken out of it: the log masks the whole secret, not its parts.

    https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information
    """
    mentions = [*scene.job.mentions, *(mention for step in scene.job.steps for mention in step.mentions)]
    for mention in mentions:
        text = mention.expression.text
        found = _PARSED.search(text) if "(" in text else None
        if found:
            yield scene.tell(
                "wf.secret.unredacted",
                mention.position,
                f"{scene.name} takes {short(found['name'], 40)} apart: its parts are not masked in the log",
                reaches=(f"secret:{found['name'].upper()}",),
                gate="",
            )


_CLOUD_KEY = re.compile(
    r"AWS_SECRET_ACCESS_KEY|AZURE_CREDENTIALS|(?:AZURE|ARM)_CLIENT_SECRET|G(?:CP|CLOUD|OOGLE)_(?:SA_|SERVICE_ACCOUNT_)?"
    r"(?:KEY|CREDENTIALS)|KUBE_?CONFIG|SSH_(?:PRIVATE_)?KEY|DEPLOY_KEY"
)


def outside_environment(scene: Scene) -> Iterator[Weakness]:
    """A secret for production stands outside an environment: every branch and job of the repository can take it.

    https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#environment-secrets
    """
    job = scene.job
    if job.environment is not None or job.uses is not None:
        return
    if scene.workflow.events == {"workflow_call"}:
        return
    heavy = [name for name in scene.secrets if for_production(name.lower()) or _CLOUD_KEY.search(name)]
    if (scene.secrets or job.oidc) and scene.releases and _deploys(scene):
        prize = tuple(code for code in scene.holds if code.startswith("secret:") or code == "oidc")
        yield scene.tell(
            "wf.env.missing",
            job.position,
            f"{scene.name} deploys with {listed(scene.secrets) if scene.secrets else 'an OIDC identity'} and no environment",
            reaches=prize,
            by="writer",
        )
        return
    if heavy:
        use = next(use for use in job.secrets if use.name == heavy[0])
        yield scene.tell(
            "wf.secret.outside_env",
            use.position,
            f"{scene.name} takes {listed(heavy)} outside any environment: no branch rule or approval guards it",
            reaches=tuple(f"secret:{name}" for name in heavy),
            by="writer",
            gate="",
        )


_GITS = frozenset({"GH", "GITHUB", "PAT", "CODECOV", "SLACK", "SONAR"})


def _deploys(scene: Scene) -> bool:
    """Tell whether it publishes something, or is named for it and takes more than tokens of GitHub and of reports."""
    if scene.publishes is not None and (scene.job.oidc or not _only_git(scene)):
        return True
    named_so = for_release(scene.job.id) or for_production(scene.job.id)
    return named_so and not _only_git(scene)


def _only_git(scene: Scene) -> bool:
    return not scene.job.oidc and all(_GITS & {word.upper() for word in words_of(name)} for name in scene.secrets)


_SENT = re.compile(begun("curl", "wget", "http", "xh") + r"\b[^\n]{0,2000}")
_QUERY = re.compile(r"https?://[^\s\"']*[?&][\w-]*=[\"']?(?:\$\{?(?P<var>\w+)|\$\{\{\s*secrets\.(?P<name>\w+))")
_PLAIN = re.compile(r"\bhttp://(?!localhost|127\.|\[::1\]|0\.0\.0\.0|host\.docker)[\w.$-]+")
_CATCHERS = re.compile(
    r"webhook\.site|requestbin|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|burpcollaborator|oastify|interact\.sh|\boast\.",
    re.IGNORECASE,
)
_SHELL_BACK = re.compile(
    r"\b(?:ba|z|da|k)?sh\s+-i\b[^\n]{0,120}/dev/(?:tcp|udp)/|/dev/(?:tcp|udp)/[^\s/]+/\S+\s+0[<>]&\s?1"
    r"|\bn(?:c|cat)\b[^\n]{0,80}\s(?:-e|-c)\s+\S*sh\b|\bsocat\b[^\n]{0,120}\bexec:|\bsh\s+-i\b[^\n]{0,80}\|\s*n(?:c|cat)\b"
    r"|\bsocket\.socket\([^\n]{0,300}\bdup2\(",
    re.IGNORECASE,
)
"""A shell whose input and output are a connection; one that only knocks at a port is none."""
_BACK_WORDS = ("/dev/tcp", "/dev/udp", "nc ", "ncat", "socat", "dup2", "/DEV/TCP")
_BACK = (re.compile(r"/dev/(?:tcp|udp)/|dup2"), re.compile(begun("nc", "ncat", "socat") + r"\s"))
"""Asked of a script in lower case."""
_CONTINUED = re.compile(r"\\\n\s*")


def sent_away(scene: Scene) -> Iterator[Weakness]:
    """A secret leaves in a way that others read: in an address, without encryption, to a catcher of requests.

    Sending a token to the service it is for is what tokens are for, and is not told.
    """
    if not scene.says("curl", "wget", "http"):
        return
    for step in scene.job.steps:
        script = step.run
        if script is None:
            continue
        names = _secret_variables(step, scene)
        if not names and "secrets." not in script:
            continue
        how = _how(_CONTINUED.sub(" ", script[:50_000]), names)
        if how:
            yield scene.tell("wf.secret.curl", step.run_position, f"{named(step)} of {scene.name} {how}", gate="")


def shell_back(scene: Scene) -> Iterator[Weakness]:
    """A script opens a shell to another machine: whoever listens there has all that the job holds, from any step.

    https://docs.github.com/en/actions/reference/security/secure-use#potential-impact-of-a-compromised-runner
    """
    if not scene.says(*_BACK_WORDS):
        return
    low = scene.low
    if not any(each.search(low) for each in _BACK):
        return
    for step in scene.job.steps:
        if step.run is not None and _SHELL_BACK.search(_CONTINUED.sub(" ", step.run[:50_000])):
            beside = f", beside {scene.held}" if scene.held else ""
            yield scene.tell(
                "wf.secret.curl",
                step.run_position,
                f"{named(step)} of {scene.name} opens a shell to another machine{beside}",
                severity="" if scene.valuable else "medium",
                gate="",
            )
            return


def _how(script: str, names: dict[str, str]) -> str:
    for line in _SENT.findall(script):
        used = [name for name in names if re.search(rf"\$\{{?{re.escape(name)}\b", line)]
        if not used and "secrets." not in line:
            continue
        found = _QUERY.search(line)
        if found and (found["name"] or found["var"] in names):
            name = found["name"] or names[found["var"]]
            return f"puts {short(name, 40)} into an address, which logs on the way keep"
        if _CATCHERS.search(line):
            return "sends a secret to a service that catches requests"
        if _PLAIN.search(line):
            return "sends a secret over http, where everybody on the way reads it"
    return ""


def _secret_variables(step: Step, scene: Scene) -> dict[str, str]:
    """Return the variables of a step that hold a secret, with its name."""
    found: dict[str, str] = {}
    for mention in (*scene.workflow.mentions, *scene.job.mentions, *step.mentions):
        if not mention.where.startswith("env."):
            continue
        for read in mention.expression.reads:
            if read.context == "secrets" and len(read.parts) == 2:
                found[mention.where.removeprefix("env.")] = read.parts[1].upper()
    return found


_TRACED = re.compile(r"^\s*set\s+-\w*x|\bbash\s+-\w*x\b", re.MULTILINE)
_MAY_TRACE = (re.compile(r"set\s+-\w*x"), re.compile(r"bash\s+-\w*x"))
"""Begun by fixed text, each is searched for at once: one of them stands wherever commands are traced."""
_TRACED_SHELL = re.compile(r"\s-\w*x\b")
_DEBUG = ("ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG")


def _traces(script: str) -> bool:
    """Tell whether a script prints its commands before they run."""
    return any(each.search(script) for each in _MAY_TRACE) and _TRACED.search(script) is not None


def debugged(scene: Scene) -> Iterator[Weakness]:
    """Every command is printed before it runs, with the secrets in it: what is not masked is read in the log.

    https://docs.github.com/en/actions/how-tos/monitor-workflows/enable-debug-logging
    """
    for name in _DEBUG:
        for table in (scene.workflow.env, scene.job.env, *(step.env for step in scene.job.steps if step.env)):
            if name in table and table[name].strip().lower() in {"true", "1"}:
                yield scene.tell(
                    "wf.secret.debug",
                    scene.job.position,
                    f"{scene.name} has {name} on for every run",
                    severity="" if scene.secrets else "info",
                    gate="",
                )
                return
    scripted = scene.says("set ", "set\t", "bash ", "bash\t")
    for step in scene.job.steps:
        if not ((scripted and step.run and _traces(step.run)) or (step.shell and _TRACED_SHELL.search(step.shell))):
            continue
        given = [use.name for use in scene.job.secrets if use.step == step.index and use.name != "GITHUB_TOKEN"]
        if given and any(is_secret(name) or for_production(name) for name in given):
            yield scene.tell(
                "wf.secret.debug",
                step.run_position,
                f"{named(step)} of {scene.name} prints its commands while it holds {listed(given)}",
                reaches=tuple(f"secret:{name}" for name in dict.fromkeys(given) if name),
                severity="low",
                gate="",
            )
