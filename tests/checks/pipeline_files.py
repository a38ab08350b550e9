"""From the text of a pipeline file to what one check says of it, through reader, judge and facts."""

from pipewarden import checks
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.findings import Finding
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.files import kind_of
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.systems import SYSTEMS
from tests.checks.builder import SEEN, Estate

EVERY = {check.id: check for check in checks.ALL}


def found(check: str, path: str, text: str, library: Library = NOTHING) -> list[Finding]:
    """Return the findings of one check; fails where the file is broken or the check is."""
    kind = kind_of(path)
    assert kind is not None
    reading = SYSTEMS[kind]
    definition = reading.read(path, text, library)
    assert definition.complete, definition.faults
    weak = reading.judge(definition)
    repository = Ref("github.com", Kind.REPOSITORY, "1")
    facts = facts_of_told(
        told_of_definition(definition, weak), repository=repository, repository_name="acme/web", origin=SEEN
    )
    estate = Estate().org("acme").repo("acme/web").workflow("acme/web", **facts[0].attributes)  # type: ignore[union-attr]
    verdicts = estate.judge(EVERY[check])
    broken = [each.detail for each in verdicts.not_assessed if each.cause is None]
    assert not broken, broken[0]
    return list(verdicts.findings)


def says(check: str, path: str, text: str, library: Library = NOTHING) -> list[tuple[int, str]]:
    """Return line and sentence of each finding of a check."""
    return [(each.line, each.says.partition(": ")[2]) for each in found(check, path, text, library)]
