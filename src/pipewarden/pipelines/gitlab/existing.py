"""Rules of an include over files that exist: without the file the rule does not hold, and nothing is included.

https://docs.gitlab.com/ci/yaml/includes/#use-rules-with-include : the files are looked for in the repository that includes;
where no rule holds, the file is not added. https://docs.gitlab.com/ci/yaml/#rulesexists
"""

import re

from pipewarden.pipelines.gitlab.merging import flat
from pipewarden.pipelines.library import Library, Listing
from pipewarden.pipelines.reading import texts_of
from pipewarden.pipelines.yaml_tree import Mapping, Node, Sequence

_PATTERN = re.compile(r"[*?\[\]{}$\\]")
"""Characters of a pattern or a variable: which files these name is not looked up."""


def holding(rules: Node | None, library: Library) -> Node | None:
    """Return the rules of an include of this repository without those over files that are known not to be there."""
    if not isinstance(rules, Sequence) or not isinstance(library, Listing):
        return rules
    listing: Listing = library
    kept = tuple(item for item in flat(rules) if not _is_over_nothing(item, listing))
    return Sequence(kept, rules.line, rules.column, rules.tag, rules.file)


def _is_over_nothing(rule: Node, library: Listing) -> bool:
    """Tell whether a rule asks for files none of which is there."""
    exists = rule.get("exists") if isinstance(rule, Mapping) else None
    if isinstance(exists, Mapping):
        if exists.get("project") is not None:
            return False  # files of another repository
        exists = exists.get("paths")
    paths = texts_of(exists)
    return bool(paths) and all(not _PATTERN.search(path) and library.absent(path.lstrip("/")) for path in paths)
