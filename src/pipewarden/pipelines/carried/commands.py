"""What a command inside a script answers, as far as its text says: an outsider's branch, their text, or nothing of theirs."""

# ruff: noqa: SIM905  (a list of words reads best as text)
import re
from typing import NamedTuple

from pipewarden.pipelines.carried.held import OWN, Held, unfollowed

_ASKS = re.compile(
    r"\b(?:gh|hub|curl|wget|http|octokit|glab)\b|GITHUB_EVENT_PATH|github\.event|Invoke-(?:RestMethod|WebRequest)|\birm\b"
)
"""Commands that ask an API, or read the event."""
_BRANCH = re.compile(
    r"headRefName|\.head\.(?:ref|label)\b|\bhead_branch\b|headBranch|\bhead_ref\b|\['?head'?\]\['?ref'?\]"
)
_COMMIT = re.compile(
    r"headRefOid|headRepository(?:Owner)?\b|\.head\.(?:sha|repo|user)\b|\bhead_sha\b|\bheadSha\b|\bhead_repository\b|\bmerge_commit_sha\b"
    r"|\['?head'?\]\['?(?:sha|repo)'?\]|commits\s*\|\s*last|\.commits\[[^\]]*\]\.oid|/commits\b[^|]{0,200}\|\s*jq[^|]{0,80}\.sha"
)
_TEXT = re.compile(
    r"--json\s+[\w,]{0,80}\b(?:title|body|comments|files|commits)\b|\.(?:title|body|message|messageHeadline|filename|description)\b"
    r"|--jq\s+\S{0,80}\.(?:title|body|path)\b|\bpr\s+diff\b|\.files\[\]|bodyText"
)
_OURS = re.compile(
    r"/permission\b|/collaborators\b|/members?(?:hips?)?/|/releases?\b|\brelease\s+(?:list|view)\b|/tags\b|tag_name|default_?[bB]ranch"
    r"|\.base\.(?:ref|sha|repo)\b|baseRef(?:Name|Oid)|\.(?:login|number|id|node_id|state|draft|merged|mergeable\w*|status|conclusion"
    r"|html_url|url|permission|role_name|length|total_count|size|type|created_at|updated_at)\b|--json\s+(?:number|state|isDraft|author|labels|id|url)\b"
    r"|\blabels?\b|/actions/(?:runs|artifacts|workflows|caches)\b|\brun\s+(?:list|view)\b|http_code|\bauth\s+token\b"
)
"""What an API answers that no outsider writes: numbers, logins, states, releases, the base."""
_PRINTS = frozenset({"echo", "printf", "print"})
_FILTERS = frozenset(
    """
    sed tr cut awk gawk grep egrep head tail sort uniq wc xargs jq yq basename dirname fold rev base64 sha256sum
    sha1sum md5sum shasum bc expr paste column tac fmt iconv envsubst realpath readlink python python3 node perl ruby
    tee true test [ [[ exit cat join nl comm diff
    """.split()
)
_MAKES = frozenset(
    """
    date uname whoami nproc id hostname mktemp openssl uuidgen seq ls find pwd which stat du df command type getconf
    arch env sleep cd set export go npm node rustc cargo mvn gradle ./gradlew ./mvnw make docker python pip pip3
    poetry uv dotnet helm kubectl aws az gcloud minver nix jq yq rg fd lsb_release cmake dpkg opam swift ruby bundle
    yarn pnpm npx php composer terraform tofu vault shuf
    """.split()
)
"""Commands that answer out of the machine or the checked-out files."""
_FIRST = re.compile(
    r"(?:(?:sudo|then|do|else|if|!|time|exec|\(|\{|[A-Z_][A-Z0-9_]*=\S*)\s*)*(?P<word>[^\s\"'();|&<>]+)"
)


class Answer(NamedTuple):
    """What a command answers by itself. `passes`: what goes into it comes out; `cleans`: perhaps without what is dangerous in it.

    `files`: it reads what lies in the workspace; `commit`: it names the commit that is checked out.
    """

    held: Held = OWN
    passes: bool = False
    cleans: bool = False
    files: bool = False
    commit: bool = False


def answer_of(text: str, commands: list[str]) -> Answer:
    """Return what a command, or several joined by pipes, answers. `commands` is the text taken apart."""
    if _ASKS.search(text):
        return Answer(_asked(text), passes=False)
    words = [found["word"].rpartition("/")[2] for each in commands if (found := _FIRST.match(each))]
    if not words or "<" in text[:2]:
        return Answer(passes=True, files=True)
    if words[0] == "git":
        return Answer(commit=True, files=True, passes=True)
    if all(word in _PRINTS for word in words):
        return Answer(passes=True)
    if all(word in _PRINTS or word in _FILTERS or word in _MAKES for word in words):
        return Answer(passes=True, cleans=True, files=words[0] not in _PRINTS)
    return Answer(unfollowed(f"what {' '.join(text.split())[:60]} answers"))


_TAKEN_OUT = re.compile(
    r"(?:\s-q|--jq|\bjq\b(?:\s+-(?!-arg)\S+)*|--template|\s-t)[\s=]+(?P<what>'[^']*'|\"(?:[^\"\\]|\\.)*\"|[^\s|)]+)"
)
"""The fields that are taken out of an answer."""


def _asked(text: str) -> Held:
    """Return what an API answers, by the fields that are taken out of it."""
    fields = " ".join(found["what"] for found in _TAKEN_OUT.finditer(text))
    looked = fields if "." in fields and fields.strip("'\" ") not in {".", ".[]", ".[0]"} else text
    branch, commit, written = _BRANCH.search(looked), _COMMIT.search(looked), _TEXT.search(looked)
    if branch or commit or written:
        head = "the head of the pull request"
        told = (
            "the branch of the pull request" if branch else "what the API says of the pull request" if written else ""
        )
        return Held(code=head if branch or commit else "", text=told)
    if _OURS.search(looked) or _OURS.search(text):
        return OWN
    return unfollowed(f"what {' '.join(text.split())[:60]} answers")
