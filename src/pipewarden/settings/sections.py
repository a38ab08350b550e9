"""A commented section of the configuration for each system beside GitHub, as `pipewarden init` writes them."""

SECTIONS: dict[str, str] = {
    "gitlab": """
  # A group of GitLab with all below it; `host` where it is not gitlab.com. docs/gitlab.md tells what the token needs.
  # - gitlab: acme
  #   host: gitlab.com
  #   token: { env: GITLAB_TOKEN }
""",
    "okta": """
  # An Okta organization: the first word of its address. A service app holds read scopes alone (docs/okta.md).
  # - okta: acme
  #   host: acme.okta.com
  #   app: { id: 0oa1client, private_key: { file: /etc/pipewarden/okta.pem } }
""",
    "entra": """
  # A tenant of Microsoft Entra ID, by a name of yours, read as an application (docs/entra.md).
  # - entra: acme
  #   tenant: 11111111-2222-3333-4444-555555555555
  #   client_id: 22222222-3333-4444-5555-666666666666
  #   certificate: { file: /etc/pipewarden/entra.pem }
""",
    "jenkins": """
  # A Jenkins controller, by a name of yours, and the user whose API token is given (docs/jenkins.md).
  # - jenkins: acme
  #   host: jenkins.example.com
  #   user: pipewarden
  #   token: { env: PIPEWARDEN_JENKINS_TOKEN }
""",
    "vault": """
  # An OpenBao or Vault, by a name of yours; its token has the policy of docs/vault.md and reads no secret.
  # - vault: acme
  #   host: vault.example.com
  #   token: { env: VAULT_TOKEN }
""",
    "roster": """
  # Lists in files: who is here, who left, whose accounts and machines are whose (docs/identities.md).
  # - roster: hr
  #   file: people.csv
  # - roster: owners
  #   file: owners.yaml
""",
}
"""Each as it stands in the file; without its marks it is a source as docs/settings.md describes it."""
