"""Checks of the catalogue about GitLab that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt("gl.group.saml_default_role", "the default role of SAML is in GraphQL alone, which is not read yet"),
    NotBuilt(
        "gl.tok.impersonation",
        "impersonation tokens are in each user's own list alone: a request for each user, which is not spent yet",
    ),
    NotBuilt(
        "gl.tok.ssh_key_old",
        "SSH keys are in each user's own list alone: a request for each user, which is not spent yet",
    ),
    NotBuilt("gl.log.audit_stream", "streaming destinations are in GraphQL alone, which is not read yet"),
    NotBuilt("gl.mr.policy", "approval policies lie in a security policy project, which is not followed yet"),
    NotBuilt("gl.ci.k8s_agent", "agents and their config.yaml are not read yet"),
    NotBuilt("gl.ci.secure_files", "secure files are not listed yet"),
    NotBuilt(
        "gl.ci.pipeline_policy",
        "pipeline execution policies lie in a security policy project, which is not followed yet",
    ),
    NotBuilt("gl.run.nonephemeral", "the executor of a runner is in GraphQL alone, which is not read yet"),
)
"""Each with the reason in words; the tests hold that every id of these sections is either built or here."""
