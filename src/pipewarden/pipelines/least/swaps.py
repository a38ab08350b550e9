"""Actions that sign in with a long-lived key, and the inputs with which they sign in with the job's own identity instead.

Every row is what the action's own README says, at the page in `source`.
"""

from typing import NamedTuple


class Put(NamedTuple):
    """An input that is set: to a variable of the repository, named after what it holds, or to a fixed text."""

    input: str
    variable: str = ""
    text: str = ""


class Swap(NamedTuple):
    """What is taken away from a step and what it is given. Names of inputs are compared in lower case.

    In `first`, `{repository}`, `{owner}`, `{file}`, `{subject}`, `{environment}`, `{index}`, `{audience}` and the names of
    variables (`{AWS_ROLE_TO_ASSUME}`) are filled in.
    """

    action: str
    says: str
    """What the key opens: `AWS`."""
    keys: tuple[str, ...]
    """The inputs that take the key."""
    drops: tuple[str, ...]
    """Inputs that go with it."""
    puts: tuple[Put, ...]
    since: tuple[int, ...]
    """The first version that knows these inputs."""
    branches: frozenset[str]
    """Branches that hold a later one."""
    stops: tuple[tuple[str, str], ...]
    """Inputs with which an edit is not offered, and why."""
    words: tuple[tuple[str, str], ...]
    """Words in later steps with which it is not offered, and why."""
    first: tuple[str, ...]
    source: str
    audience: str = ""
    audience_input: str = ""
    callable: bool = True
    """Whether it works in a workflow that is called."""


