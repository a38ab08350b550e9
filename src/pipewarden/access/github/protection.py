"""What guards a branch: classic protection and rulesets merged as GitHub merges them.

Rulesets add up and the most restrictive rule wins, together with classic protection; of the classic
rules only one applies, the exact name first, then the oldest pattern that matches.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from pipewarden.access.github.patterns import covers_all, matches
from pipewarden.model.facts import Gate, GateKind
from pipewarden.model.ids import Ref


class Bypass(Struct, frozen=True, kw_only=True):
    """Somebody a gate lets through."""

    gate: str
    """Name of the gate."""
    kind: str
    """The provider's actor type: User, Team, App, Integration, RepositoryRole, OrganizationAdmin, DeployKey, EnterpriseOwner."""
    id: str
    name: str = ""
    mode: str = "always"
    what: str = "all"
    """`all` rules of the gate, `pull_request` (may merge without review), `push` (may push where restricted), `force_push`."""


class Protection(Struct, frozen=True, kw_only=True):
    """All that guards one branch, merged; a value is the most restrictive of its sources."""

    branch: str
    classic: Gate | None = None
    rulesets: tuple[Gate, ...] = ()
    requires_pull_request: bool = False
    required_reviews: int = 0
    dismisses_stale: bool = False
    last_push_approval: bool = False
    code_owner_review: bool = False
    conversation_resolution: bool = False
    signatures: bool = False
    linear_history: bool = False
    status_checks: tuple[tuple[str, str], ...] = ()
    """Required checks as (context, app id), app id "" where any app may report it."""
    strict_checks: bool = False
    blocks_force_push: bool = False
    blocks_deletion: bool = False
    blocks_creation: bool = False
    restricts_push: bool = False
    """Only named actors may push (classic `restrictsPushes`, ruleset rule `update`)."""
    locked: bool = False
    admins_exempt: bool = False
    """A classic rule applies and does not bind administrators."""
    dismissal_restricted: bool = False
    merge_queue: bool = False
    required_workflows: tuple[dict[str, Any], ...] = ()
    bypass: tuple[Bypass, ...] = ()
    bypass_unknown: tuple[str, ...] = ()
    """Names of rulesets whose bypass list could not be seen."""

    @property
    def creation_blockers(self) -> tuple[Gate, ...]:
        """The gates that keep a branch of this name from being created."""
        classic = self.classic
        blocks = classic is not None and classic.rules.get("restrictsPushes") and classic.rules.get("blocksCreations")
        listed = [gate for gate in self.rulesets if _may_block_creation(gate)]
        return (*((classic,) if classic is not None and blocks else ()), *listed)

    @property
    def unread(self) -> str:
        """Say of one ruleset which of its rules was not understood; "" where all are."""
        return next(filter(None, map(unread_rule, self.rulesets)), "")

    def settled(self) -> None:
        """Go on only where the rules ask for nothing more than is known."""

    @property
    def exists(self) -> bool:
        """Whether any active rule guards the branch."""
        return self.classic is not None or bool(self.rulesets)


def classic_rule(gates: Iterable[Gate], branch: str, default_branch: str) -> Gate | None:
    """Return the one classic rule that applies: exact name first, else the earliest created match."""
    rules = [gate for gate in gates if gate.kind is GateKind.BRANCH_PROTECTION and gate.active]
    exact = [gate for gate in rules if branch in gate.patterns]
    if exact:
        return exact[0]
    fitting = [gate for gate in rules if any(matches(p, branch, default_branch) for p in gate.patterns)]
    return min(fitting, key=lambda gate: int(gate.rules.get("order", 0)), default=None)


def applying_rulesets(gates: Iterable[Gate], branch: str, default_branch: str, target: str = "branch") -> list[Gate]:
    """Return the active rulesets that cover a branch; `evaluate` and `disabled` ones protect nothing."""
    found = []
    for gate in gates:
        if gate.kind is not GateKind.RULESET or not gate.active or gate.target not in {target, "push"}:
            continue
        if gate.target == "push":
            found.append(gate)
            continue
        included = any(matches(p, branch, default_branch) for p in gate.patterns)
        if included and not any(matches(p, branch, default_branch) for p in gate.excluded):
            found.append(gate)
    return found


def ruleset_rules(gate: Gate) -> list[tuple[str, dict[str, Any]]]:
    """Return a ruleset's rules as (type, parameters)."""
    return [(str(rule.get("type", "")), rule.get("parameters") or {}) for rule in gate.rules.get("rules") or ()]


def unread_rule(gate: Gate) -> str:
    """Say which rule of a ruleset was not understood: what it asks is not known, and that it asks nothing neither."""
    unread = gate.rules.get("unread")
    return f"what the rule {unread[0]} of ruleset {gate.name} asks is not known" if unread else ""


def hidden_bypass(gate: Gate) -> str:
    """Say why it is not known whom a ruleset lets through, "" where it is.

    https://docs.github.com/en/rest/repos/rules: `bypass_actors` is only returned to who may write the ruleset.
    """
    if gate.bypass is not None:
        return ""
    name = gate.name or gate.ref
    if gate.rules.get("bypass_unread"):
        return f"the bypass list of {name} does not say who is on it"
    return f"the bypass list of {name} is shown only to whom may change the ruleset"


