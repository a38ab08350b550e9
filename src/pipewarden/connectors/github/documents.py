"""The texts of the named queries, each with the fragments that it spreads: what several ask for is written once."""

import re
from functools import cache
from importlib.resources import files

_FOLDER = files("pipewarden.connectors.github") / "queries"
_SPREAD = re.compile(r"\.\.\.([A-Z]\w*)")


@cache
def document(name: str) -> str:
    """Return the text of a query with all fragments that it needs, each once.

    https://spec.graphql.org/October2021/#sec-Language.Fragments
    """
    text = (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
    parts, wanted, known = [text], _SPREAD.findall(text), set(re.findall(r"^fragment (\w+)", text, re.MULTILINE))
    while wanted:
        if (fragment := wanted.pop(0)) not in known:
            known.add(fragment)
            parts.append((_FOLDER / "fragments" / f"{fragment}.graphql").read_text(encoding="utf-8"))
            wanted += _SPREAD.findall(parts[-1])
    return "\n".join(parts)