SWAPS: tuple[Swap, ...] = (
    Swap(
        action="aws-actions/configure-aws-credentials",
        says="AWS",
        keys=("aws-access-key-id", "aws-secret-access-key"),
        drops=(),
        puts=(Put("role-to-assume", "AWS_ROLE_TO_ASSUME"),),
        since=(1, 6),
        branches=frozenset({"main"}),
        stops=(
            ("aws-session-token", "it is given a session that somebody else made, not a key"),
            ("role-external-id", "its role asks for an external id, which a sign-in with a token does not carry"),
            ("web-identity-token-file", "it is given a token already"),
            ("role-chaining", "it takes over the credentials of an earlier step"),
            ("use-existing-credentials", "it takes over the credentials of an earlier step"),
            ("force-skip-oidc", "it is told not to sign in with a token"),
            ("custom-tags", "its session carries tags, which a sign-in with a token does not"),
        ),
        words=(
            ("AWS_SECRET_ACCESS_KEY", "a later step reads the key itself, which is only whole with AWS_SESSION_TOKEN"),
            ("presign", "a later step signs a link, which would end with the session"),
            ("outputs.aws-access-key-id", "a later step takes the key from its outputs"),
            ("outputs.aws-secret-access-key", "a later step takes the key from its outputs"),
        ),
        first=(
            (
                "Make a role in AWS that may do what the key may, trusting https://token.actions.githubusercontent.com for "
                "audience {audience} and subject {subject}, with no star in it."
            ),
            "Put the role's ARN into the variable {AWS_ROLE_TO_ASSUME} (Settings > Secrets and variables > Actions).",
            "A session lasts one hour: where the job takes longer, let the role allow more and set `role-duration-seconds`.",
        ),
        source="https://github.com/aws-actions/configure-aws-credentials#quick-start-oidc-recommended",
        audience="sts.amazonaws.com",
        audience_input="audience",
    ),
    Swap(
        action="google-github-actions/auth",
        says="Google Cloud",
        keys=("credentials_json",),
        drops=(),
        puts=(
            Put("workload_identity_provider", "GCP_WORKLOAD_IDENTITY_PROVIDER"),
            Put("service_account", "GCP_SERVICE_ACCOUNT"),
        ),
        since=(0, 4),
        branches=frozenset({"main"}),
        stops=(
            (
                "workload_identity_provider",
                "it names a provider already, and which of both counts is decided elsewhere",
            ),
            ("access_token_subject", "it acts for a person of the domain, which takes a further role"),
            ("universe", "it is not the public Google Cloud"),
        ),
        words=(
            ("_json_key", "a later step signs in to a registry with the key itself"),
            ("activate-service-account", "a later step reads the key itself"),
            ("firebase", "the Firebase Admin SDK does not take these credentials"),
            ("private_key", "a later step reads the key itself"),
            ("signurl", "a later step signs with the key itself"),
            ("sign-url", "a later step signs with the key itself"),
        ),
        first=(
            (
                "Make a workload identity pool provider for https://token.actions.githubusercontent.com that maps "
                "google.subject to assertion.sub and lets in only subject {subject}."
            ),
            "Let that subject act as the service account of the key (roles/iam.workloadIdentityUser).",
            (
                "Put the provider's full name (projects/NUMBER/locations/global/workloadIdentityPools/…) into the variable "
                "{GCP_WORKLOAD_IDENTITY_PROVIDER} (Settings > Secrets and variables > Actions)."
            ),
            "Put the account's address into the variable {GCP_SERVICE_ACCOUNT}.",
        ),
        source="https://github.com/google-github-actions/auth#indirect-wif",
    ),
    Swap(
        action="azure/login",
        says="Azure",
        keys=("creds",),
        drops=(),
        puts=(
            Put("client-id", "AZURE_CLIENT_ID"),
            Put("tenant-id", "AZURE_TENANT_ID"),
            Put("subscription-id", "AZURE_SUBSCRIPTION_ID"),
        ),
        since=(1, 4),
        branches=frozenset({"master"}),
        stops=(
            ("client-id", "it names a client already, beside which `creds` is not read"),
            ("tenant-id", "it names a tenant already, beside which `creds` is not read"),
            ("subscription-id", "it names a subscription already, beside which `creds` is not read"),
            ("auth-type", "it signs in as a managed identity"),
            ("allow-no-subscriptions", "whether the credentials name a subscription is not known"),
        ),
        words=(),
        first=(
            (
                "Give the application of the key a federated credential: issuer https://token.actions.githubusercontent.com, "
                "subject {subject}, audience {audience}."
            ),
            (
                "Put its client id, tenant id and subscription id into the variables {AZURE_CLIENT_ID}, {AZURE_TENANT_ID} and "
                "{AZURE_SUBSCRIPTION_ID} (Settings > Secrets and variables > Actions)."
            ),
            "A sign-in lasts about an hour: a job that takes longer has to sign in again.",
        ),
        source="https://github.com/Azure/login#login-with-openid-connect-oidc-recommended",
        audience="api://AzureADTokenExchange",
        audience_input="audience",
    ),
    Swap(
        action="hashicorp/vault-action",
        says="Vault",
        keys=("token", "roleid", "secretid"),
        drops=("method",),
        puts=(Put("method", text="jwt"), Put("role", "VAULT_ROLE")),
        since=(2, 4),
        branches=frozenset({"main"}),
        stops=(
            ("path", "it names the mount of the method it signs in with now"),
            ("role", "it names a role of another method"),
            ("jwtprivatekey", "it signs in with a key of its own"),
            ("authpayload", "it signs in with a method of its own"),
        ),
        words=(),
        first=(
            (
                "Enable the JWT method of Vault at `jwt`, with https://token.actions.githubusercontent.com as `oidc_discovery_url` "
                "and `bound_issuer`."
            ),
            "Make a role there with the policies of the token: `bound_audiences` {audience}, `bound_subject` {subject}.",
            "Put its name into the variable {VAULT_ROLE} (Settings > Secrets and variables > Actions).",
        ),
        source="https://github.com/hashicorp/vault-action#jwt-with-github-oidc-tokens",
        audience="https://github.com/{owner}",
        audience_input="jwtgithubaudience",
    ),
    Swap(
        action="pypa/gh-action-pypi-publish",
        says="PyPI",
        keys=("password",),
        drops=("user",),
        puts=(),
        since=(1, 8),
        branches=frozenset({"release/v1"}),
        stops=(),
        words=(),
        first=(
            "On {index}, add a trusted publisher to the project: repository {repository}, workflow {file}, {environment}.",
            "From version 1.11 on the action then also signs what it uploads (`attestations: false` keeps it from that).",
        ),
        source="https://github.com/pypa/gh-action-pypi-publish#trusted-publishing",
        callable=False,
    ),
)

BY_ACTION = {swap.action: swap for swap in SWAPS}
