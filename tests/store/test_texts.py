"""Columns of texts: the same to whoever reads them and to the hash, as a list and as an Arrow array."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from pipewarden.model import texts
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.texts import Texts

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
INFO = SnapshotInfo(sources=("github:acme",), started=MOMENT, ended=MOMENT)


def repositories(*names: str) -> Snapshot:
    builder = SnapshotBuilder()
    for name in names:
        ref, origin = Ref("github", Kind.REPOSITORY, name), Origin("GET /repos", MOMENT)
        builder.add(Resource(ref=ref, name=f"acme/{name}", attributes={"topic": "Löhne"}, origin=origin))
    return builder.finish(INFO)


@pytest.mark.parametrize("values", [["payments", "", "Löhne"], [], ["x"] * 1000])
def test_a_list_and_an_array_are_the_same_column(values: Sequence[str]) -> None:
    short, long = Texts(str, list(values)), Texts(str, pa.array(values, pa.string()))
    assert list(short) == list(long) == values
    assert len(short) == len(long) == len(values)
    assert [bytes(each) for each in long.buffers()] == [
        bytes(next(parts := short.buffers())),
        b"".join(bytes(each) for each in parts),
    ]
    if values:
        places = np.array([2, 0])
        assert short.take(places) == long.take(places) == [values[2], values[0]]
        assert short[1] == long[1] == values[1]
    assert short.array.equals(long.array)


@pytest.mark.parametrize("kind", [str, bytes])
def test_one_text_of_an_array_is_read_where_it_stands(kind: type[str] | type[bytes]) -> None:
    words = ["payments", "", "Löhne", "ops"]
    values = words if kind is str else [each.encode() for each in words]
    for array in (pa.array(values), pa.array(values).cast(pa.large_string() if kind is str else pa.large_binary())):
        whole, part = Texts(kind, array), Texts(kind, array.slice(1, 2))
        assert [whole[at] for at in range(4)] == values
        assert [part[at] for at in range(2)] == values[1:3]
        assert (whole[-1], part[-1]) == (values[-1], values[2])
        with pytest.raises(IndexError):
            whole[4]
    with pytest.raises(IndexError):
        Texts(kind, pa.array([], pa.string() if kind is str else pa.binary()))[0]


def test_a_long_list_is_an_array_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "FEW", 2)
    assert Texts(bytes, [b"a", b"b", b"c"])._array is not None
    assert Texts(bytes, [b"a", b"b"])._array is None


@pytest.mark.parametrize("names", [(), ("payments", "web", "deploy")])
def test_the_hash_is_the_same_before_and_after_writing(names: tuple[str, ...]) -> None:
    made = repositories(*names)
    tables = made.entities_table(), made.memberships_table(), made.grants_table(), made.records_table()
    assert Snapshot.from_tables(INFO, *tables).content == made.content
    assert made.content != repositories(*names, "new").content


def test_the_hash_is_that_of_snapshots_kept_before() -> None:
    assert repositories("payments", "web").content == "ee12faf313378c43f36b88af28b070fa08784f8f"
