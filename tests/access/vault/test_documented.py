"""Cases worked by hand from the sentences of OpenBao's pages; the real server must agree with every one of them.

https://openbao.org/docs/concepts/policies/
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from pipewarden.access.vault.acl import Acl, Rule
from pipewarden.connectors.vault.policies import rules_of
from tests.bao import Bao, running


class Documented(NamedTuple):
    """One case: what some policies state, the path that is asked, and what is allowed there."""

    says: str
    policies: tuple[str, ...]
    """Each `path: capability capability; path: …`."""
    path: str
    allowed: str


CASES = (
    # --- deny by default, exact paths ---------------------------------------------------------------
    Documented("“Policies are deny by default”", ("a/b: read",), "a/c", ""),
    Documented("“an empty policy grants no permission in the system”", ("",), "a/b", ""),
    Documented("A path is a path, not what begins so", ("secret/foo: read",), "secret/foobar", ""),
    Documented("…nor what lies below it", ("secret/foo: read",), "secret/foo/bar", ""),
    Documented("“Permit reading only "
               '"secret/foo"”', ("secret/foo: read",), "secret/foo", "read"),
    Documented("Capabilities are those of the rule alone", ("a: create update",), "a", "create update"),
    Documented("read is not list", ("a/: list",), "a/", "list"),
    # --- globs --------------------------------------------------------------------------------------
    Documented('“The glob ("*") … only supported as the last character of the path”: "secret/bar/*"',
               ("secret/bar/*: read",), "secret/bar/x/y", "read"),
    Documented('“"secret/bar/*" … will not attach to secret/bar”', ("secret/bar/*: read",), "secret/bar", ""),
    Documented("“secret/zip-*: … any path starting with secret/zip-”", ("secret/zip-*: read",), "secret/zip-zap", "read"),
    Documented("“secret/zip-zap/zong” too", ("secret/zip-*: read",), "secret/zip-zap/zong", "read"),
    Documented("…and not secret/zip/zap", ("secret/zip-*: read",), "secret/zip/zap", ""),
    Documented("“It is not a regular expression”: a star within is a letter", ("secret/*/x: read",), "secret/a/x", ""),
    Documented("…and matches itself", ("secret/*/x: read",), "secret/*/x", "read"),
    Documented("A star alone is everything", ("*: read",), "sys/policies/acl/x", "read"),
    Documented("A star may stand for nothing", ("secret/zip*: read",), "secret/zip", "read"),
    # --- + ------------------------------------------------------------------------------------------
    Documented("“a + can be used to denote any number of characters bounded within a single path segment”",
               ("secret/+/teamb: read",), "secret/a/teamb", "read"),
    Documented("…not two segments", ("secret/+/teamb: read",), "secret/a/b/teamb", ""),
    Documented("…and not none", ("secret/+/teamb: read",), "secret/teamb", ""),
    Documented("“secret/+/+/teamb”", ("secret/+/+/teamb: read",), "secret/foo/bar/teamb", "read"),
    Documented("A + at the front", ("+/metadata/*: list",), "kv/metadata/a/", "list"),
    Documented("A + at the end", ("secret/+: read",), "secret/a", "read"),
    Documented("…is one segment alone", ("secret/+: read",), "secret/a/b", ""),
    Documented("A + with a star behind", ("secret/+/x*: read",), "secret/a/xyz/q", "read"),
    Documented("A + is a segment's whole: within a word it is a letter", ("secret/a+: read",), "secret/ab", ""),
    # --- priority -----------------------------------------------------------------------------------
    Documented("“the most specific path … is used”: exact before a glob", ("a/*: read update", "a/b: read"), "a/b", "read"),
    Documented("“If the first wildcard (+) or glob (*) occurs earlier in P1, P1 is lower priority”",
               ("a/*: read; a/b/*: update",), "a/b/c", "update"),
    Documented("…the longer prefix goes first in the other order too", ("a/b/*: update; a/*: read",), "a/b/c", "update"),
    Documented("“If P1 ends in * and P2 doesn't, P1 is lower priority”", ("a/+/*: read; a/+/c: update",), "a/b/c", "update"),
    Documented("“If P1 has more + (wildcard) segments, P1 is lower priority”",
               ("a/+/+/d: read; a/+/c/d: update",), "a/b/c/d", "update"),
    Documented("“If P1 is shorter, it is lower priority”", ("a/+/*: read; a/+/cc*: update",), "a/b/ccc", "update"),
    Documented("A + later counts for more than a star earlier", ("secret/*: read; secret/a/+: update",), "secret/a/b", "update"),
    Documented("What is less specific adds nothing", ("a/*: read list; a/b/*: update",), "a/b/c", "update"),
    # --- deny, and several policies -----------------------------------------------------------------
    Documented("“deny … always takes precedence regardless of any other defined capabilities, including sudo”",
               ("a/b: read sudo deny",), "a/b", ""),
    Documented("A denial in one policy wins over another's gift on the same path", ("a/b: read", "a/b: deny"), "a/b", ""),
    Documented("“secret/super-secret: deny” beside “secret/*”", ("secret/*: read; secret/super-secret: deny",), "secret/super-secret", ""),
    Documented("…and the others stay readable", ("secret/*: read; secret/super-secret: deny",), "secret/other", "read"),
    Documented("A denial of a glob yields to an exact path", ("a/*: deny", "a/b: read"), "a/b", "read"),
    Documented("A denial further up yields to a gift further down", ("a/*: deny; a/b/*: read",), "a/b/c", "read"),
    Documented("“the union of capabilities” where policies state one path", ("a/*: read", "a/*: update"), "a/b", "read update"),
    Documented("…and only where it is one path: of two the more specific counts", ("a/*: read", "a/+: update"), "a/b", "update"),
    Documented("Two policies, two exact paths", ("a: read", "b: update"), "b", "update"),
    # --- sudo and listing ---------------------------------------------------------------------------
    Documented("“sudo - Allows access to paths that are root-protected”, beside what the request takes",
               ("sys/audit: read sudo",), "sys/audit", "read sudo"),
    Documented("sudo alone opens nothing to read", ("sys/audit: sudo",), "sys/audit", "sudo"),
    Documented("A list is asked of the path with its slash", ("a/b: list",), "a/b/", "list"),
    Documented("…where the path with the slash goes first", ("a/b: list; a/b/*: read",), "a/b/", "list"),
    Documented("…and a pattern that takes it in decides over a + without it", ("a/+: list; a/+/*: read",), "a/b/", "read"),
    # --- templates of the shorthand -----------------------------------------------------------------
    Documented("patch is a capability of its own", ("a: patch",), "a", "patch"),
    Documented("delete is not update", ("a: delete",), "a", "delete"),
)  # fmt: skip


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        yield server


def text(policy: str) -> str:
    """Return a policy in HCL."""
    lines = []
    for each in policy.split(";"):
        path, colon, words = each.strip().partition(": ")
        if colon:
            given = ", ".join(f'"{word}"' for word in words.split())
            lines.append(f'path "{path}" {{ capabilities = [{given}] }}')
    return "\n".join(lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says[:70])
def test_what_the_page_says_holds(case: Documented) -> None:
    rules = [
        Rule(rule["path"], frozenset(rule["capabilities"]), str(number))
        for number, policy in enumerate(case.policies)
        for rule in rules_of(text(policy))
    ]
    assert Acl(rules).on(case.path, listing=True).capabilities == set(case.allowed.split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says[:70])
def test_the_server_agrees(bao: Bao, case: Documented) -> None:
    names = []
    for number, policy in enumerate(case.policies):
        names.append(f"documented-{number}")
        bao.policy(names[-1], text(policy) or "# nothing")
    token = bao.token(policies=names, no_default_policy=True, ttl="5m")
    told = bao.write("sys/capabilities", {"token": token, "paths": [case.path]})["data"]["capabilities"]
    assert set(told) == (set(case.allowed.split()) or {"deny"})
