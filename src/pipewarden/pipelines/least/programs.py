"""Which files a script takes that does nothing but call programs of which it is known: the CLIs of clouds and of GitHub, hooks."""

import re
from collections.abc import Mapping

from pipewarden.pipelines.least.paths import folder, is_file, pattern
from pipewarden.pipelines.least.script_words import commands_of
from pipewarden.pipelines.least.taken import Taken, UnknownFilesError
from pipewarden.pipelines.parts import Step

_CONTEXTS = re.compile(r"\$\{\{[^}]*\}\}")
_WHY: Mapping[str, str] = {
    "npm publish": "it packs the workspace and runs its scripts: `npm pack` before, and `npm publish` of that file, would part the two",
    "git push": "it pushes what the steps before left in git",
    "git commit": "it commits what the steps before left in the workspace",
    "docker push": "the image lies on the machine that built it",
    "gh pr create": "it takes the branch that the steps before made",
    "twine upload": "the program itself was installed by the steps before",
    "cargo publish": "it builds and publishes at once",
    "gradle publish": "it builds and publishes at once",
    "mvn deploy": "it builds and publishes at once",
    "./gradlew": "it builds and publishes at once",
    "./mvnw": "it builds and publishes at once",
    "make": "what `make` does stands elsewhere",
}
"""Why nothing goes over for some commands that are often met."""
_GH_VALUES = frozenset({
    "-t", "--title", "-n", "--notes", "--target", "--discussion-category", "--notes-start-tag", "-R", "--repo", "-b", "--body",
    "-l", "--label", "-a", "--assignee", "-f", "--field", "--raw-field", "-r", "--ref", "-m", "--milestone", "--json", "-q", "--jq",
    "--add-label", "--remove-label", "--add-assignee", "--remove-assignee", "--add-project", "--reviewer", "-X", "--method", "-H",
})  # fmt: skip
"""Flags of the GitHub CLI that take a value which is no file. https://cli.github.com/manual/gh_release_create"""
_GH_FILES = frozenset({"-F", "--notes-file", "--body-file"})
_GH_FREE = frozenset({("workflow", "run"), ("pr", "comment"), ("pr", "edit"), ("pr", "close"), ("pr", "merge"), ("pr", "review"),
    ("issue", "comment"), ("issue", "create"), ("issue", "edit"), ("issue", "close"), ("release", "edit"), ("release", "delete"),
})  # fmt: skip
_FREE = frozenset(
    {"echo", "printf", "set", "sleep", "true", "false", ":", "exit", "export", "date", "return", "unset", "local"}
)
_FILTERS = frozenset({"jq", "grep", "sed", "awk", "cut", "tr", "head", "tail", "wc", "sort", "uniq", "base64"})
"""What reads the text of a command before it, where no file is named."""
_TESTS_FILES = frozenset({"-f", "-e", "-d", "-s", "-r", "-w", "-x", "-L", "-h", "-nt", "-ot"})
_CURL_FILES = ("-F", "--form", "-K", "--config", "-b", "-c", "-o", "-O", "-E", "--cert", "--key", "-J")
_MOST = 20_000


def of_script(script: str, step: Step) -> Taken:
    """Return what a script takes. Raises UnknownFilesError."""
    if step.working_directory or step.shell not in {"", "bash", "sh"} or len(script) > _MOST:
        raise UnknownFilesError
    # an expression may be any text: like a variable, it is no path that is written out
    plain = _CONTEXTS.sub("$X", script.replace("\\\n", " "))
    for start, why in _WHY.items():
        if re.search(rf"(?m)(?:^|[;&|])[ \t]*{re.escape(start)}(?=\s|$)", plain):
            raise UnknownFilesError(why)
    paths, repository, any_ = list[str](), False, False
    for words in commands_of(plain):
        taken = _of_command(words)
        if taken is None:
            raise UnknownFilesError
        any_ = True
        paths += taken
        repository = repository or (words[0] == "gh" and not _names_repository(words, step))
    if not any_:
        raise UnknownFilesError
    return Taken(tuple(dict.fromkeys(paths)), repository=repository)


def _names_repository(words: list[str], step: Step) -> bool:
    """Tell whether a command of the GitHub CLI is told its repository; otherwise it asks git in the workspace."""
    return "GH_REPO" in step.env or any(word in {"-R", "--repo"} or word.startswith("--repo=") for word in words)


