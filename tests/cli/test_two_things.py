"""A name without its system may name several things: which was taken is said, and which others there are."""

import pytest

SAID = "acme/mobile names two things: this is about the repository of github.com; ask for gitlab:acme/mobile too"


@pytest.mark.parametrize(
    "words",
    [("why", "carol", "acme/mobile"), ("who-can", "push", "acme/mobile"), ("leavers", "push", "acme/mobile")],
)
def test_which_thing_was_taken_is_said(ask, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert SAID in ask(*words)[1]


@pytest.mark.parametrize(
    "words",
    [
        ("why", "carol", "gitlab:acme/mobile"),
        ("why", "carol", "github:acme/mobile"),
        ("why", "gitlab:carol", "acme/mobile"),
        ("why", "carol", "acme/web"),
    ],
)
def test_nothing_is_said_where_the_system_is(ask, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert "names two things" not in ask(*words)[1]


def test_a_name_that_one_system_alone_has_is_asked_about_there(ask, answer) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("why", "token:3/nightly", "acme/mobile")
    assert out.startswith("token:3/nightly can edit_pipeline, run_pipeline, read_secret, bypass_protection")
    assert "ask for github:acme/mobile too" in err
    plain = answer("why", "token:3/nightly", "acme/mobile")
    assert plain["answers"] == answer("why", "gitlab:token:3/nightly", "acme/mobile")["answers"]
    assert plain["also_called_so"] == ["github:acme/mobile"]
    assert "cannot do anything" in ask("why", "token:3/nightly", "github:acme/mobile")[0]


def test_json_holds_the_others(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer("why", "carol", "acme/mobile")["also_called_so"] == ["gitlab:acme/mobile"]
    assert answer("who-can", "push", "acme/mobile")["also_called_so"] == ["gitlab:acme/mobile"]
    assert answer("who-can", "push", "acme/web")["also_called_so"] == []
    both = [answer("why", "gitlab:carol", at)["resource"] for at in ("acme/mobile", "gitlab:acme/mobile")]
    assert both[0] == both[1]