def _may_block_creation(gate: Gate) -> bool:
    return bool(unread_rule(gate)) or any(kind == "creation" for kind, _ in ruleset_rules(gate))


_ALLOWANCES = (
    ("pushAllowances", "push"),
    ("bypassPullRequestAllowances", "pull_request"),
    ("bypassForcePushAllowances", "force_push"),
)


def bypasses(gate: Gate) -> list[Bypass]:
    """Return everybody whom a gate names as let through; of a ruleset whose list is not seen, nobody."""
    label = gate.name or ", ".join(gate.patterns)
    if gate.kind is GateKind.RULESET:
        return [
            Bypass(
                gate=label,
                kind=str(actor.get("actor_type", "")),
                id=str(actor.get("actor_id") or ""),
                name=str(actor.get("name") or ""),
                mode=str(actor.get("bypass_mode") or "always"),
            )
            for actor in gate.bypass or ()
        ]
    return [
        Bypass(gate=label, kind=str(a.get("type", "")), id=str(a.get("id", "")), name=str(a.get("name", "")), what=what)
        for key, what in _ALLOWANCES
        for a in gate.rules.get(key) or ()
    ]


class _Merged:
    """Collects rules of many gates; of each the most restrictive stays."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.checks: list[tuple[str, str]] = []
        self.workflows: list[dict[str, Any]] = []

    def raise_to(self, key: str, value: int) -> None:
        self.values[key] = max(self.values.get(key, type(value)()), value)

    def take_classic(self, rules: dict[str, Any]) -> None:
        for key, field in _CLASSIC.items():
            self.raise_to(key, bool(rules.get(field)))
        if rules.get("requiresApprovingReviews"):
            self.raise_to("required_reviews", int(rules.get("requiredApprovingReviewCount") or 0))
            for key, field in _CLASSIC_REVIEWS.items():
                self.raise_to(key, bool(rules.get(field)))
        self.raise_to("blocks_force_push", not rules.get("allowsForcePushes", False))
        self.raise_to("blocks_deletion", not rules.get("allowsDeletions", False))
        self.raise_to("blocks_creation", bool(rules.get("restrictsPushes") and rules.get("blocksCreations")))
        if rules.get("requiresStatusChecks"):
            self.raise_to("strict_checks", bool(rules.get("requiresStrictStatusChecks")))
            listed = rules.get("requiredStatusChecks") or ()
            self.checks += [(str(c.get("context", "")), _app_id(c.get("app"))) for c in listed]
        self.values["admins_exempt"] = not rules.get("isAdminEnforced", False)

    def take_rule(self, kind: str, given: dict[str, Any]) -> None:
        """Take one rule of a ruleset; naming and metadata rules decide no access and are passed over."""
        if kind in _PLAIN_RULES:
            self.raise_to(_PLAIN_RULES[kind], True)
        match kind:
            case "pull_request":
                self.raise_to("required_reviews", int(given.get("required_approving_review_count") or 0))
                for key, field in _RULESET_REVIEWS.items():
                    self.raise_to(key, bool(given.get(field)))
                self.raise_to("dismissal_restricted", bool((given.get("dismissal_restriction") or {}).get("enabled")))
            case "required_status_checks":
                self.raise_to("strict_checks", bool(given.get("strict_required_status_checks_policy")))
                listed = given.get("required_status_checks") or ()
                self.checks += [(str(c.get("context", "")), _app_id(c.get("integration_id"))) for c in listed]
            case "workflows":
                self.workflows += given.get("workflows") or ()


_CLASSIC = {
    "requires_pull_request": "requiresApprovingReviews",
    "conversation_resolution": "requiresConversationResolution",
    "signatures": "requiresCommitSignatures",
    "linear_history": "requiresLinearHistory",
    "restricts_push": "restrictsPushes",
    "locked": "lockBranch",
}
_CLASSIC_REVIEWS = {
    "dismisses_stale": "dismissesStaleReviews",
    "last_push_approval": "requireLastPushApproval",
    "code_owner_review": "requiresCodeOwnerReviews",
    "dismissal_restricted": "restrictsReviewDismissals",
}
_RULESET_REVIEWS = {
    "dismisses_stale": "dismiss_stale_reviews_on_push",
    "last_push_approval": "require_last_push_approval",
    "code_owner_review": "require_code_owner_review",
    "conversation_resolution": "required_review_thread_resolution",
}
_PLAIN_RULES = {
    "pull_request": "requires_pull_request",
    "required_signatures": "signatures",
    "required_linear_history": "linear_history",
    "non_fast_forward": "blocks_force_push",
    "deletion": "blocks_deletion",
    "creation": "blocks_creation",
    "update": "restricts_push",
    "merge_queue": "merge_queue",
}


def protection_of(gates: Iterable[Gate], branch: str, default_branch: str) -> Protection:
    """Merge all gates that apply to a branch. The branch need not exist: this answers for a name to be created."""
    every = list(gates)
    classic = classic_rule(every, branch, default_branch)
    rulesets = applying_rulesets(every, branch, default_branch)
    merged = _Merged()
    if classic is not None:
        merged.take_classic(classic.rules)
    for gate in rulesets:
        for kind, given in ruleset_rules(gate):
            merged.take_rule(kind, given)
    return Protection(
        branch=branch,
        classic=classic,
        rulesets=tuple(gate for gate in rulesets if gate.target == "branch"),
        status_checks=tuple(dict.fromkeys(merged.checks)),
        required_workflows=tuple(merged.workflows),
        bypass=tuple(b for gate in ([classic] if classic else []) + rulesets for b in bypasses(gate)),
        bypass_unknown=tuple(gate.name or str(gate.ref) for gate in rulesets if gate.bypass is None),
        **merged.values,
    )


def _app_id(value: Any) -> str:
    """Return the app that must report a check, "" where any may (`-1` and null mean any)."""
    if isinstance(value, dict):
        value = value.get("databaseId") or value.get("id")
    return "" if value in (None, -1, "-1", "") else str(value)


def creation_blockers(gates: Iterable[Gate]) -> list[Gate]:
    """Return the gates by which no new branch of any name may be created by somebody who merely may write.

    Only a rule over all names that also blocks creation stops "write, new branch, own workflow". A classic `*`
    leaves names with a slash open.
    """
    found = []
    for gate in gates:
        if not gate.active or gate.excluded or not any(covers_all(pattern) for pattern in gate.patterns):
            continue
        if gate.kind is GateKind.BRANCH_PROTECTION:
            blocks = bool(gate.rules.get("restrictsPushes") and gate.rules.get("blocksCreations"))
        else:
            blocks = gate.kind is GateKind.RULESET and gate.target == "branch" and _may_block_creation(gate)
        if blocks:
            found.append(gate)
    return found


def repository_gates(
    own: Iterable[Gate], inherited: Iterable[Gate], repository: Ref, name: str, attributes: Mapping[str, object]
) -> list[Gate]:
    """Return the gates of a repository: its own and those of its organization and enterprise that select it.

    `attributes` are the repository's, for rulesets may select by its properties.
    """
    return [*own, *(gate for gate in inherited if _selects(gate, repository, name, attributes))]


SYSTEM_PROPERTIES = frozenset({"visibility", "fork", "language"})
"""Properties of every repository that are read; a ruleset names them with the source `system`.

