"""Checks of the catalogue about GitLab that are not built, and why."""

from pipewarden.checks.reasons import NotBuilt

NOT_BUILT: tuple[NotBuilt, ...] = (
    NotBuilt(
        "gl.proj.owners",
        "who is an owner or maintainer through which group is told by who-can; no number of them is wrong",
    ),
    NotBuilt("gl.member.minimal_access", "needs the whole of a person's shares compared; why tells it of one person"),
    NotBuilt("gl.group.saml_default_role", "the default role of SAML is in GraphQL alone, which is not read yet"),
    NotBuilt(
        "gl.tok.service_account", "tokens of service accounts are not joined with the pipelines that use them yet"
    ),
    NotBuilt("gl.tok.impersonation", "needs one request for each user, which is not spent yet"),
    NotBuilt("gl.tok.ssh_key_old", "needs one request for each user, which is not spent yet"),
    NotBuilt("gl.log.audit_stream", "streaming destinations are in GraphQL alone, which is not read yet"),
    NotBuilt(
        "gl.pb.branch_create", "who may make a branch that a rule covers is answered by who-can, and not judged yet"
    ),
    NotBuilt("gl.ci.secure_files", "secure files are not listed yet"),
    NotBuilt("gl.run.nonephemeral", "the executor of a runner is in GraphQL alone, which is not read yet"),
    NotBuilt("gl.int.creds", "integrations are not listed yet"),
)
"""Each with the reason in words; the tests hold that every id of these sections is either built or here."""
