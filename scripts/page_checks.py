"""The page docs/checks.md, made from the checks themselves."""

from collections.abc import Iterator

from pipewarden.checks import ALL, NOT_BUILT
from pipewarden.checks.base import Check
from pipewarden.model.findings import Standards
from pipewarden.model.limits import ABOUT

HEAD = """# The checks

Generated from the checks by `make docs`.

A verdict is `pass`, `fail`, `unknown` or `not_applicable`. A check *needs* facets; where one could not be read, it says
`unknown` and names the permission that would close the gap. Unknown is not a pass.

"""

TAIL = """
## not built

Known checks that this version does not have, and why.

| check | reason |
|---|---|
"""


def page() -> str:
    """Return the whole page as Markdown."""
    themes = list(dict.fromkeys(check.info.theme for check in ALL))
    parts = [HEAD, f"{len(ALL)} checks in {len(themes)} themes:\n\n"]
    parts += [f"- [{_title(theme)}](#{_title(theme).replace(' ', '-')})\n" for theme in themes]
    parts.append("- [not built](#not-built)\n")
    for theme in themes:
        parts.append(f"\n## {_title(theme)}\n")
        for check in ALL:
            if check.info.theme == theme:
                parts += _check(check)
    parts.append(TAIL)
    parts += [f"| `{each.id}` | {each.reason} |\n" for each in sorted(NOT_BUILT)]
    return "".join(parts)


def _title(theme: str) -> str:
    return theme.replace("_", " ")


def _check(check: Check) -> Iterator[str]:
    info = check.info
    subject = info.subject.replace("_", " ")
    yield f"\n### `{info.id}`\n\n**{info.title}** · {info.severity.word} · judges each {subject}\n\n"
    yield f"{info.rationale}\n\n"
    yield "".join(f"{number}. {step}\n" for number, step in enumerate(info.remedy, 1)) + "\n"
    if info.needs:
        yield f"Needs {', '.join(f'`{need}`' for need in info.needs)}.\n"
    if info.limits:
        limits = ", ".join(_limit(name) for name in info.limits)
        yield f"Limits ([settings](settings.md)): {limits}.\n"
    if clauses := _clauses(info.standards):
        yield f"Standards: {clauses}.\n"
    if info.source:
        yield f"Source: {info.source}\n"


def _limit(name: str) -> str:
    """Name a threshold; its default is told where it is a number."""
    about = ABOUT[name]
    return f"`{name}`" + (f" ({about.words(about.default)})" if about.unit else "")


def _clauses(standards: Standards) -> str:
    named = {
        "CIS": standards.cis,
        "OWASP": standards.owasp,
        "NIST SP 800-53": standards.nist,
        "SOC 2": standards.soc2,
    }
    return "; ".join(f"{name} {', '.join(clauses)}" for name, clauses in named.items() if clauses)
