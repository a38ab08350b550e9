"""All trusts in the files of a repository: which files may hold one, and who reads them."""

from collections.abc import Iterable
from collections.abc import Mapping as Table
from enum import StrEnum

from pipewarden.pipelines.trusts.bicep import read_bicep
from pipewarden.pipelines.trusts.documents import read_document, stem
from pipewarden.pipelines.trusts.hcl import Evaluator, read_hcl
from pipewarden.pipelines.trusts.octo_sts import PATH, read_octo_sts
from pipewarden.pipelines.trusts.stated import Open, Reading, Stated
from pipewarden.pipelines.trusts.terraform import read_terraform
from pipewarden.pipelines.trusts.vault import vault_trust
from pipewarden.pipelines.yaml_tree import Mapping, Scalar


class TrustKind(StrEnum):
    """How a file states trusts."""

    OCTO_STS = "octo_sts"
    TERRAFORM = "terraform"
    BICEP = "bicep"
    DOCUMENT = "document"
    """YAML or JSON that is told by its shape."""
    HCL = "hcl"
    """The parameters of a Vault role."""


_ENDINGS = (
    (".tf", TrustKind.TERRAFORM),
    (".tofu", TrustKind.TERRAFORM),
    (".tf.json", TrustKind.TERRAFORM),
    (".bicep", TrustKind.BICEP),
    (".hcl", TrustKind.HCL),
    (".json", TrustKind.DOCUMENT),
    (".yaml", TrustKind.DOCUMENT),
    (".yml", TrustKind.DOCUMENT),
    (".template", TrustKind.DOCUMENT),
)

MARKS = (
    "assumerolewithwebidentity",
    "openid_connect_provider",
    "oidcprovider",
    "federated_identity_credential",
    "federatedidentitycredential",
    "workload_identity_pool",
    "workloadidentity",
    "principalset://iam",
    "principal://iam",
    "jwt_auth_backend_role",
    "bound_claims",
    "bound_subject",
    "oidc_subject_claim_customization",
    "issueruri",
    "claimsmatchingexpression",
    "audiences",
)
"""What a file that states a trust holds somewhere; a file without it is not parsed. A folder of Terraform is read whole
where one of its files holds it. Policies of octo-sts are known by their path."""


def is_marked(text: str) -> bool:
    """Tell whether a text holds a mark, in any case. One expression of all of them takes many times as long."""
    lowered = text.lower()
    return any(mark in lowered for mark in MARKS)


def trust_kind(path: str) -> TrustKind | None:
    """Tell how a repository-relative path may state trusts, or None."""
    if PATH.fullmatch(path):
        return TrustKind.OCTO_STS
    lower = path.lower()
    if lower.endswith(".tf.json"):
        return TrustKind.TERRAFORM
    return next((kind for ending, kind in _ENDINGS if lower.endswith(ending)), None)


def read_trusts(files: Table[str, str], *, organization: bool = False) -> Reading:
    """Return the trusts of some files, texts by path, in the order of their paths. Never raises.

    `organization` tells that they are those of the repository `.github`.
    """
    folders: dict[str, dict[str, str]] = {}
    readings: list[Reading] = []
    for path, text in sorted(files.items()):
        match trust_kind(path):
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
    readings += [read_terraform(each) for _, each in sorted(folders.items())]
    trusts = [trust for each in readings for trust in each.trusts]
    faults = [fault for each in readings for fault in each.faults]
    templates = tuple(template for each in readings for template in each.templates)
    return Reading(tuple(sorted(trusts, key=_place)), templates, tuple(sorted(faults, key=lambda f: (f[0], f[1].line))))


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


def _place(trust: Stated) -> tuple[str, int, int]:
    return trust.path, trust.line, trust.column
