"""All trusts in the files of a repository: which files may hold one, and who reads them.

Few repositories state any: the readers are imported when the first marked file is met.
"""

from collections.abc import Collection
from collections.abc import Mapping as Table
from enum import StrEnum

from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.trusts.stated import Reading, Stated


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
    # modules of Terraform that make roles for jobs
    "github-oidc",
    "oidc-github",
    "gh-oidc",
    "oidc-role",
    "role-with-oidc",
    "_github_oidc",
    "_bitbucket_oidc",
    "oidc_provider_urls",
    "oidc_subjects",
)
"""What a file that states a trust holds somewhere; a file without it is not parsed. A folder of Terraform is read whole
where one of its files holds it. Policies of octo-sts are known by their path."""


def is_marked(text: str) -> bool:
    """Tell whether a text holds a mark, in any case. One expression of all of them takes many times as long."""
    lowered = text.lower()
    return any(mark in lowered for mark in MARKS)


def trust_kind(path: str) -> TrustKind | None:
    """Tell how a repository-relative path may state trusts, or None."""
    if kind_of(path) is PipelineKind.OCTO_STS:
        return TrustKind.OCTO_STS
    lower = path.lower()
    if lower.endswith(".tf.json"):
        return TrustKind.TERRAFORM
    return next((kind for ending, kind in _ENDINGS if lower.endswith(ending)), None)


def read_trusts(
    files: Table[str, str], *, organization: bool = False, folders: Collection[str] | None = None
) -> Reading:
    """Return the trusts of some files, texts by path, in the order of their paths. Never raises.

    `organization` tells that they are those of the repository `.github`; `folders` are all of the repository that hold
    Terraform, where that is known: a module in none of them is told as not here.
    """
    if not files:
        return Reading(())
    from pipewarden.pipelines.trusts.every import read_every

    readings = read_every(
        ((path, text, trust_kind(path)) for path, text in sorted(files.items())),
        organization=organization,
        known=folders,
    )
    trusts = [trust for each in readings for trust in each.trusts]
    faults = [fault for each in readings for fault in each.faults]
    templates = tuple(template for each in readings for template in each.templates)
    return Reading(tuple(sorted(trusts, key=_place)), templates, tuple(sorted(faults, key=lambda f: (f[0], f[1].line))))


def _place(trust: Stated) -> tuple[str, int, int]:
    return trust.path, trust.line, trust.column
