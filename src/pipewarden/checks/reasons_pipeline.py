"""Checks of the catalogue about branches, environments, Actions, secrets and logs that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        "gh.act.cache_policy",
        "what a run writes to the cache is not in the facts; artifacts are judged with the workflow files",
    ),
    NotBuilt("gh.run.iam_role", "needs the cloud's view of the machine that a runner is on, which is not collected"),
    NotBuilt("gh.log.git_events", "no API tells whether Git events and addresses are in the audit log"),
    NotBuilt("ado.org", "needs the API of Azure DevOps, which is not collected yet: no pipeline file tells of it"),
)
"""Each with the reason in words; the tests hold that every id of these sections is either built or here."""
