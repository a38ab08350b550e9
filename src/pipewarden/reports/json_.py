"""The report as JSON for programs: `pipewarden.report/1`, with its JSON Schema."""

import json
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from pipewarden.model.facts import Cause
from pipewarden.model.findings import Evidence, Finding, Judged, Report, Tally, Verdict
from pipewarden.model.ids import Ref
from pipewarden.reports.ranking import rank

SCHEMA = "pipewarden.report/1"
"""The name of the layout; fields may be added under it, none is taken away or changes its meaning."""

_AS_IT_IS = frozenset((str, int, float, bool, type(None), datetime, Evidence, Tally))
"""Types whose values JSON can be written of at once."""
_FIELDS_AS_THEY_ARE = frozenset(
    (*_AS_IT_IS, datetime | None, Cause, Cause | None, tuple[str, ...], tuple[Evidence, ...], tuple[Tally, ...])
)
"""Types of fields of which the same holds."""


def write(report: Report) -> str:
    """Write a report as JSON: ids as text, severities as words, times in RFC 3339 UTC, keys in a stable order."""
    return packed(report).decode() + "\n"


def packed(report: Report) -> bytes:
    """Return what `write` writes in UTF-8 without the end of its last line, for which ten megabytes would be copied.

    One character outside the basic plane makes a text four times as large.
    """
    many = {
        # packed one by one: the plain values of thousands of them together would fill the memory
        "findings": [msgspec.Raw(_packed(_judged(one))) for one in rank(report.findings)],
        # all but the subject can be written as it is
        "not_assessed": [msgspec.structs.replace(one, subject=str(one.subject)) for one in report.not_assessed],
    }
    plain = {name: _plain(getattr(report, name)) for name in report.__struct_fields__ if name not in many}
    whole = _packed({"schema": SCHEMA, **plain, **many})
    del many, plain  # each stage takes as much memory again as what is made of it
    return msgspec.json.format(whole, indent=2)


def dumps(value: Any) -> str:
    """Write JSON with sorted keys; a lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    return msgspec.json.format(_packed(value), indent=2).decode() + "\n"


def _packed(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted")
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=_unpacked).encode(errors="replace")


def _unpacked(value: Any) -> Any:
    return json.loads(bytes(value)) if isinstance(value, msgspec.Raw) else msgspec.to_builtins(value)


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        **_plain(judged.finding),
        "fingerprint": judged.finding.fingerprint,
        "life": judged.life.value,
        "first_seen": judged.first_seen,
        "last_seen": judged.last_seen,
        "waiver": _plain(judged.waiver),
    }


def _plain(value: Any) -> Any:
    """Turn a model value into JSON; ids and severities are words, whatever their types hold."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is Ref:
        return str(value)
    if kind is tuple or kind is list:
        return [item if type(item) in _AS_IT_IS else _plain(item) for item in value]
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.asdict(value)
        for name in _odd(type(value)):
            inner = fields[name]
            if inner is not None and inner != ():  # what is empty can be written as it is
                fields[name] = _plain(inner)
        return fields
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    word = getattr(value, "word", None)
    return msgspec.to_builtins(value) if word is None else word


@cache
def _odd(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a type whose values are to be turned into something else."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if field.type not in _FIELDS_AS_THEY_ARE)


_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "string", "format": "date-time"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNTS = {"type": "object", "additionalProperties": _COUNT}
_REF = {"type": "string", "pattern": "^[^:]*:[a-z_]+:", "description": "An immutable id: system:kind:id"}
_SEVERITY = {"enum": ["critical", "high", "medium", "low", "info"]}


def _object(required: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": required,
        "required": sorted(required),
    }


def _or_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what `write` writes; unknown further fields are to be expected."""
    from pipewarden.model.findings import Life

    cause = {"enum": [cause.value for cause in Cause]}
    evidence = {
        "text": _TEXT,
        "endpoint": _TEXT,
        "fetched_at": _or_none(_TIME),
        "path": _TEXTS,
        "file": _TEXT,
        "line": _COUNT,
        "column": _COUNT,
    }
    waiver = dict.fromkeys(("check", "subject", "object", "reason", "approver", "ticket"), _TEXT) | {"expires": _TIME}
    finding = {
        **dict.fromkeys(("check", "subject_name", "object_name", "says", "scope", "file", "fingerprint"), _TEXT),
        "severity": _SEVERITY,
        "subject": _REF,
        "object": _or_none(_REF),
        "scope_ref": _or_none(_REF),
        "judged": {"type": "array", "items": _REF},
        "within": {"type": "array", "items": _REF},
        "evidence": {"type": "array", "items": _object(evidence, Evidence.__doc__ or "")},
        "remedy": _TEXTS,
        "reach": _TEXTS,
        "weight": {"type": "integer"},
        "proofs": _TEXTS,
        "line": _COUNT,
        "column": _COUNT,
        "life": {"enum": [life.value for life in Life]},
        "first_seen": _TIME,
        "last_seen": _TIME,
        "waiver": _or_none(_object(waiver, "An accepted finding")),
    }
    missed = {
        **dict.fromkeys(("check", "subject_name", "facet", "detail", "permission"), _TEXT),
        "subject": _REF,
        "cause": _or_none(cause),
    }
    gap = {
        **dict.fromkeys(("scope", "facet", "detail", "permission"), _TEXT),
        "cause": cause,
        "count": _COUNT,
        "checks": _COUNT,
    }
    tally = {"check": _TEXT, **dict.fromkeys(("passed", "failed", "unknown", "not_applicable"), _COUNT)}
    info = {
        **dict.fromkeys(("id", "title", "theme", "subject", "rationale", "source"), _TEXT),
        "severity": _SEVERITY,
        "needs": _TEXTS,
        "limits": _TEXTS,
        "remedy": _TEXTS,
        "standards": _object(dict.fromkeys(("cis", "owasp", "nist", "soc2"), _TEXTS), "Clauses it speaks to"),
    }
    report = {
        "schema": {"const": SCHEMA},
        "version": _TEXT,
        "sources": _TEXTS,
        "as_of": _TIME,
        "started": _TIME,
        "snapshot": _TEXT,
        "complete": {"type": "boolean"},
        "switched_off": _TEXTS,
        "counts": _COUNTS,
        "requests": _COUNTS,
        "secrets_key": _TEXT,
        "over_baseline": {"type": "boolean"},
        "findings": {"type": "array", "items": _object(finding, (Finding.__doc__ or "").split("\n")[0])},
        "not_assessed": {"type": "array", "items": _object(missed, f"A verdict `{Verdict.UNKNOWN}`, and why")},
        "gaps": {"type": "array", "items": _object(gap, "What was not read")},
        "tallies": {"type": "array", "items": _object(tally, "How often a check said what")},
        "checks": {"type": "array", "items": _object(info, "A check that was asked")},
        "fix_next": {
            "type": "array",
            "items": _object(
                {"step": _TEXT, "why": _TEXT, "ends": _TEXTS, "about": _TEXTS},
                "A step, the findings that it ends, and further ones about the same thing, which ask for steps of their own",
            ),
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        **_object(report, "One audit of Pipewarden"),
    }
