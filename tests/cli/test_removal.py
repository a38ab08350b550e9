"""What would be lost with a whole account or credential, and what other ways still give."""

from typing import Any


def by(rows: list[dict[str, Any]], verb: str) -> set[str]:
    return {each["resource_name"] for each in rows if each["capability"] == verb}


def test_with_an_account_go_the_tokens_that_act_as_it(ask, answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("without", "gitlab:carol")
    assert [each["name"] for each in told["removed"]] == ["carol", "token:3/nightly"]
    assert by(told["lost"], "edit_pipeline") == {"acme/mobile", "acme/mobile/app"}
    assert told["still"] == []
    beside = {"bypass_protection", "manage_runner", "merge", "push", "run_pipeline"}
    assert {each["capability"] for each in told["lost"] if each["resource_name"] == "acme/mobile/app"} > beside
    assert told["identity_name"] == "Carol"
    out, err = ask("without", "gitlab:carol")
    assert "Without gitlab:carol and token:3/nightly, which acts as it, Carol would lose 11 things" in out
    assert "edit_pipeline acme/mobile/app lost gitlab:carol, token:3/nightly" in out
    assert "not the whole answer" in err


def test_the_account_stays_where_its_token_alone_goes(answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("without", "token:3/nightly")
    assert told["lost"] == []
    assert by(told["still"], "edit_pipeline") == {"acme/mobile", "acme/mobile/app"}
    assert {one for each in told["still"] for one in each["by"]} == {"gitlab.acme.example:account:3"}


def test_what_another_credential_still_gives_is_told_with_its_path(ask, answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("without", "token-carol-laptop (3efefc…)")
    assert "vault:acme/secret/prod/db" in by(told["still"], "read_secret")
    assert "vault:acme/secret/prod/db" in by(told["lost"], "manage_secret")
    answers = {each["resource_name"]: each["answer"] for each in told["still"] if each["capability"] == "read_secret"}
    assert answers["vault:acme/secret/prod/db"] == "yes", "the deploy key gets there through a pipeline"
    assert answers["vault:acme/secret/dev/db"] == "unknown", "nothing tells whether her account there ended"
    assert "vault:acme/secret/dev/db perhaps still vault:carol" in ask("without", "token-carol-laptop (3efefc…)")[0]


def test_a_deploy_key_outlives_the_account_that_added_it(answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("without", "github:carol")
    assert "acme/web" in by(told["still"], "edit_pipeline")
    assert "acme/docs" in by(told["still"], "read"), "as anybody can"
    told = answer("without", "key:acme/web/carol-laptop")
    assert "acme/web" in by(told["lost"], "edit_pipeline")
    assert "secret:acme/NPM_TOKEN" in by(told["lost"], "read_secret")
    told = answer("without", "github:alice")
    assert "secret:acme/NETLIFY_TOKEN" in by([e for e in told["still"] if e["anybody"]], "read_secret")


def test_all_of_a_leaver_is_removed_together(answer) -> None:  # type: ignore[no-untyped-def]
    every = ("github:carol", "gitlab:carol", "jenkins:carol", "vault:carol", "key:acme/web/carol-laptop")
    told = answer("without", *every, "key:acme/legacy/carol-laptop", "token-carol-laptop (3efefc…)")
    assert told["still"] == []
    leaves = {(each["capability"], each["resource"]) for each in told["lost"]}
    mine = answer("reach", "carol", "--person")["reached"]
    assert leaves >= {(each["capability"], each["resource"]) for each in mine if not each["anybody"]}
    [carol] = [each for each in answer("leavers")["left"] if each["name"] == "Carol"]
    can = {(each["capability"], each["resource"]) for each in carol["can"]}
    assert leaves - can == {each for each in leaves if each[0] == "read"}, "leavers tells all but reading"
    assert can - leaves == {each for each in can if each[0] == "use_secret" and ("read_secret", each[1]) in leaves}


def test_what_a_provider_would_give_back_is_told(ask) -> None:  # type: ignore[no-untyped-def]
    assert "team acme/release follows group release, which would put bob back" in ask("without", "github:bob")[0]


def test_two_people_and_two_questions_are_refused(ask) -> None:  # type: ignore[no-untyped-def]
    assert "these are of Bob and Carol" in ask("without", "github:bob", "gitlab:carol", code=2)[1]
    assert "are two questions" in ask("without", "gitlab:carol", "bob@acme/web", code=2)[1]
    assert "bob is not WHO@WHAT" in ask("without", "bob", code=2)[1], "a login alone may be several accounts"
    assert "is not WHO@WHAT" in ask("without", "team:platform", code=2)[1], "a team is no account"
