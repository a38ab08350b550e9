"""Roles that well-known Terraform modules make, read from their arguments as the policy documents that they write.

Each row follows the module's own source, at the link beside it. What an argument leaves open stays open; a module that is not
known, and whose arguments or name speak of OIDC, is an open end.
"""

import re
from collections.abc import Callable, Collection, Iterator

from pipewarden.pipelines.trusts.aws import Providers, Role, aws_trusts
from pipewarden.pipelines.trusts.hcl import Block
from pipewarden.pipelines.trusts.known_google import gh_oidc
from pipewarden.pipelines.trusts.module import Module
from pipewarden.pipelines.trusts.places import folder_of
from pipewarden.pipelines.trusts.stated import OPEN, Open, Platform, Stated, is_open, text_of, texts
from pipewarden.pipelines.yaml_tree import Mapping, Node, Scalar, Sequence

GITHUB = "token.actions.githubusercontent.com"
STS = "sts.amazonaws.com"

_REPOSITORY = re.compile(r"^(?:git::)?(?:https?://|ssh://)?(?:git@)?(?:github\.com[:/]|registry\.terraform\.io/)?")
_SPEAKS = re.compile(
    r"oidc[-_](?:role|github|gitlab|bitbucket|circleci)|(?:github|gitlab|bitbucket|circleci)[\w-]*oidc|oidc_\w*subject"
)
_ISSUERS = re.compile(
    r"\btoken\.actions\.githubusercontent\.com\b|^repo:[\w.*-]+/[^:\s]+:|\boidc\.circleci\.com\b|\bpipelines-config/identity/oidc\b|:oidc-provider/gitlab\b"
)
"""What speaks of jobs in the values of a module's arguments: the hosts of their tokens, their subjects, and AWS's names of providers."""
_MAKES_NO_ROLE = re.compile(r"provider$")


def module_trusts(module: Module, providers: Providers, folders: Collection[str] | None = None) -> Iterator[Stated]:
    """Yield the trusts of the roles that modules of a folder make.

    `folders`: those of the repository that hold Terraform, where that is known; a local module elsewhere is not here.
    """
    for path, block in module.calls():
        given = module.value(block, "source")
        source = name_of(text_of(given))
        known = next((read for pattern, read in _KNOWN if pattern.fullmatch(source)), None)
        if known is not None:
            yield from known(module, path, block, providers)
        elif source.startswith(".") and "/.terraform/" not in source:  # what was fetched is not of this repository
            if folders is not None and not is_open(given) and folder_of(path, text_of(given)) not in folders:
                yield _unknown(f"the folder of the module {text_of(given)[:80]} is not here, and may make", path, block)
        elif source and _speaks(source, block, module):
            yield _unknown(f"the module {source[:80]} is not followed, and may make", path, block)


def _unknown(says: str, path: str, block: Block) -> Stated:
    """Return what is told of a module that was not read."""
    return Stated(
        platform=Platform.AWS,
        role=f"role of module {block.labels[0]}",
        address=f"module.{block.labels[0]}",
        path=path,
        line=block.line,
        column=block.column,
        issuer="",
        opens=(Open(f"{says} roles that jobs can act as", block.line, block.column),),
    )


def name_of(source: str) -> str:
    """Return where a module is from, without the way to get it and its version: `philips-labs/terraform-aws-github-oidc`.

    https://developer.hashicorp.com/terraform/language/modules/sources
    """
    if "${" in source:
        return ""
    plain = re.sub(r"\?.*?(?=//|$)", "", source.strip().lower())
    return _REPOSITORY.sub("", plain).replace(".git//", "//").removesuffix(".git").rstrip("/")


def _speaks(source: str, block: Block, module: Module) -> bool:
    """Tell whether the name of a module, those of its arguments, or their values speak of jobs that sign in."""
    if _MAKES_NO_ROLE.search(source):
        return False
    if _SPEAKS.search(source) is not None or any(_SPEAKS.search(name) for name in block.attributes):
        return True
    return any(_names_issuer(module.value(block, name)) for name in block.attributes)


