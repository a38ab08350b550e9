"""What is planted is found, and what only looks like it is not: the goals of the measurement, on few files."""

import pytest

from benchmarks.planted_files import PLACES
from benchmarks.secrets import PRECISION, RECALL, SEEDS, covers, measure, planted, search


def test_the_goals_hold_on_the_seed_to_develop_on():
    kinds, places, _ = measure(SEEDS["develop"], 4)
    assert kinds.recall == places.recall
    assert kinds.recall >= RECALL
    assert kinds.precision >= PRECISION
    assert set(places.planted) == {place.name for place in PLACES}


def test_a_finding_stands_where_it_was_planted():
    for file in planted(7, 1):
        right = [one for one in search(file.path, file.text) if covers(file, one)]
        if file.value.kind in {"github_pat", "stripe_key", "sentry_token"}:
            (found,) = right
            line = file.text.split("\n")[found.position.line - 1]
            assert (
                line[found.position.column - 1 : found.end_column - 1].strip("\"'") == file.text[file.start : file.end]
            )


@pytest.mark.parametrize("seed", [11, 12])
def test_the_same_seed_plants_the_same(seed):
    assert planted(seed, 1) == planted(seed, 1)
    assert planted(seed, 1) != planted(seed + 1, 1)
