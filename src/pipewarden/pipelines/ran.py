"""What a job runs of the files of its repository, step by step, so that two versions can be compared; no text of it is kept."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from pipewarden.model.jobs import EffectiveJob
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.library import Library
from pipewarden.pipelines.systems import SYSTEMS
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, Tree, parse

_AROUND = frozenset({"env", "defaults", "container", "services"})
"""What of a workflow or job decides what its steps do, beside them."""
_ONLY_SAID = frozenset({"name", "id", "description"})
_CALL = frozenset({"uses", "with"})


class Step(NamedTuple):
    """One thing that runs, where it stands."""

    path: str
    line: int
    mark: str
    """The same for the same content, whatever its place and comments."""


class Files:
    """The files of one version of a repository, each parsed once."""

    def __init__(self, text: Callable[[str], str | None], library: Library) -> None:
        """`text` gives a file by its path, `library` what readers may look into."""
        self._text = text
        self._library = library
        self._trees: dict[str, Tree | None] = {}
        self._scripts: dict[str, dict[str, tuple[Step, ...]]] = {}

    def ran_by(self, job: EffectiveJob) -> tuple[Step, ...]:
        """Return what a job runs: its own steps, those of local actions, and what calls hand to the workflow that it is in."""
        if job.system != "github":
            return self._defined(job.path).get(job.id, ())
        found: list[Step] = []
        ids = job.id.split("/")
        for spot, name in zip(job.chain, ids, strict=False):
            found += _parts(spot.path, self._job(spot.path, name), _CALL) if not spot.project else ()
        found += self._of_workflow(job.at.path, ids[-1]) if not job.at.project else ()
        for path in job.files:
            if kind_of(path) is PipelineKind.GITHUB_ACTION:
                found += self._of_action(path)
        return tuple(found)

    def _root(self, path: str) -> Mapping | None:
        if path not in self._trees:
            text = self._text(path)
            self._trees[path] = parse(text) if text is not None else None
        tree = self._trees[path]
        return tree.root if tree is not None and isinstance(tree.root, Mapping) else None

    def _of_workflow(self, path: str, name: str) -> Iterator[Step]:
        job = self._job(path, name)
        for node in (self._root(path), job):
            yield from _parts(path, node, _AROUND)
        yield from _parts(path, job, _CALL)
        yield from _steps(path, job)

    def _job(self, path: str, name: str) -> Node | None:
        root = self._root(path)
        jobs = root.get("jobs") if root is not None else None
        return jobs.get(name) if isinstance(jobs, Mapping) else None

    def _of_action(self, path: str) -> Iterator[Step]:
        root = self._root(path)
        runs = root.get("runs") if root is not None else None
        if isinstance(runs, Mapping):
            others = frozenset(key.value for key, _ in runs.pairs) - {"steps"}
            yield from _parts(path, runs, others)
            yield from _steps(path, runs)

    def _defined(self, path: str) -> dict[str, tuple[Step, ...]]:
        """Return what the jobs of a file of another system run."""
        if path not in self._scripts:
            kind, text = kind_of(path), self._text(path)
            reading = SYSTEMS.get(kind) if kind is not None and text is not None else None
            jobs = reading.read(path, text, self._library).jobs if reading is not None and text is not None else ()
            self._scripts[path] = {
                job.id: tuple(
                    Step(each.position.file or path, each.position.line, _mark(each.text.encode()))
                    for each in job.scripts
                )
                for job in jobs
            }
        return self._scripts[path]


def _steps(path: str, node: Node | None) -> Iterator[Step]:
    steps = node.get("steps") if isinstance(node, Mapping) else None
    for step in steps.items if isinstance(steps, Sequence) else ():
        said = (
            tuple(pair for pair in step.pairs if pair[0].value not in _ONLY_SAID) if isinstance(step, Mapping) else ()
        )
        yield Step(path, step.line, _mark(b"".join(_content(part) for pair in said for part in pair)))


def _parts(path: str, node: Node | None, names: frozenset[str]) -> Iterator[Step]:
    """Yield the values under some keys, each as a thing of its own."""
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        if key.value in names:
            yield Step(path, key.line, _mark(_content(key) + _content(value)))


def _content(node: Node) -> bytes:
    """Return a node as bytes that differ where its content does; the tree bounds the depth."""
    if isinstance(node, Scalar):
        return b"s%d:%s" % (len(node.value), node.value.encode("utf-8", "surrogatepass"))
    if isinstance(node, Sequence):
        return b"[" + b"".join(map(_content, node.items)) + b"]"
    return b"{" + b"".join(_content(part) for pair in node.pairs for part in pair) + b"}"


def _mark(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()