def _names_issuer(value: Node | None) -> bool:
    if isinstance(value, Scalar):
        return _ISSUERS.search(value.value) is not None
    if isinstance(value, Sequence):
        return any(map(_names_issuer, value.items))
    return isinstance(value, Mapping) and any(_names_issuer(key) or _names_issuer(each) for key, each in value.pairs)


class _Call:
    """One use of a module, whose arguments are asked for by name."""

    def __init__(self, module: Module, path: str, block: Block, providers: Providers) -> None:
        self.module, self.path, self.block, self.providers = module, path, block, providers

    def given(self, name: str) -> Node | None:
        """Return an argument; None where it is not given, or null."""
        value = self.module.value(self.block, name)
        return None if isinstance(value, Scalar) and value.is_null and value.tag != OPEN else value

    def text(self, name: str, default: str = "") -> str:
        return text_of(self.given(name)) or default

    def listed(self, name: str, *default: str) -> list[Scalar]:
        """Return the texts of an argument, open ones where it is not settled; the default where it is not given or empty."""
        value = self.given(name)
        return (texts(value) if value is not None else []) or [self.scalar(each) for each in default]

    def scalar(self, text: str, tag: str = "") -> Scalar:
        return Scalar(text, self.block.line, self.block.column, plain=False, tag=tag)

    def is_on(self, name: str, *, default: bool) -> bool:
        """Tell whether a switch is on; one that is not settled counts as on."""
        value = self.text(name).lower()
        return default if not value else value != "false"

    def role(self, *names: str, default: str = "") -> Role:
        shown = next((text for name in names if (text := self.text(name)) and "${" not in text), default)
        label = self.block.labels[0]
        return Role(
            name=f"AWS role {shown or label}",
            address=f"module.{label}",
            path=self.path,
            line=self.block.line,
            column=self.block.column,
        )

    def trusts(self, role: Role, issuer: str, conditions: list[tuple[str, str, list[Scalar]]]) -> list[Stated]:
        """Return the trusts of a statement with some conditions: operator, claim, values. One without values is left out."""
        pairs: list[tuple[Scalar, Node]] = []
        for operator, claim, values in conditions:
            if values:
                place = (values[0].line, values[0].column)
                key = Scalar(f"{issuer}:{claim}", *place)
                held = Mapping(((key, Sequence(tuple(values), *place)),), *place)
                pairs.append((self.scalar(operator), held))
        principal = Mapping(
            ((self.scalar("Federated"), self.scalar(f"arn:aws:iam::account:oidc-provider/{issuer}")),), 1, 1
        )
        return aws_trusts(self._document(principal, Mapping(tuple(pairs), 1, 1)), role, self.providers)

    def _document(self, principal: Mapping, condition: Mapping) -> Mapping:
        parts: list[tuple[str, Node]] = [
            ("Effect", self.scalar("Allow")),
            ("Action", self.scalar("sts:AssumeRoleWithWebIdentity")),
            ("Principal", principal),
            ("Condition", condition),
        ]
        line, column = self.block.line, self.block.column
        statement = Mapping(tuple((self.scalar(name), value) for name, value in parts), line, column)
        return Mapping(((self.scalar("Statement"), statement),), line, column)

    def further(self, name: str) -> list[tuple[str, str, list[Scalar]]]:
        """Return conditions that are given as they stand, as (operator, claim, values); one that is not settled is an open one."""
        value = self.given(name)
        found = []
        for each in value.items if isinstance(value, Sequence) else ():
            test, variable = text_of(entry(each, "test")), text_of(entry(each, "variable"))
            if test and variable:
                found.append((test, variable.rpartition(":")[2], texts(entry(each, "values"))))
        if value is not None and (is_open(value) or isinstance(value, Scalar)):
            found.append(("StringLike", "sub", [self.scalar(f"${{{name}}}", OPEN)]))
        return found


