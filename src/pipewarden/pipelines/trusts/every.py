"""Hands each file that states trusts to the reader of its kind."""

from collections.abc import Collection, Iterable

from pipewarden.pipelines.trusts.bicep import read_bicep
from pipewarden.pipelines.trusts.documents import read_document, stem
from pipewarden.pipelines.trusts.hcl import Evaluator, read_hcl
from pipewarden.pipelines.trusts.octo_sts import read_octo_sts
from pipewarden.pipelines.trusts.read import TrustKind
from pipewarden.pipelines.trusts.stated import Open, Reading
from pipewarden.pipelines.trusts.terraform import read_folders
from pipewarden.pipelines.trusts.vault import vault_trust
from pipewarden.pipelines.yaml_tree import Mapping, Scalar


def read_every(
    files: Iterable[tuple[str, str, TrustKind | None]],
    *,
    organization: bool = False,
    known: Collection[str] | None = None,
) -> list[Reading]:
    """Return what each file says, given path, text and kind; of Terraform what each folder says.

    `known`: all folders of the repository that hold Terraform, where that is known.
    """
    folders: dict[str, dict[str, str]] = {}
    readings: list[Reading] = []
    for path, text, kind in files:
        match kind:
            case TrustKind.OCTO_STS:
                readings.append(read_octo_sts(path, text, organization=organization))
            case TrustKind.TERRAFORM:
                folders.setdefault(path.rpartition("/")[0], {})[path] = text
            case TrustKind.BICEP:
                readings.append(read_bicep(path, text))
            case TrustKind.DOCUMENT:
                readings.append(read_document(path, text))
            case TrustKind.HCL:
                readings.append(read_role(path, text))
    return [*readings, *read_folders(folders, known)]


def read_role(path: str, text: str) -> Reading:
    """Return the trust of a Vault role whose parameters are kept as HCL."""
    file = read_hcl(text)
    evaluator = Evaluator(lambda _word, _depth: None)
    given = [(name, each) for name, each in file.root.attributes.items()]
    pairs = tuple((Scalar(n, e.line, 1), v) for n, e in given if (v := evaluator.value(e)) is not None)
    body = Mapping(pairs, 1, 1)
    faults: Iterable[Open] = file.faults
    made = None
    if body.get("bound_claims") is not None or body.get("bound_subject") is not None:
        made = vault_trust(body, name=stem(path), address=stem(path), path=path)
    return Reading((made,) if made else (), faults=tuple((path, fault) for fault in faults))
