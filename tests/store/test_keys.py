"""A store makes the key of fingerprints once: equal for all who open it, in its backup, and in no report."""

from pathlib import Path
from threading import Barrier, Thread

from pipewarden.store import Store
from pipewarden.store.backup import backup
from pipewarden.store.restore import restore


def test_the_key_stays_the_same(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "state.db")) as store:
        key = store.fingerprint_key()
        assert len(key) == 32
        assert store.fingerprint_key() == key
        assert [entry.act for entry in store.ledger()] == ["key.made"]
        assert key.hex() not in repr(store.ledger())
    with Store.open(str(tmp_path / "state.db")) as again:
        assert again.fingerprint_key() == key


def test_another_store_has_another_key(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "one.db")) as one, Store.open(str(tmp_path / "two.db")) as two:
        assert one.fingerprint_key() != two.fingerprint_key()


def test_all_who_make_it_at_once_get_one(tmp_path: Path) -> None:
    gate, keys = Barrier(4), []

    def make() -> None:
        with Store.open(str(tmp_path / "state.db")) as store:
            gate.wait(30)
            keys.append(store.fingerprint_key())

    Store.open(str(tmp_path / "state.db")).__exit__()
    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 4
    assert len(set(keys)) == 1


def test_a_backup_holds_it_so_that_findings_stay_the_same(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "state.db")) as store:
        key = store.fingerprint_key()
        backup(store, tmp_path / "backup.tar.gz")
    with Store.open(str(tmp_path / "new" / "state.db")) as restored:
        restore(restored, tmp_path / "backup.tar.gz")
        assert restored.fingerprint_key() == key
        assert restored.ledger_problems() == []
