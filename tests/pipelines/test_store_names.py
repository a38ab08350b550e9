"""One secret of a cloud's store has one name, whether a pipeline writes its name, its ARN, or its project in one way or another."""

import pytest

from pipewarden.model.stores import asked_as, named_by_aws, perhaps_one

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (f"{ARN}prod/db-Ab12Cd", "prod/db"),
        (f"{ARN}prod/db-a1b2c3", "prod/db"),
        (f"{ARN}prod/db-ABCDEF", "prod/db"),
        (f"{ARN}prod/db-Ab12Cd:password::", "prod/db"),
        (f"{ARN.replace('aws:', 'aws-cn:')}db-Ab12Cd", "db"),
        # an ARN without the six characters, whose name ends in a word or a date
        (f"{ARN}prod/my-secret", "prod/my-secret"),
        (f"{ARN}prod/db-backup", "prod/db-backup"),
        (f"{ARN}prod/db-202401", "prod/db-202401"),
        (f"{ARN}npm-a1", "npm-a1"),
        (f"{ARN}*", "*"),
        # a plain name is as it is written
        ("prod/db-Ab12Cd", "prod/db-Ab12Cd"),
        ("prod/db", "prod/db"),
    ],
)
def test_the_name_of_a_secret_of_aws(written: str, name: str) -> None:
    assert named_by_aws(written) == name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (f"{ARN}prod/db-Ab12Cd", "aws:prod/db"),
        ("projects/acme-prod/secrets/npm/versions/3", "gcp:acme-prod/npm"),
        ("projects/123/secrets/npm", "gcp:123/npm"),
        ("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x"),
        ("acme/web", "acme/web"),
        ("aws:prod/db", "aws:prod/db"),
    ],
)
def test_a_full_name_is_asked_about_as_jobs_tell_it(asked: str, told: str) -> None:
    assert asked_as(asked) == told


@pytest.mark.parametrize(
    ("one", "other", "perhaps"),
    [
        ("gcp:123456789/npm", "gcp:acme-prod/npm", True),
        ("gcp:acme-prod/npm", "gcp:123456789/npm", True),
        ("gcp:acme-prod/npm", "gcp:acme-test/npm", False),
        ("gcp:1/npm", "gcp:2/npm", False),
        ("gcp:123456789/npm", "gcp:acme-prod/db", False),
        ("gcp:*/npm", "gcp:1/npm", False),
        ("gcp:1", "gcp:acme-prod", False),
        ("aws:1/npm", "aws:acme/npm", False),
    ],
)
def test_a_project_by_its_number_may_be_one_by_its_id(one: str, other: str, perhaps: bool) -> None:
    assert perhaps_one(one, other) is perhaps
