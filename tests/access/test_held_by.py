"""What somebody holds by grants: each thing once, what weighs most first, and of very much only that becomes objects."""

from pipewarden.access.engine import Engine
from pipewarden.access.standing import held_by
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate
from tests.work import calls


def estate(repositories: int = 3) -> Estate:
    """Return bob, who reads all repositories, writes to them through his team, and administers the last."""
    made = Estate().org("acme", base="read").members("alice", owner=True).members("bob")
    made.team("acme/platform", "bob")
    for number in range(repositories):
        made.repo(f"acme/r{number}").team_on("acme/platform", f"acme/r{number}", "write")
    return made.direct("bob", f"acme/r{repositories - 1}", "admin")


def test_what_weighs_most_stands_first_and_what_weighs_alike_in_the_order_of_ids() -> None:
    made = estate()
    held = held_by(Engine(made.snapshot()), made.ref("bob", Kind.ACCOUNT))
    assert [each.resource_name for each in held] == ["acme/r2", "acme/r0", "acme/r1", "acme"]
    assert held[0].capabilities[0] is Capability.ADMINISTER
    assert held[0].by == ("admin", "write through acme/platform")
    assert held[1].by == ("write through acme/platform",)


def test_only_the_weightiest_are_returned_where_no_more_are_asked_for() -> None:
    made = estate()
    engine, bob = Engine(made.snapshot()), made.ref("bob", Kind.ACCOUNT)
    assert held_by(engine, bob, most=2) == held_by(engine, bob)[:2]


def test_what_is_not_returned_is_hardly_any_work() -> None:
    few, many = estate(10), estate(400)
    first, second = Engine(few.snapshot()), Engine(many.snapshot())

    def work(engine: Engine, made: Estate) -> int:
        bob = made.ref("bob", Kind.ACCOUNT)
        held_by(engine, bob, most=5)  # what is worked out once for all
        return calls(lambda: held_by(engine, bob, most=5))

    assert work(second, many) < 2 * work(first, few)


def test_an_owner_holds_the_organization_and_who_holds_nothing_has_nothing() -> None:
    made = estate().outsider("dave")
    engine = Engine(made.snapshot())
    (acme,) = [each for each in held_by(engine, made.ref("alice", Kind.ACCOUNT)) if each.resource_name == "acme"]
    assert Capability.ADMINISTER in acme.capabilities
    assert held_by(engine, made.ref("dave", Kind.ACCOUNT)) == ()
