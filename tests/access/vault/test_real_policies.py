"""Random policies and paths, judged by ours and by the real server: the two must agree on every one of them."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipewarden.access.vault.acl import Acl, Rule
from pipewarden.connectors.vault.policies import rules_of
from tests.bao import Bao, running

WORDS = ("a", "b", "ab", "data", "prod")
GIVEN = ("create", "read", "update", "patch", "delete", "list", "sudo", "deny")
MADE = count()


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        yield server


segments = st.sampled_from((*WORDS, *WORDS, "+", "+", "+a", ""))
patterns = st.builds(
    lambda parts, star: "/".join(parts) + star,
    st.lists(segments, min_size=1, max_size=4),
    st.sampled_from(("", "*", "/*")),
).filter(lambda text: "+*" not in text and "//" not in text and not text.startswith("/") and text)
rules = st.tuples(patterns, st.lists(st.sampled_from(GIVEN), min_size=1, max_size=3, unique=True))
policies = st.lists(st.lists(rules, min_size=1, max_size=6), min_size=1, max_size=3)
paths = st.lists(
    st.builds(lambda parts, end: "/".join(parts) + end, st.lists(st.sampled_from((*WORDS, "x")), min_size=1, max_size=5),
              st.sampled_from(("", "", "/"))),
    min_size=12, max_size=12, unique=True,
)  # fmt: skip


def written(stated: list[tuple[str, list[str]]]) -> str:
    return "\n".join(
        f'path "{path}" {{ capabilities = [{", ".join(map(repr, words))}] }}' for path, words in stated
    ).replace("'", '"')


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policies, paths)
def test_ours_and_the_real_server_allow_the_same(
    bao: Bao, stated: list[list[tuple[str, list[str]]]], asked: list[str]
) -> None:
    names, ours = [], []
    for policy in stated:
        name, text = f"p{next(MADE)}", written(policy)
        bao.policy(name, text)
        names.append(name)
        ours += [Rule(each["path"], frozenset(each["capabilities"]), name) for each in rules_of(text)]
    token = bao.token(policies=names, no_default_policy=True, ttl="5m")
    told = bao.write("sys/capabilities", {"token": token, "paths": asked})
    acl = Acl(ours)
    for path in asked:
        decided = acl.on(path, listing=True).capabilities
        assert set(told["data"][path]) == (set(decided) or {"deny"}), (path, stated)
