"""A folder of Terraform files as one module: its blocks, and what its references come to.

https://developer.hashicorp.com/terraform/language/modules
"""

from collections.abc import Iterator
from collections.abc import Mapping as Table

from pipewarden.pipelines.trusts.hcl import IN_FILE, Block, Evaluator, File, json_at, read_hcl
from pipewarden.pipelines.trusts.places import folder_of
from pipewarden.pipelines.trusts.stated import OPEN, Open, text_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence, parse

MOST_INSTANCES = 100
"""Items of a `for_each` that are spread out."""


class Module:
    """The blocks of a folder's files. References to its own locals and data are settled, all others stay open."""

    def __init__(self, files: Table[str, str]) -> None:
        self.faults: list[tuple[str, Open]] = []
        self.blocks: list[tuple[str, Block]] = []
        self.evaluator = Evaluator(self.lookup)
        self._trees: dict[str, Node] = {}
        for path, text in sorted(files.items()):
            if path.endswith(".json"):
                self._json(path, text)
            else:
                self._hcl(path, read_hcl(text))
        named = [(path, b) for path, b in self.blocks if b.kind in {"resource", "data"}]
        self._found = {".".join((b.kind, *b.labels)): b for _, b in named}
        self._paths = {".".join((b.kind, *b.labels)): path for path, b in named}
        self._locals = {name: each for _, b in self.blocks if b.kind == "locals" for name, each in b.attributes.items()}

    def _hcl(self, path: str, file: File) -> None:
        self.faults += [(path, fault) for fault in file.faults]
        self.blocks += [(path, block) for block in file.root.blocks]

    def _json(self, path: str, text: str) -> None:
        """Keep what JSON of Terraform declares, as values that need no evaluation.

        https://developer.hashicorp.com/terraform/language/syntax/json
        """
        tree = parse(text)
        if not isinstance(tree.root, Mapping):
            fault = tree.faults[0] if tree.faults else None
            place = (fault.line, fault.column) if fault else (1, 1)
            self.faults.append((path, Open("this is not the JSON of Terraform", *place)))
            return
        self._trees[path] = tree.root

    def json_resources(self, kind: str) -> Iterator[tuple[str, str, Mapping]]:
        """Yield path, name and body of the resources of a kind in files of JSON."""
        for path, root in self._trees.items():
            resources = root.get("resource") if isinstance(root, Mapping) else None
            named = resources.get(kind) if isinstance(resources, Mapping) else None
            for name, body in named.pairs if isinstance(named, Mapping) else ():
                if isinstance(body, Mapping) and not (_is_zero(body.get("count")) or _is_empty(body.get("for_each"))):
                    yield path, name.value, body

    def resources(self, *kinds: str) -> Iterator[tuple[str, Block]]:
        """Yield the resources of some kinds that are made, each with its path, in the order of files and lines."""
        for path, block in self.blocks:
            if block.kind == "resource" and len(block.labels) == 2 and block.labels[0] in kinds and self._makes(block):
                yield path, block

    def instances(self, *kinds: str) -> Iterator[tuple[str, Block]]:
        """Yield the resources of some kinds, once for each item of a `for_each` that the folder settles.

        While one is yielded, `each.key` and `each.value` are known.
        https://developer.hashicorp.com/terraform/language/meta-arguments/for_each
        """
        for path, block in self.resources(*kinds):
            yield from self._spread(path, block)

    def calls(self) -> Iterator[tuple[str, Block]]:
        """Yield the uses of other modules, once for each item of a `for_each` that the folder settles."""
        for path, block in self.blocks:
            if block.kind == "module" and len(block.labels) == 1 and self._makes(block):
                yield from self._spread(path, block)

    def local_calls(self) -> Iterator[tuple[str, bool]]:
        """Yield the folder that each use of a local module names, and whether it makes anything."""
        for path, block in self.blocks:
            source = self.value(block, "source") if block.kind == "module" else None
            if isinstance(source, Scalar) and source.tag != OPEN and source.value.startswith("."):
                yield folder_of(path, source.value), self._makes(block)

    @property
    def is_root(self) -> bool:
        """Tell whether it says where its state is kept: it is applied by itself, whoever else uses it."""
        inner = [each.kind for _, block in self.blocks if block.kind == "terraform" for each in block.blocks]
        return "backend" in inner or "cloud" in inner

    def _makes(self, block: Block) -> bool:
        """Tell whether a block makes anything: `count = 0` makes nothing, nor does a loop over nothing.

        https://developer.hashicorp.com/terraform/language/meta-arguments/count
        """
        return not (_is_zero(self.value(block, "count")) or _is_empty(self.value(block, "for_each")))

    def _spread(self, path: str, block: Block) -> Iterator[tuple[str, Block]]:
        over = self.value(block, "for_each")
        pairs: list[tuple[Node, Node]] = []
        if isinstance(over, Sequence):
            pairs = [(item, item) for item in over.items]
        elif isinstance(over, Mapping):
            pairs = list(over.pairs)
        if not pairs or len(pairs) > MOST_INSTANCES:
            yield path, block
            return
        for key, item in pairs:
            self.evaluator.extra = {"each.key": key, "each.value": item}
            yield path, block
        self.evaluator.extra = {}

    def block(self, address: str) -> Block | None:
        """Return the block of an address such as `aws_iam_role.deploy` or `data.aws_iam_policy_document.trust`."""
        return self._found.get(address if address.startswith("data.") else f"resource.{address}")

    def value(self, block: Block, name: str) -> Node | None:
        """Return what an attribute of a block comes to, None where it is not given."""
        return self.evaluator.value(block.attributes.get(name))

    def text(self, block: Block, name: str) -> str:
        """Return an attribute as text, "" where it is none."""
        return text_of(self.value(block, name))

    def document(self, node: Node | None) -> Node | None:
        """Return JSON that is kept as text, as a tree; anything else as it is."""
        return json_at(node) if isinstance(node, Scalar) and node.value.lstrip().startswith("{") else node

    def lookup(self, word: str, depth: int) -> Node | None:
        """Return what a reference comes to, None where this folder does not settle it."""
        kind, _, rest = word.partition(".")
        if kind == "local":
            name, _, inner = rest.partition(".")
            value = self.evaluator.value(self._locals.get(name), depth)
            for step in inner.split(".") if inner else ():
                value = value.get(step) if isinstance(value, Mapping) else None
            return value
        address, _, field = word.rpartition(".")
        found = self.block(address)
        if found is None:
            return None
        if found.labels[0] == "aws_iam_policy_document" and field in {"json", "minified_json"}:
            return self._policy(found, depth)
        if field in found.attributes:
            return self.evaluator.value(found.attributes[field], depth)
        return None

    def _policy(self, block: Block, depth: int) -> Node:
        """Return a policy document that is written in blocks as the tree that its JSON would have.

        https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
        """
        statements: list[Node] = []
        for each in block.inside("statement"):
            if each.kind == "dynamic":
                statements.append(Scalar("${dynamic statement}", each.line, each.column, tag=OPEN))
            else:
                statements.append(self._statement(each, depth))
        for name in ("source_policy_documents", "override_policy_documents", "source_json", "override_json"):
            value = self.evaluator.value(block.attributes.get(name), depth)
            inner = value.items if isinstance(value, Sequence) else () if value is None else (value,)
            for one in inner:
                document = self.document(one)
                listed = document.get("Statement") if isinstance(document, Mapping) else None
                statements += listed.items if isinstance(listed, Sequence) else [listed or one]
        key = Scalar("Statement", block.line, block.column)
        told = Sequence(tuple(statements), block.line, block.column)
        tag = IN_FILE + self._paths[".".join((block.kind, *block.labels))]
        return Mapping(((key, told),), block.line, block.column, tag)

    def _statement(self, block: Block, depth: int) -> Node:
        pairs: list[tuple[Scalar, Node]] = []
        for name, key in (("effect", "Effect"), ("actions", "Action")):
            value = self.evaluator.value(block.attributes.get(name), depth)
            if value is not None:
                pairs.append((Scalar(key, value.line, value.column), value))
        principals: list[tuple[Scalar, Node]] = []
        for each in block.inside("principals"):
            kind = self.evaluator.value(each.attributes.get("type"), depth)
            names = self.evaluator.value(each.attributes.get("identifiers"), depth)
            if each.kind == "dynamic" or names is None:
                kind, names = (
                    Scalar("Federated", 1, 1),
                    Scalar("${dynamic principals}", each.line, each.column, tag=OPEN),
                )
            principals.append((kind if isinstance(kind, Scalar) else Scalar("", each.line, each.column), names))
        if principals:
            pairs.append((Scalar("Principal", block.line, block.column), _mapping(principals, block)))
        pairs.append((Scalar("Condition", block.line, block.column), self._conditions(block, depth)))
        return _mapping(pairs, block)

    def _conditions(self, block: Block, depth: int) -> Node:
        compared: list[tuple[Scalar, Node]] = []
        for each in block.inside("condition"):
            if each.kind == "dynamic":
                return Scalar("${dynamic condition}", each.line, each.column, tag=OPEN)
            parts = [self.evaluator.value(each.attributes.get(name), depth) for name in ("test", "variable", "values")]
            operator, key, values = parts
            if isinstance(operator, Scalar) and isinstance(key, Scalar) and values is not None:
                compared.append((operator, _mapping([(key, values)], each)))
        return _mapping(compared, block)


def _is_zero(count: Node | None) -> bool:
    return isinstance(count, Scalar) and count.tag != OPEN and count.value == "0"


def _is_empty(over: Node | None) -> bool:
    """Tell whether a loop goes over a list or an object in which nothing is."""
    return not over.items if isinstance(over, Sequence) else isinstance(over, Mapping) and not over.pairs


def _mapping(pairs: list[tuple[Scalar, Node]], block: Block) -> Mapping:
    return Mapping(tuple(pairs), block.line, block.column)
