"""Rules about language models that act with what a job holds, after reading what strangers write: as an action, as a command."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.definition import Weakness
from pipewarden.pipelines.github.weak.scene import Scene, action_of, step_place
from pipewarden.pipelines.parts import Step

AGENTS = {
    "anthropics/claude-code-action": ("allowed_non_write_users", "allowed_bots"),
    "anthropics/claude-code-base-action": (),
    "openai/codex-action": ("allow-users", "allow-bots"),
    "google-github-actions/run-gemini-cli": (),
    "google-gemini/gemini-cli-action": (),
    "actions/ai-inference": (),
    "warpdotdev/oz-agent-action": (),
    "sourcegraph/amp-action": (),
}
"""Actions that let a language model act, with the inputs by which they are opened to everybody; without such an input
they ask nobody.

https://github.com/anthropics/claude-code-action/blob/main/docs/security.md (write access is needed, unless opened)
https://github.com/openai/codex-action#safety-strategy (allow-users)
https://github.com/google-github-actions/run-gemini-cli (the workflow's own condition decides)
"""
_READS_ONLY = frozenset({"actions/ai-inference"})
_SHELL = re.compile(
    r"\bBash\b|run_shell_command|danger-full-access|dangerously-skip-permissions|\byolo\b", re.IGNORECASE
)


def agent(scene: Scene) -> Iterator[Weakness]:
    """A language model that reads what strangers write acts with what the job holds: text becomes commands."""
    if not scene.strange:
        return
    for step in scene.job.steps:
        action = action_of(step.uses)
        if action not in AGENTS:
            continue
        opened = [name for name in AGENTS[action] if "*" in step.with_.get(name, "")]
        if AGENTS[action] and not opened:
            continue  # the action itself asks for write access
        prize = tuple(code for code in scene.holds if code != "token:?" and not _own_key(code))
        if not prize:
            continue
        told = "\n".join(step.with_.values())
        tool = " and may run commands" if _SHELL.search(told) else ""
        severity = "" if tool and not scene.gate.words else "high"
        if action in _READS_ONLY:
            severity = "low"
        yield scene.tell(
            "wf.ai.agent_untrusted",
            step_place(step),
            f"{scene.name} lets {short(action, 40)} read what strangers write on {scene.strange[0]}{tool}",
            reaches=prize,
            by="anyone",
            severity=severity,
        )


def _own_key(code: str) -> bool:
    """Tell whether a secret is the key of the model itself."""
    return bool(re.search(r"ANTHROPIC|CLAUDE|OPENAI|GEMINI|AZURE_OPENAI|GOOGLE_API|MODEL", code))


_COMMANDS = re.compile(
    r"(?:^|[;&|(`]|\$\(|\bthen|\bdo)[ \t]*(?:[A-Z_][A-Z0-9_]*=\S*[ \t]+)*(?:sudo[ \t]+)?(?:timeout[ \t]+\S+[ \t]+)?"
    r"(?:(?:npx|bunx|pnpm[ \t]+dlx|uvx)[ \t]+(?:-\S+[ \t]+)*)?"
    r"(?P<name>@openai/codex(?:@\S+)?|codex|@anthropic-ai/claude-code(?:@\S+)?|claude|@google/gemini-cli(?:@\S+)?|gemini|aider"
    r"|cursor-agent|opencode|copilot|goose|amp|qwen|droid)[ \t]+(?P<rest>[^\n]*)",
    re.MULTILINE,
)
"""https://github.com/openai/codex/blob/main/docs/exec.md https://docs.anthropic.com/en/docs/claude-code/headless
https://github.com/google-gemini/gemini-cli/blob/main/docs/cli/headless.md https://aider.chat/docs/scripting.html"""
_PROGRAMS = ("codex", "claude", "gemini", "aider", "cursor-agent", "opencode", "copilot", "goose", "qwen", "droid")
_COMMAND_WORDS = (*_PROGRAMS, "amp ", "amp\t")
_CALLED = re.compile(rf"{begun(*_PROGRAMS, 'amp')}(?:-code|-cli)?(?:@\S+)?[ \t]")
"""Stands in each of them: the words alone are parts of others, as of `timestamp`."""
_ACTS = re.compile(r"\bexec\b|(?:^|\s)(?:-p|--print|--prompt|-x|--execute|--message|-m|run|--yolo|--full-auto|-i)\b")
_MODELS_OWN = ("update", "mcp", "login", "--version", "install", "config", "auth")
_READS_STRANGERS = re.compile(
    r"\bgh\s+(?:issue|pr)\s+(?:view|diff|list)\b|\bgh\s+api\b[^\n]{0,200}(?:issues|pulls|comments)"
)


def commanded(scene: Scene) -> Iterator[Weakness]:
    """A language model that is called as a command reads what strangers write, and acts with what the job holds."""
    if not scene.strange or not scene.says(*_COMMAND_WORDS):
        return
    for step in scene.job.steps:
        script = step.run or ""
        if not _CALLED.search(script):
            continue
        found = next((each for each in _COMMANDS.finditer(script) if _acts(each["rest"])), None)
        prize = tuple(code for code in scene.holds if code != "token:?" and not _own_key(code))
        event = next((event for event in scene.strange if _reads_strangers(step, scene, event)), "") if prize else ""
        if found is None or not event:
            continue
        tool = " and may run commands" if _SHELL.search(script) or "--full-auto" in found["rest"] else ""
        yield scene.tell(
            "wf.ai.agent_untrusted",
            step.run_position,
            f"{scene.name} lets {short(found['name'], 30)} read what strangers write on {event}{tool}",
            reaches=prize,
            by="anyone",
            severity="" if tool and not scene.gate.words else "high",
        )
        return


def _acts(rest: str) -> bool:
    return _ACTS.search(rest) is not None and not rest.strip().startswith(_MODELS_OWN)


def _reads_strangers(step: Step, scene: Scene, event: str) -> bool:
    """Tell whether what strangers write can be before the model: in its words, by a look at it, as code they propose."""
    flows, job = scene.flows.on(event), scene.job
    held = flows.script(step, job)
    before = job.steps[: step.index + 1]
    return bool(
        held.text
        or any(flows.value(value, job, step).text for value in step.env.values())
        or any(each.run and _READS_STRANGERS.search(each.run) for each in before)
        or any(flows.taken(each, job).code for each in before)
    )
