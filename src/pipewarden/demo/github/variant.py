"""What may go wrong on the other side, by switch."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Templates = frozenset[str]


@dataclass
class Variant:
    """How the server misbehaves; all off by default.

    Sets name templates of paths (`/orgs/{org}/installations`), `graphql`, or patterns of them (`/repos/*/keys`).
    """

    secondary_every: int = 0
    """Every so many requests one is refused with a secondary limit."""
    secondary_status: int = 403
    secondary_retry_after: int | None = 1
    """Seconds in Retry-After, None to leave the header out."""
    primary_left: int = 0
    """The primary limit's size; 0 for a large one."""
    primary_reset: int = 1
    """Seconds until an exhausted primary limit is whole again."""
    graphql_limited_every: int = 0
    """Every so many GraphQL answers one is 200 with a RATE_LIMITED error, as the real one exhausts its points."""
    failures: int = 0
    """So many requests at the start fail with `failure_status`."""
    failure_every: int = 0
    """Every so many requests one fails with `failure_status`."""
    failure_status: int = 502
    largest_page: int = 0
    """GraphQL connections asked for more than this are given up with 502; 0 for any."""
    slow: float = 0.0
    """Seconds that every answer waits."""
    truncated: Templates = frozenset()
    """Templates whose JSON is cut in the middle."""
    html: Templates = frozenset()
    """Templates answered with a sign-in page."""
    forbidden: Templates = frozenset()
    """Templates refused with 403."""
    missing: Templates = frozenset()
    """Templates that answer 404."""
    gone: Templates = frozenset()
    """Templates that answer 410."""
    endless: Templates = frozenset()
    """Templates whose next-link never ends."""
    foreign: Templates = frozenset()
    """Templates whose next-link leads to another host."""
    duplicated: Templates = frozenset()
    """Templates whose pages begin with what the page before ended with, as lists do that change while they are read."""
    huge: Templates = frozenset()
    """Templates answered with more bytes than anybody should read."""
    long_names: Templates = frozenset()
    """Templates whose first name has `long_name` letters."""
    long_name: int = 10_000_000
    nulls: Templates = frozenset()
    """Templates whose objects have null in every field but the id."""
    unknown_words: Templates = frozenset()
    """Templates whose enumerations have a value that nobody has heard of."""
    stale_etags: Templates = frozenset()
    """Templates whose ETag stays as it was when the answer changes."""
    refused_fields: frozenset[str] = frozenset()
    """GraphQL fields refused with FORBIDDEN, while the rest is answered."""
    refused_places: frozenset[str] = frozenset()
    """Places in GraphQL answers refused with FORBIDDEN, as patterns of `Teams:organization.teams.nodes.0.members`; null
    moves outwards to the next field that may be null, as the schema has it."""
    null_places: frozenset[str] = frozenset()
    """Places in GraphQL answers that are null whatever the schema says, and nothing is said of it in `errors`."""
    errors_told: bool = False
    """Whether each of `null_places` has its entry in `errors` after all."""
    unheard_places: frozenset[str] = frozenset()
    """Places in GraphQL answers with a word that nobody has heard of."""
    largest_connection: int = 0
    """GraphQL connections give at most so many at a time, however many were asked for; 0 for what was asked for."""
    failing_queries: dict[str, int] = field(default_factory=dict)
    """GraphQL queries that fail, each with its status, as patterns of operation and cursor: `Repositories cursor:25`."""
    unauthorized_after: int = 0
    """After so many requests every credential is refused; 0 for never."""
    stop_after: int = 0
    """After so many requests the server answers no more; 0 for never."""
    enterprise_server: bool = False
    """Whether it is a GitHub Enterprise Server: it answers below /api alone, and lacks what only the cloud has."""
    seen: dict[str, int] = field(default_factory=dict)


CLOUD_ALONE = frozenset(
    {"/orgs/{org}/credential-authorizations", "/scim/v2/organizations/{org}/Users", "/orgs/{org}/team-sync/groups"}
)
"""Templates that no GitHub Enterprise Server has.

https://docs.github.com/en/enterprise-server@latest/rest: its pages on organizations, SCIM and teams are without them
"""


def names(templates: Templates, template: str) -> bool:
    """Tell whether a template is among those named, by itself or by a pattern."""
    return template in templates or any("*" in each and fnmatchcase(template, each) for each in templates)