https://docs.github.com/en/rest/orgs/rules#create-an-organization-repository-ruleset (repository_property: source)
"""


def selects_by_unread(gate: Gate, attributes: Mapping[str, object]) -> str:
    """Name the property by which a ruleset picks its repositories where that was not read and decides it, else "".

    https://docs.github.com/en/rest/orgs/rules (conditions: repository_property)
    """
    included, excluded = _properties(gate)
    fits = [_has(attributes, each) for each in included]
    misfits = [_has(attributes, each) for each in excluded]
    if False in fits or True in misfits:
        return ""
    answers = zip((*included, *excluded), (*fits, *misfits), strict=True)
    return next((str(each.get("name")) for each, has in answers if has is None), "")


def _properties(gate: Gate) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the properties that a ruleset includes and excludes."""
    wanted = (gate.rules.get("conditions") or {}).get("repository_property") or {}
    return list(wanted.get("include") or ()), list(wanted.get("exclude") or ())


def _has(attributes: Mapping[str, object], wanted: dict[str, Any]) -> bool | None:
    """Tell whether a repository has one of the values of a property, None where that was not read."""
    name, values = str(wanted.get("name")), {str(v).lower() for v in wanted.get("property_values") or ()}
    if wanted.get("source") == "system":
        if name not in SYSTEM_PROPERTIES or name not in attributes:
            return None
        return str(attributes[name]).lower() in values
    properties = attributes.get("properties")
    if not isinstance(properties, dict):
        return None
    value = properties.get(name)
    held = {str(v).lower() for v in value} if isinstance(value, (list, tuple)) else {str(value).lower()} - {"none"}
    return bool(held & values)


def _selects(gate: Gate, repository: Ref, name: str, attributes: Mapping[str, object]) -> bool:
    """Tell whether an organization's ruleset covers a repository for certain, by name, by id or by property.

    All properties of the include list must fit, and none of the exclude list.
    https://docs.github.com/en/rest/orgs/rules (conditions: repository_name, repository_id, repository_property)
    """
    conditions = gate.rules.get("conditions") or {}
    short = name.rsplit("/", 1)[-1]
    by_name = conditions.get("repository_name")
    if by_name:
        included = any(matches(p, short) for p in by_name.get("include") or ())
        return included and not any(matches(p, short) for p in by_name.get("exclude") or ())
    if conditions.get("repository_property"):
        wanted, unwanted = _properties(gate)
        fits = all(_has(attributes, each) is True for each in wanted)
        return fits and all(_has(attributes, each) is False for each in unwanted)
    by_id = conditions.get("repository_id")
    if by_id:
        return repository.key in {str(i) for i in by_id.get("repository_ids") or ()}
    return True
