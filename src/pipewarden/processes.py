"""Work shared with processes of our own: forked, fed over pipes, and never needed. What they do not hand back is made here."""

import gc
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

MOST = 4
"""Processes in all where nobody asks for another number: what cannot be shared weighs more, and memory too, with each."""
BATCH = 4
"""Things that a process takes at once."""
IN_HAND = 8
"""Batches that a process is given, at most, before it has answered for the first: things differ a hundredfold in what they
take, and a worker must not wait until its holder has made a large one."""

Make = Callable[[int], bytes | None]
"""Makes the thing of a number; None: there is nothing to hand back."""


class _Done(msgspec.Struct, frozen=True, array_like=True):
    """What a worker made of a batch; None also where it could not."""

    batch: int
    made: tuple[bytes | None, ...]


class _Worker:
    """One process, our end of its pipe, and the batches that it has in hand."""

    def __init__(self, process: "ForkProcess", pipe: "Connection") -> None:
        self.process = process
        self.pipe = pipe
        self.in_hand: set[int] = set()


class Workers:
    """The things from `first` to `count` - 1, made from both ends: by the holder from the front, by processes from the back.

    What is not handed back is left to the holder, who makes it as if there were no other process: one that is killed, and
    an error in one, cost time and nothing else.
    """

    def __init__(self, make: Make, first: int, count: int, processes: int) -> None:
        """Start processes, as many as the system gives. Each is a copy of this one as it stands."""
        self._first = first
        self._front = -1
        """The batch that the holder is at."""
        self._now: tuple[bytes | None, ...] = ()
        """What was made of that batch elsewhere."""
        self._back = (count - first - 1) // BATCH
        """The last batch that nobody took yet."""
        self._given: dict[int, tuple[bytes | None, ...]] = {}
        self._workers: list[_Worker] = []
        self._said = select.poll()
        try:
            _start(self._workers, make, first, count, processes)
            for worker in list(self._workers):
                self._said.register(worker.pipe, select.POLLIN)
                self._feed(worker)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reach(self, thing: int) -> bytes | None:
        """Return what a worker made of a thing; None where it is left to the caller. Things are asked for in their order."""
        batch, place = divmod(thing - self._first, BATCH)
        self._front = max(self._front, batch)
        if batch <= self._back:  # nobody took it, and nobody will
            while self._hear(0):
                pass
            return None
        if place == 0:
            while any(batch in worker.in_hand for worker in self._workers):
                self._hear(None)
            self._now = self._given.pop(batch, ())
            if self._workers and not any(worker.in_hand for worker in self._workers):
                self.close()  # there is nothing left that they could take
        return self._now[place] if place < len(self._now) else None

    def close(self) -> None:
        """End all processes at once: they hold nothing that would be lost with them."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.pipe.close()
            worker.process.join()
        self._workers.clear()

    def _hear(self, milliseconds: int | None) -> bool:
        """Take what workers made, and give them more; tell whether one said something."""
        said = {handle for handle, _ in self._said.poll(milliseconds)} if self._workers else set()
        for worker in [each for each in self._workers if each.pipe.fileno() in said]:
            try:
                done = msgspec.msgpack.decode(worker.pipe.recv_bytes(), type=_Done)
            except (EOFError, OSError):
                self._lose(worker)
                continue
            worker.in_hand.discard(done.batch)
            self._given[done.batch] = done.made
            self._feed(worker)
        return bool(said)

    def _feed(self, worker: _Worker) -> None:
        """Give a worker the last batches that nobody took, fewer towards the end, where its holder would wait for them."""
        while (left := self._back - self._front) > 0:
            if len(worker.in_hand) >= min(IN_HAND, 1 + left // (4 * len(self._workers))):
                return
            try:
                worker.pipe.send_bytes(self._back.to_bytes(4, "big"))
            except OSError:
                self._lose(worker)
                return
            worker.in_hand.add(self._back)
            self._back -= 1

    def _lose(self, worker: _Worker) -> None:
        """Go on without a worker that ended. What it had in hand is given to no other: it may be what ended it."""
        self._workers.remove(worker)
        self._said.unregister(worker.pipe)
        worker.pipe.close()
        worker.process.join()


def _start(workers: list[_Worker], make: Make, first: int, count: int, processes: int) -> None:
    """Start workers. Ctrl-C waits until they stand, and means nothing to them: whoever holds them ends them."""
    from multiprocessing import Pipe, get_context

    fork = get_context("fork")
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        for _ in range(processes):
            ours, theirs = Pipe()
            holders = [ours, *(worker.pipe for worker in workers)]
            process = fork.Process(target=_work, args=(theirs, holders, held, make, first, count), daemon=True)
            with theirs:
                try:
                    process.start()
                except OSError:  # no more processes, or no memory for one: those that stand are enough
                    ours.close()
                    return
            workers.append(_Worker(process, ours))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _work(
    pipe: "Connection", holders: "Sequence[Connection]", held: set[signal.Signals], make: Make, first: int, count: int
) -> None:
    """Make batch by batch until nobody asks any more.

    What the process has open that this one is a copy of (a database, a terminal) is neither used nor closed properly:
    it is not ours.
    """
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        gc.freeze()  # looking for cycles among what was copied would copy it once more, and may close what is not ours
        for each in holders:
            each.close()  # else the pipe stays open when its holder ends, and nobody hears of it
        _first_to_go()
        while True:
            batch = int.from_bytes(pipe.recv_bytes(), "big")
            start = first + batch * BATCH
            made = tuple(_made(make, thing) for thing in range(start, min(start + BATCH, count)))
            pipe.send_bytes(msgspec.msgpack.encode(_Done(batch, made)))
    except (EOFError, OSError):
        pass  # whoever asked is gone
    finally:
        os._exit(0)


def _made(make: Make, thing: int) -> bytes | None:
    with suppress(Exception):  # whoever asked makes it again, and meets the error where it is told
        return make(thing)
    return None


def _first_to_go() -> None:
    """Have the kernel end this process before its holder where memory runs out.

    https://docs.kernel.org/filesystems/proc.html#proc-pid-oom-adj-proc-pid-oom-score-adj-adjust-the-oom-killer-score
    """
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def spare(wanted: int = 0) -> int:
    """Return how many processes may work beside this one, of `wanted` in all; 0 as `wanted` means one for each core.

    None do beside threads, for a copy of a process has one thread and the locks of all; nor where only Linux tells of
    threads, and macOS' own libraries start some. https://docs.python.org/3/library/os.html#os.fork
    """
    most = wanted or min(cores(), MOST)
    if most < 2 or not sys.platform.startswith("linux"):
        return 0
    try:
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:  # /proc is not there
        return 0
    return most - 1 if threads == 1 else 0


def cores(proc: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many cores this process may use: those it may run on, and no more than its container's share of time.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files and, of version 1,
    https://docs.kernel.org/scheduler/sched-bwc.html
    """
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
    try:
        lines = proc.read_text().splitlines()
    except OSError:
        return count
    for line in lines:
        _, controllers, own = line.split(":", 2)
        first = "cpu" in controllers.split(",")
        if controllers and not first:
            continue
        folder = (groups / "cpu" if first else groups) / own.strip("/")
        while folder != groups:
            count = min(count, _share(folder, first=first) or count)
            folder = folder.parent
        count = min(count, _share(groups, first=first) or count)
    return count


def _share(folder: Path, *, first: bool) -> int | None:
    """Return how many cores a group may keep busy, at least 1; None: as many as there are."""
    try:
        if first:
            quota, period = (int((folder / f"cpu.cfs_{each}_us").read_text()) for each in ("quota", "period"))
        else:
            quota, period = map(int, (folder / "cpu.max").read_text().split())
    except (OSError, ValueError):  # no such file; `max`
        return None
    return max(quota // period, 1) if quota > 0 and period > 0 else None