def _of_command(words: list[str]) -> list[str] | None:
    """Return the paths that one command takes; None where that is not known."""
    name = words[0]
    if name == "aws":
        return _aws(words)
    if name == "gh":
        return _gh(words)
    if name in {"gsutil", "gcloud"}:
        return _google(words)
    if name == "curl":
        return _curl(words)
    if name in _FREE:
        return []
    if name in {"[", "[[", "test"}:
        return None if _TESTS_FILES & set(words) else []
    if name in _FILTERS:
        return None if "-i" in words or any(is_file(word) or "/" in word for word in words[1:] if folder(word)) else []
    return [] if words[:2] in (["az", "logout"], ["docker", "logout"]) else None


def _aws(words: list[str]) -> list[str] | None:
    if words[1:2] == ["s3"]:
        return _copied(words[2:], "s3://", recursive=words[2:3] == ["sync"] or "--recursive" in words)
    if words[1:3] == ["cloudformation", "deploy"] and "--template-file" in words[:-1]:
        template = folder(words[words.index("--template-file") + 1])
        others = any("file://" in word or word.startswith("file") for word in words)
        return [template] if template is not None and is_file(template) and not others else None
    if words[1:3] == ["lambda", "update-function-code"]:
        given = next((word for word in words if word.startswith("fileb://")), "")
        code = folder(given.removeprefix("fileb://")) if given else None
        return ([code] if code is not None and is_file(code) else None) if "--zip-file" in words else []
    if words[1:2] and words[1] in {
        "cloudfront",
        "ecs",
        "lambda",
        "ssm",
        "sts",
        "elasticbeanstalk",
        "codebuild",
        "sns",
        "ecr",
    }:
        return None if any("file" in word or "zip" in word for word in words[3:]) else []
    return None


def _copied(words: list[str], scheme: str, *, recursive: bool) -> list[str] | None:
    """Return the path of `cp`, `mv`, `sync` from the workspace into a store."""
    if words[:1] not in (["sync"], ["cp"], ["rsync"]):
        return None
    places = [place for place, word in enumerate(words) if word.startswith(scheme)]
    if len(places) != 1 or any("file" in word for word in words if word.startswith("-")):
        return None
    source = words[places[0] - 1]
    path = folder(source)
    if path is None or places[0] < 2:
        return None
    return [path] if recursive != is_file(path) else None


def _google(words: list[str]) -> list[str] | None:
    if words[0] == "gsutil":
        rest = [word for word in words[1:] if word != "-m"]
        return _copied(rest, "gs://", recursive=bool({"-r", "-R"} & set(rest)))
    if words[1:2] == ["storage"]:
        return _copied(words[2:], "gs://", recursive=bool({"-r", "-R", "--recursive"} & set(words)))
    if words[1:3] == ["run", "deploy"] and any(word.startswith("--image") for word in words):
        return None if any("source" in word or "file" in word for word in words) else []
    return None


def _gh(words: list[str]) -> list[str] | None:
    """Return the files of a release, or of a body.

    https://cli.github.com/manual/gh_release_upload
    """
    part = tuple(words[1:3])
    uploads = part in {("release", "create"), ("release", "upload")}
    if not uploads and part not in _GH_FREE:
        return None
    paths, plain, rest = list[str](), list[str](), iter(words[3:])
    for word in rest:
        if word in _GH_FILES:
            found = folder(next(rest, ""))
            if found is None:
                return None
            paths.append(found)
        elif word in _GH_VALUES:
            next(rest, "")
        elif word.startswith("-"):
            if word.partition("=")[0] in _GH_FILES:
                return None
        else:
            plain.append(word)
    for word in plain[1:] if uploads else ():
        listed = pattern(word.partition("#")[0])
        if listed is None or ("*" not in listed and not is_file(listed)):
            return None
        paths.append(listed)
    return paths


def _curl(words: list[str]) -> list[str] | None:
    paths = []
    for place, word in enumerate(words[1:], 1):
        if word in {"-T", "--upload-file"}:
            paths.append(words[place + 1] if place + 1 < len(words) else "")
        elif word.startswith("@"):
            paths.append(word[1:])
        elif word.startswith(_CURL_FILES) or "@" in word or word.startswith(("-T", "--upload-file=")):
            return None
    found = [folder(path) for path in paths]
    return [path for path in found if path is not None] if all(path and is_file(path) for path in found) else None
