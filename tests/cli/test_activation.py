"""Every question about people names who may activate a place in a group that another system follows, with what that waits for."""

PRODUCTION = "env:acme/platform/deploy/production"
ONCE = "they activate membership of SRE on call, with a second factor"
THROUGH = "ivan@acme.example (may activate membership of, since 2026-01-05) → group SRE on call (is followed by) → maintainers of acme"


def test_who_can_names_them_with_the_condition_and_counts_them_apart(ask, answer) -> None:  # type: ignore[no-untyped-def]
    out, err = ask("who-can", "deploy", PRODUCTION)
    assert "Ivan gitlab:ivan after activation" in out
    assert f"{THROUGH} (Maintainer (maintain))" in out
    assert f"once {ONCE}" in out
    assert "1 person only after activating a place in a group" in err
    holders = {each["principal_name"]: each for each in answer("who-can", "deploy", PRODUCTION)["holders"]}
    [path] = holders["ivan"]["paths"]
    assert [each["kind"] for each in path["conditions"]] == ["activation"]
    assert "group eligibility" not in err, "who may join was read"


def test_why_and_reach_tell_it_of_the_account_there_and_of_the_one_at_the_provider(answer) -> None:  # type: ignore[no-untyped-def]
    for account in ("gitlab:ivan", "entra:ivan@acme.example"):
        reached = {
            each["resource_name"] for each in answer("reach", account)["reached"] if each["capability"] == "deploy"
        }
        assert PRODUCTION in reached, account
    [why] = answer("why", "gitlab:ivan", PRODUCTION, "--capability", "deploy")["answers"]
    assert THROUGH in why["paths"][0]["words"]


def test_what_can_and_identity_tell_the_role_beside_those_held(ask, answer) -> None:  # type: ignore[no-untyped-def]
    [later] = answer("what-can", "gitlab:ivan")["later"]
    assert (later["resource_name"], later["level"], later["once"]) == ("acme", "maintain", [ONCE])
    out, err = ask("what-can", "gitlab:ivan")
    assert f"acme maintain once {ONCE}" in out
    assert "and on 1 more after an activation" in err
    found = answer("identity", "ivan")
    [standing] = [each for each in found["standings"] if each["system"] == "gitlab"]
    assert [each["once"] for each in standing["later"]] == [[ONCE]]
    assert f"once {ONCE}" in ask("identity", "ivan")[0]


def test_near_miss_somebody_who_may_activate_nothing_has_nothing_of_it(answer) -> None:  # type: ignore[no-untyped-def]
    assert answer("what-can", "gitlab:judy")["later"] == []
    assert all(not each["later"] for each in answer("identity", "judy")["standings"])


def test_what_is_eligible_at_the_provider_itself_is_held_once_it_is_activated(ask, answer) -> None:  # type: ignore[no-untyped-def]
    found = {each["resource_name"]: each for each in answer("what-can", "entra:ivan@acme.example")["resources"]}
    assert "read (once activated)" in found["entra:acme"]["role"]
    assert found["SRE on call"]["role"] == "manage_access (once activated)"
    assert found["GitHub Enterprise Managed User"]["by"] == ["default access through Engineers"]
    assert "once activated" not in ask("what-can", "entra:nils@acme.example")[0], "nils holds his role"


def test_what_waits_for_an_activation_is_counted_apart_from_what_is_held(ask) -> None:  # type: ignore[no-untyped-def]
    _, err = ask("what-can", "entra:ivan@acme.example")
    assert "holds a role on 1 resource, and on 4 more after an activation" in err
