"""Which rulesets are for a repository: its own, its organization's, its enterprise's."""

from fnmatch import fnmatchcase

from pipewarden.demo.estate.kinds import Estate, Json, Organization, Repository


def applies(ruleset: Json, repo: Repository) -> bool:
    """Tell whether a ruleset of the organization or the enterprise is for a repository."""
    names = ruleset["conditions"].get("repository_name")
    if names is None:
        return True
    included = any(each == "~ALL" or fnmatchcase(repo.name, each) for each in names["include"])
    return included and not any(fnmatchcase(repo.name, each) for each in names["exclude"])


def rulesets_of(
    estate: Estate, org: Organization, repo: Repository, *, parents: bool = True
) -> list[tuple[Json, str, str]]:
    """Return the rulesets that are for a repository, each with the name and the kind of where it is from."""
    rows = [(row, f"{org.login}/{repo.name}", "Repository") for row in repo.rulesets]
    if parents:
        rows += [(row, org.login, "Organization") for row in org.rulesets if applies(row, repo)]
        given = estate.enterprise.get("rulesets") or ()
        rows += [(row, str(estate.enterprise["slug"]), "Enterprise") for row in given if applies(row, repo)]
    return rows
