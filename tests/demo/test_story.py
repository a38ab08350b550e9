"""The estate acme: a company of forty, and one of any size by a seed."""

from pipewarden.demo.estate import acme, generated


def test_acme_has_forty_people_with_plain_names() -> None:
    people = acme().people
    assert len(people) == 40
    assert {"alice", "bob", "carol", "dave", "mallory"} <= people.keys()
    assert all(login.replace("-", "").isalpha() for login in people)


def test_every_id_of_a_person_is_their_own() -> None:
    people = acme().people.values()
    assert len({person.id for person in people}) == len(people)


def test_the_same_seed_gives_the_same_estate_and_another_seed_another() -> None:
    one, same, other = generated(200, 20, 50), generated(200, 20, 50), generated(200, 20, 50, seed=8)
    assert one.organizations["big"].teams == same.organizations["big"].teams
    assert one.organizations["big"].teams != other.organizations["big"].teams


def test_it_scales_to_a_hundred_thousand_accounts() -> None:
    estate = generated(100_000, 100, 100)
    assert len(estate.people) == len(estate.organizations["big"].people) == 100_000