def entry(node: Node, name: str) -> Node | None:
    """Return a value of an object, None where it is none."""
    return node.get(name) if isinstance(node, Mapping) else None


Read = Callable[[Module, str, Block, Providers], Iterator[Stated]]


def _github_role(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """https://github.com/terraform-aws-modules/terraform-aws-iam/blob/v5.60.0/modules/iam-github-oidc-role/main.tf.

    Its audience is compared with ForAllValues, which is left out here: no token of GitHub is without an audience.
    """
    call = _Call(module, path, block, providers)
    subjects = call.listed("subjects")
    if not subjects or not call.is_on("create", default=True):
        return  # a list without a subject lets in nobody
    issuer = call.text("provider_url", GITHUB).removeprefix("https://")
    test = call.text("subject_condition", "StringLike")
    yield from call.trusts(
        call.role("name", "name_prefix"),
        issuer,
        [
            (test, "sub", [_repo(each) for each in subjects]),
            ("StringEquals", "aud", call.listed("audience", STS)),
            *call.further("additional_trust_policy_conditions"),
        ],
    )


def _repo(subject: Scalar) -> Scalar:
    text = f"repo:{subject.value.removeprefix('repo:')}"
    return Scalar(text, subject.line, subject.column, plain=False, tag=subject.tag)


def _assumable(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """https://github.com/terraform-aws-modules/terraform-aws-iam/blob/v5.60.0/modules/iam-assumable-role-with-oidc/main.tf."""
    call = _Call(module, path, block, providers)
    if call.is_on("create_role", default=False):
        urls = [*call.listed("provider_url"), *call.listed("provider_urls")]
        names = ("oidc_fully_qualified_subjects", "oidc_subjects_with_wildcards", "oidc_fully_qualified_audiences")
        role = call.role("role_name", "role_name_prefix")
        yield from _by_urls(call, urls, role, "provider_trust_policy_conditions", names)


def _by_urls(
    call: _Call, urls: list[Scalar], role: Role, further: str, names: tuple[str, str, str]
) -> Iterator[Stated]:
    exact, wild, audiences = names
    for url in urls:
        issuer = url.value.removeprefix("https://")
        if "eks" in issuer or "cluster" in issuer:
            continue  # pods of a cluster, not jobs of a pipeline
        yield from call.trusts(
            role,
            issuer,
            [
                ("StringEquals", "sub", call.listed(exact)),
                ("StringLike", "sub", call.listed(wild)),
                ("StringLike", "aud", call.listed(audiences)),
                *call.further(further),
            ],
        )


def _iam_role(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """https://github.com/terraform-aws-modules/terraform-aws-iam/blob/v6.5.0/modules/iam-role/main.tf."""
    call = _Call(module, path, block, providers)
    if not call.is_on("create", default=True):
        return
    role, names = call.role("name"), ("oidc_subjects", "oidc_wildcard_subjects", "oidc_audiences")
    urls = call.listed("oidc_provider_urls")
    if call.is_on("enable_oidc", default=False):
        yield from _by_urls(call, urls, role, "trust_policy_conditions", names)
    hosts: list[tuple[str, Callable[[Scalar], Scalar]]] = []
    if call.is_on("enable_github_oidc", default=False):
        hosts.append((call.text("github_provider", GITHUB), _repo))
    if call.is_on("enable_bitbucket_oidc", default=False) and urls:
        hosts.append((urls[0].value.removeprefix("https://"), _as_given))
    for issuer, made in hosts:
        yield from call.trusts(
            role,
            issuer,
            [
                ("StringEquals", "sub", [made(each) for each in call.listed(names[0])]),
                ("StringLike", "sub", [made(each) for each in call.listed(names[1])]),
                ("StringEquals", "aud", call.listed(names[2], STS)),
                *call.further("trust_policy_conditions"),
            ],
        )


def _as_given(subject: Scalar) -> Scalar:
    return subject


def _unfunco(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """https://github.com/unfunco/terraform-aws-oidc-github/blob/v3.0.1/data.tf , /blob/v1.8.1/data.tf.

    Since version 3 a repository without more means its branch main, before that everything of it.
    """
    call = _Call(module, path, block, providers)
    if not call.is_on("create", default=True) or not call.is_on("create_iam_role", default=True):
        return
    since = call.given("github_subjects") is not None
    rest = call.text("default_subject", "ref:refs/heads/main") if since else "*"
    values = []
    for each in call.listed("github_subjects" if since else "github_repositories"):
        text = f"repo:{each.value}" if ":" in re.sub(r"\$\{[^}]*\}", "", each.value) else f"repo:{each.value}:{rest}"
        values.append(Scalar(text, each.line, each.column, plain=False, tag=each.tag))
    if not values:
        return
    yield from call.trusts(
        call.role("iam_role_name", default="GitHubActions" if since else "github"),
        "/".join(part for part in (GITHUB, call.text("enterprise_slug")) if part),
        [
            ("StringLike", "sub", values),
            ("StringEquals", "aud", [call.scalar(STS), *call.listed("additional_audiences")]),
        ],
    )


def _philips(module: Module, path: str, block: Block, providers: Providers) -> Iterator[Stated]:
    """https://github.com/philips-labs/terraform-aws-github-oidc/blob/main/main.tf."""
    call = _Call(module, path, block, providers)
    repo = call.listed("repo")
    if not repo:
        return
    wanted = {each.value for each in call.listed("default_conditions", "allow_main", "deny_pull_request")}
    contexts = []
    if "allow_main" in wanted:
        contexts.append(f"ref:refs/heads/{call.text('repo_mainline_branch', 'main')}")
    if "allow_environment" in wanted:
        contexts += [f"environment:{each.value}" for each in call.listed("github_environments", "*")]
    if "allow_all" in wanted:
        # that pull requests are denied is told as what is left
        contexts += ["ref:*", "environment:*"] if "deny_pull_request" in wanted else ["*"]
    tag = OPEN if repo[0].tag == OPEN or any("${" in each for each in (*contexts, *wanted)) else ""
    subjects = [
        Scalar(f"repo:{repo[0].value}:{each}", repo[0].line, repo[0].column, plain=False, tag=tag) for each in contexts
    ]
    further = call.further("conditions")
    # values of one operator and claim are put together: any of them will do
    subjects += [
        each for operator, claim, values in further if (operator, claim) == ("StringLike", "sub") for each in values
    ]
    others = [each for each in further if each[:2] != ("StringLike", "sub")]
    issuer = call.text("github_oidc_issuer", GITHUB)
    yield from call.trusts(
        call.role("role_name"),
        issuer,
        [("StringLike", "sub", subjects), ("StringEquals", "aud", [call.scalar(STS)]), *others],
    )


_KNOWN: tuple[tuple[re.Pattern[str], Read], ...] = (
    (re.compile(r"terraform-aws-modules/(?:terraform-aws-)?iam(?:/aws)?//modules/iam-github-oidc-role"), _github_role),
    (
        re.compile(r"terraform-aws-modules/(?:terraform-aws-)?iam(?:/aws)?//modules/iam-assumable-role-with-oidc"),
        _assumable,
    ),
    (re.compile(r"terraform-aws-modules/(?:terraform-aws-)?iam(?:/aws)?//modules/iam-role"), _iam_role),
    (re.compile(r"unfunco/(?:terraform-aws-)?oidc-github(?:/aws)?"), _unfunco),
    (re.compile(r"philips-labs/(?:terraform-aws-)?github-oidc(?:/aws)?"), _philips),
    (
        re.compile(
            r"terraform-google-modules/(?:terraform-google-)?github-actions-runners(?:/google)?//modules/gh-oidc"
        ),
        gh_oidc,
    ),
)
