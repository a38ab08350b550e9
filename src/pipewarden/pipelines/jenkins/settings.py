"""What a pipeline sets about itself: parameters, triggers, libraries.

https://www.jenkins.io/doc/book/pipeline/syntax/#parameters and #triggers
https://www.jenkins.io/doc/book/pipeline/shared-libraries/#using-libraries
"""

from collections.abc import Iterator, Sequence

from pipewarden.pipelines.definition import Included, Occasion
from pipewarden.pipelines.jenkins.calls import Call, Node, arguments, named
from pipewarden.pipelines.jenkins.offered import choices_of
from pipewarden.pipelines.jenkins.stage import File, short
from pipewarden.pipelines.jenkins.strings import literal
from pipewarden.pipelines.jenkins.tokens import GSTRING, NAME, TEXT
from pipewarden.pipelines.uses import Pin, pin_of

_TRIGGERS = {
    "cron": Occasion.SCHEDULE,
    "parameterizedCron": Occasion.SCHEDULE,
    "pollSCM": Occasion.PUSH,
    "githubPush": Occasion.PUSH,
    "bitbucketPush": Occasion.PUSH,
    "gitlab": Occasion.PUSH,
    "upstream": Occasion.PARENT,
    "GenericTrigger": Occasion.API,
    "genericTrigger": Occasion.API,
    "issueCommentTrigger": Occasion.COMMENT,
    "githubPullRequests": Occasion.MERGE_REQUEST,
    "ghprb": Occasion.MERGE_REQUEST,
    "githubPrTrigger": Occasion.MERGE_REQUEST,
    "gerrit": Occasion.MERGE_REQUEST,
}
_PARAMETERS = {
    "string": "string",
    "text": "text",
    "password": "password",
    "choice": "choice",
    "booleanParam": "boolean",
    "file": "file",
    "run": "run",
    "credentials": "credentials",
    "base64File": "file",
    "stashedFile": "file",
    "validatingString": "choice",
    "gitParameter": "choice",
    "extendedChoice": "choice",
    "activeChoice": "string",
    "reactiveChoice": "string",
    "imageTag": "choice",
    "nodeParam": "choice",
    "persistentString": "string",
    "persistentText": "text",
    "StringParameterDefinition": "string",
    "TextParameterDefinition": "text",
    "PasswordParameterDefinition": "password",
    "ChoiceParameterDefinition": "choice",
    "BooleanParameterDefinition": "boolean",
    "ExtendedChoiceParameterDefinition": "choice",
    "GitParameterDefinition": "choice",
}
"""Kinds of parameters. Jenkins refuses a value that a choice does not offer; Active Choices only fill the form, and
take any value over the API. https://www.jenkins.io/doc/book/pipeline/syntax/#parameters"""


def calls_in(nodes: Sequence[Node]) -> Iterator[Call]:
    """Yield the calls of a block and of what stands in their arguments and blocks."""
    for node in nodes:
        if isinstance(node, Call):
            yield node
            yield from calls_in(node.inner)
            yield from calls_in(node.body or [])


def parameters(file: File, nodes: Sequence[Node]) -> None:
    """Note the parameters that a block declares."""
    first: Call | None = None
    for call in calls_in(nodes):
        first = first or call
        kind = _PARAMETERS.get(call.name)
        name = kind and file.text(*named(file.source, call).get("name", (0, 0)))
        if name and kind:
            _offers(file, name, choices_of(file, call))
            file.parameters.setdefault(name, kind)
        if call.name == "parameters":
            _plugin_parameters(file, call.low, call.high)
    if file.parameters and first is not None:
        file.occasions.setdefault(Occasion.MANUAL, file.source.position(first.at))


def _offers(file: File, name: str, choices: tuple[str, ...]) -> None:
    """Note what a parameter offers; one that is declared twice offers both lists, or any text where one is not known."""
    if name not in file.parameters:
        file.choices[name] = choices
    elif choices and file.choices.get(name):
        file.choices[name] = tuple(dict.fromkeys((*file.choices[name], *choices)))
    else:
        file.choices.pop(name, None)


def _plugin_parameters(file: File, low: int, high: int) -> None:
    """Note parameters that are written as maps: `[$class: 'CascadeChoiceParameter', name: 'TO', …]`."""
    source = file.source
    kind = ""
    for at in range(low, high - 2):
        if source.kinds[at] == NAME and source.kinds[at + 1] == ":" and source.kinds[at + 2] == TEXT:
            word, text = source.word(at), literal(source, at + 2, at + 3) or ""
            if word == "$class" and text.endswith(("Parameter", "Definition")):
                kind = _PARAMETERS.get(text.rpartition(".")[2], "string")
            elif word == "name" and kind:
                file.parameters.setdefault(text, kind)
                kind = ""


def triggers(file: File, nodes: Sequence[Node]) -> None:
    """Note what starts the pipeline."""
    for call in calls_in(nodes):
        occasion = _TRIGGERS.get(call.name)
        if occasion is None:
            continue
        file.occasions.setdefault(occasion, file.source.position(call.at))
        if occasion is not Occasion.API:
            continue
        given = named(file.source, call)
        if "token" in given and file.text(*given["token"]):
            file.start_tokens.append(file.source.position(given["token"][0]))
        for name, low, high in arguments(file.source, *given.get("genericVariables", (0, 0))):
            if not name and high - low > 1:
                _webhook_variables(file, low, high)


def _webhook_variables(file: File, low: int, high: int) -> None:
    """Note the variables that a webhook's body fills: `[[key: 'ref', value: '$.ref']]`.

    https://plugins.jenkins.io/generic-webhook-trigger/
    """
    source = file.source
    for at in range(low, high - 2):
        if source.kinds[at] == NAME and source.word(at) == "key" and source.kinds[at + 1] == ":":
            name = literal(source, at + 2, at + 3)
            if name:
                file.webhook.add(name)


def library(file: File, text: str, at: int, *, dynamic: bool = False) -> None:
    """Note a shared library: `name@version`, or its name alone, whose version the controller's settings tell."""
    name, _, ref = text.partition("@")
    pin = Pin.DYNAMIC if dynamic else pin_of(ref)
    file.includes.append(
        Included(
            kind="library", text=short(text, 100), position=file.source.position(at), project=name, ref=ref, pin=pin
        )
    )


def libraries(file: File, low: int, high: int) -> None:
    """Note the libraries that an annotation or a `library` step names among its arguments."""
    source = file.source
    for at in range(low, high):
        if source.kinds[at] == TEXT:
            # a retriever's own settings (remote, credentialsId) are strings behind a name
            if at == low or source.kinds[at - 1] in {",", "[", "("} or source.word(at - 2) in {"value", "identifier"}:
                text = literal(source, at, at + 1) or ""
                computed = at + 1 < high and source.kinds[at + 1] == "+"
                library(file, f"{text}…" if computed else text, at, dynamic=computed)
                if source.word(low) == "identifier" or at == low:
                    return
        elif source.kinds[at] == GSTRING and (at == low or source.word(at - 2) in {"value", "identifier"}):
            written = file.text(at, at + 1)
            library(file, written if written is not None else source.word(at).strip("\"'"), at, dynamic=written is None)
            return
        elif source.kinds[at] == NAME and at == low and source.kinds[at + 1] != ":":
            file.open_end(at, f"the library {short(source.word(at))} is named by code")
            return
