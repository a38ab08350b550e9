"""Reading the scripts of actions/github-script as far as it takes to say what goes into their outputs.

https://github.com/actions/github-script#this-action
"""

import re
from collections.abc import Iterator

MOST_TEXT = 30_000
_SET = re.compile(r"setOutput\(\s*[\"'`](?P<name>[\w.-]+)[\"'`]\s*,")
_RETURN = re.compile(r"(?<![\w.])return\b(?P<value>[^\n;]{0,400})")
_ASSIGNED = re.compile(r"\b\s*(?::\s*\w+\s*)?=(?![=>])\s*(?P<value>[^;]{1,600}?)(?:;|\n(?!\s*[.?:&|+]))")
"""What follows the name of a variable that is given a value."""
_GOES_ON = re.compile(r"[\w.]")
BRANCH = re.compile(r"\bhead\??\.(?:ref|label)\b|\bhead_branch\b|headRefName|\bHEAD_REF\b")
COMMIT = re.compile(
    r"\bhead\??\.(?:sha|repo|user)\b|\bhead_sha\b|\bhead_repository\b|headRefOid|merge_commit_sha|\bhead_commit\b"
)
TEXT = re.compile(r"\b(?:\w+\??\.)+(?:title|body|message|filename|description)\b(?!\s*[:(])")
ENVIRONMENT = re.compile(r"process\.env(?:\.(?P<dotted>\w+)|\[[\"'](?P<named>\w+)[\"']\])")
_YES_NO = re.compile(
    r"[=!]==?|\.(?:some|includes|every|startsWith|endsWith|test|has|length|number|id|login|node_id|state|draft|merged|html_url|type|size"
    r"|data\.id|permission|role_name)\b(?!\.)|\bJSON\.stringify\(\s*\[\s*\]|^\s*!|\bbase\??\.(?:ref|sha|repo)\b|default_branch|tag_name"
)
_CLEANS = re.compile(
    r"\.(?:exec|match|matchAll|replace|replaceAll|slice|substring)\(|\b(?:parseInt|parseFloat|Number|encodeURIComponent)\("
)
_FIXED = re.compile(r"\s*(?:true|false|null|undefined|-?\d[\d.]*|[\"'][^\"']*[\"']|`[^`$]*`)?\s*\)?\s*;?\s*")
_NAMES = re.compile(r"(?<![\w.])([A-Za-z_$][\w$]*)")


def outputs_of(script: str, name: str) -> list[str]:
    """Return the texts of what is set under a name; of `result`, what the script returns."""
    text = script[:MOST_TEXT]
    found = [_argument(text, each.end()) for each in _SET.finditer(text) if each["name"].lower() == name.lower()]
    if name == "result":
        found += [each["value"] for each in _RETURN.finditer(text)]
    return found


def _argument(text: str, at: int) -> str:
    """Return the text up to the bracket that closes the call."""
    depth, start = 1, at
    while at < len(text) and at < start + 600:
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            break
        at += 1
    return text[start:at]


def is_fixed(value: str) -> bool:
    """Tell whether a value is fixed text, a number, or a yes or no."""
    return _FIXED.fullmatch(value) is not None or _YES_NO.search(value) is not None


_DECIDES = re.compile(r"\.(?:includes|some|every|startsWith|endsWith|test|has)\([^()\n]*\)\s*\)?\s*;?\s*$")


def decides(value: str) -> bool:
    """Tell whether a value is a yes or no about a text, and nothing of the text."""
    compares = ("===" in value or "!==" in value) and not any(mark in value for mark in ("?", "||", "+", "`"))
    return compares or _DECIDES.search(value) is not None


def cleans(value: str) -> bool:
    """Tell whether a value is cut out of a text, or changed: whatever is dangerous in it may be gone."""
    return _CLEANS.search(value) is not None


def variables_of(value: str) -> list[str]:
    """Return the variables that a value is made of."""
    plain = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", " ", value)
    return list(dict.fromkeys(_NAMES.findall(plain)))[:20]


def assignments_of(script: str, name: str) -> Iterator[str]:
    """Yield the texts that are assigned to a variable."""
    text = script[:MOST_TEXT] + "\n"
    at = text.find(name)
    while at >= 0:
        inside = at > 0 and _GOES_ON.match(text, at - 1)
        found = None if inside else _ASSIGNED.match(text, at + len(name))
        if found is not None:
            yield found["value"]
        at = text.find(name, at + 1 if found is None else found.end())
