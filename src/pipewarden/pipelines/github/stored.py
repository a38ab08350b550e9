"""What a job is given by stores of secrets outside GitHub, once its callers are known."""

from collections.abc import Iterable, Iterator, Mapping

from pipewarden.model.jobs import LooseEnd, TakenSecret
from pipewarden.pipelines.expressions import ANY
from pipewarden.pipelines.github.frames import Frame
from pipewarden.pipelines.github.opened import OpenJob
from pipewarden.pipelines.github.passing import chosen_from, passed_to
from pipewarden.pipelines.github.stores import StoreRead, name_of, parts_of
from pipewarden.pipelines.parts import Passed

NO_CHECK = ("nothing",)
"""What is read from a store keeps no check of a file from its verdict."""


def stored_secrets(frame: Frame, job: OpenJob, *, oidc: bool) -> Iterator[TakenSecret]:
    """Yield the secrets that the steps of a job read from stores, each once for each step.

    What is read with the job's own identity is not there without one: `oidc` tells whether it may ask for one.
    """
    given = passed_to(frame) if job.reads else {}
    for read in job.reads:
        if read.by_identity and not oidc:
            continue
        spot = frame.spot(read.position)
        inside = next(_settled(read.inside, given), "")
        address = next(_settled(read.address, given), "")
        names = dict.fromkeys(name for entry in read.entries for name in _names(read, entry, inside, given))
        for name in names:
            yield TakenSecret(
                name=name,
                kind="store",
                spot=spot,
                step=read.step,
                by=read.by,
                store=read.store,
                address="" if ANY in address or "${{" in address else address[:200],
                by_identity=read.by_identity,
                certain=ANY not in name,
            )


def open_reads(secrets: Iterable[TakenSecret]) -> Iterator[LooseEnd]:
    """Yield that the file does not settle what a step reads from a store."""
    for each in secrets:
        if each.store and not each.name.partition(":")[2].strip("/*"):
            yield LooseEnd(
                says=f"what {each.by} reads from {WORDS[each.store]} is not settled", spot=each.spot, bears=NO_CHECK
            )


WORDS = {
    "vault": "Vault",
    "op": "1Password",
    "aws": "AWS Secrets Manager",
    "gcp": "Google's Secret Manager",
    "azure": "Azure's Key Vault",
}


def _names(read: StoreRead, entry: str, inside: str, given: Mapping[str, Passed]) -> Iterator[str]:
    for text in _settled(entry, given):
        for part in parts_of(read.store, text):  # one input can hand over several
            name = name_of(read, part, inside)
            if name:
                yield name


def _settled(written: str, given: Mapping[str, Passed]) -> Iterator[str]:
    """Yield what a text can be by what callers pass; what they leave open stands as written."""
    if "${{" not in written:
        yield written
        return
    chosen = chosen_from(written, given)
    yield from chosen.texts
    if chosen.dynamic or not chosen.texts:
        yield written
