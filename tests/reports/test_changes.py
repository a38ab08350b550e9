"""A week of changes told to a person: what changed alike is one line, the widest first, and nothing is left out."""

from collections.abc import Sequence

from pipewarden.access.capability_changes import CapabilityChange, Hold
from pipewarden.access.changes import AccessChange, Changes, EntityChange
from pipewarden.model.access import Capability, Level
from pipewarden.model.ids import Kind, Ref
from pipewarden.reports.capabilities import capability_lines
from pipewarden.reports.changes import access_lines, entity_lines, write

READ, WRITE, ADMIN, NONE = Level.READ, Level.WRITE, Level.ADMIN, Level.NONE


def ref(kind: Kind, name: str) -> Ref:
    return Ref("github.com", kind, name)


def change(who: str, where: str, before: Level, after: Level, kind: Kind = Kind.ACCOUNT) -> AccessChange:
    return AccessChange(principal=ref(kind, who), repository=ref(Kind.REPOSITORY, where), before=before, after=after)


def lines(*changes: AccessChange) -> list[str]:
    return list(access_lines(changes, lambda ref: ref.key))


def many(who: str, names: Sequence[str], before: Level, after: Level) -> list[AccessChange]:
    return [change(who, name, before, after) for name in names]


TWELVE = ["acme/web", "acme/api", "acme/docs", *(f"acme/r{number}" for number in range(9))]


def test_one_change_over_many_repositories_is_one_line() -> None:
    assert lines(*many("bob", TWELVE, NONE, WRITE)) == [
        "bob gained write on 12 repositories: acme/web, acme/api, acme/docs and 9 more"
    ]


def test_another_change_of_the_same_person_is_a_line_of_its_own() -> None:
    told = lines(change("bob", "acme/web", READ, WRITE), change("bob", "acme/api", READ, ADMIN))
    assert told == ["bob went up from read to admin on acme/api", "bob went up from read to write on acme/web"]


def test_the_widest_stands_first_whatever_it_is() -> None:
    told = lines(change("alice", "acme/web", NONE, ADMIN), *many("bob", TWELVE[:5], WRITE, NONE))
    assert [line.split()[0] for line in told] == ["bob", "alice"]
    assert told[0] == "bob lost write on 5 repositories: acme/web, acme/api, acme/docs and 2 more"


def test_those_whose_lines_would_be_the_same_share_one() -> None:
    told = lines(*many("bob", TWELVE[:2], WRITE, READ), *many("dave", TWELVE[:2], WRITE, READ))
    assert told == ["bob and dave went down from write to read on 2 repositories: acme/web, acme/api"]
    apart = lines(*many("bob", TWELVE[:2], WRITE, READ), *many("dave", TWELVE[:3], WRITE, READ))
    assert len(apart) == 2


def test_a_crowd_is_counted() -> None:
    crowd = [change(f"u{number:06}", "acme/web", READ, WRITE) for number in range(200)]
    assert lines(*crowd) == [
        "200 people (u000000, u000001, u000002 and 197 more) went up from read to write on acme/web"
    ]
    mixed = [*crowd[:4], change("shipit", "acme/web", READ, WRITE, Kind.APP)]
    assert lines(*mixed)[0].startswith("5 principals (")


def test_one_more_than_a_few_is_named_not_counted() -> None:
    (told,) = lines(*many("bob", TWELVE[:4], NONE, READ))
    assert told.endswith("4 repositories: acme/web, acme/api, acme/docs, acme/r0")


def entity(what: str, kind: Kind, key: str, name: str, **more: str) -> EntityChange:
    return EntityChange(what=what, ref=ref(kind, key), name=name, **more)


def test_a_setting_that_changed_alike_is_one_line_and_another_one_is_not() -> None:
    told = list(
        entity_lines(
            [
                *(
                    entity("changed", Kind.REPOSITORY, name, name, field="visibility", before="private", after="public")
                    for name in TWELVE
                ),
                entity("changed", Kind.REPOSITORY, "x", "acme/x", field="visibility", before="public", after="private"),
            ]
        )
    )
    assert told == [
        "12 repositories: acme/web, acme/api, acme/docs and 9 more; each visibility private → public",
        "repository acme/x: visibility public → private",
    ]


def test_the_permissions_of_an_app_come_and_go_with_it() -> None:
    app = entity("added", Kind.APP, "52", "code-coverage")
    its_role = entity("added", Kind.ROLE, "app:52", "permissions of app code-coverage")
    assert list(entity_lines([app, its_role])) == ["added app code-coverage"]
    assert list(entity_lines([its_role])) == ["added role permissions of app code-coverage"]


def test_a_role_of_a_cloud_is_called_by_its_name_which_says_what_it_is() -> None:
    deploy = entity("added", Kind.CLOUD_ROLE, "iam.tf#deploy", "AWS role web-deploy")
    assert list(entity_lines([deploy])) == ["added AWS role web-deploy"]
    both = [deploy, entity("added", Kind.CLOUD_ROLE, "iam.tf#try", "AWS role web-try")]
    assert list(entity_lines(both)) == ["added 2 cloud roles: AWS role web-deploy, AWS role web-try"]
    assert list(entity_lines([entity("added", Kind.DEPLOY_KEY, "5", "web")])) == ["added deploy key web"]
    gained = CapabilityChange(
        principal=ref(Kind.ACCOUNT, "bob"),
        capability=Capability.ASSUME_ROLE,
        resource=deploy.ref,
        before=Hold.NO,
        after=Hold.YES,
    )
    assert list(capability_lines([gained], {gained.principal: "bob", deploy.ref: deploy.name}.__getitem__)) == [
        "bob gained assume_role on AWS role web-deploy"
    ]


def test_lines_fit_the_screen_and_names_stay_text() -> None:
    changes = Changes(
        access=tuple(many("bob\x1b[2J", [f"acme/{'long-name-' * 8}{number}" for number in range(9)], NONE, WRITE)),
        entities=(entity("removed", Kind.ACCOUNT, "7", "carol"),),
        repositories=9,
    )
    for width in (60, 80, 120):
        text = write(changes, lambda ref: ref.key, width)
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text
        assert "and 6 more" in " ".join(text.split())
        assert text.endswith("Everything else\n  removed account carol\n")


def test_nothing_is_said_to_have_changed_where_nothing_did() -> None:
    assert write(Changes(access=(), entities=(), repositories=0), str, 80) == "Nothing changed.\n"
