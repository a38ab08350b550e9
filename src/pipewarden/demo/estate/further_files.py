"""What stands beside acme's workflows: an action of its own, whom octo-sts and AWS trust, what Dependabot may, and one password."""

_PARTS = ("Qx7v", "Lm2", "!4817", "tKz")
PASSWORD = "".join(_PARTS)
"""Put together from parts, so that no text in the form of a secret stands in the product's own files."""

NIGHTLY = f"""\
name: nightly
on:
  schedule:
    - cron: "0 3 * * *"
permissions:
  contents: read
  id-token: write
jobs:
  copy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          persist-credentials: false
      - uses: hashicorp/vault-action@4c06c5ccf5c0761b6029f56cfb1dcf5565918a3b
        with:
          url: https://vault.acme.example
          role: api
          method: jwt
          secrets: |
            secret/data/prod/db password | DB_PASSWORD
      - uses: ./.github/actions/database
        env:
          REPLICA_PASSWORD: "{PASSWORD}"
"""

BUILD = """\
name: build
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/database
"""

DATABASE = """\
name: database
description: Copies the database to its replica
runs:
  using: composite
  steps:
    - uses: acme-tools/wait-for-postgres@v1
    - run: ./copy.sh
      shell: bash
"""

RELEASE_TRUST = """\
# the release of web opens pull requests here
issuer: https://token.actions.githubusercontent.com
subject_pattern: repo:acme/web:ref:refs/heads/.*
permissions:
  contents: write
  pull_requests: write
"""

DEPENDABOT = """\
version: 2
updates:
  - package-ecosystem: npm
    directory: /
    schedule:
      interval: daily
    insecure-external-code-execution: allow
"""

WEB_DEPLOY = """\
resource "aws_iam_role" "web" {
  name = "web-deploy"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = "repo:acme/web:*" }
      }
    }]
  })
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
"""
"""The role that the job `deploy` of acme/web acts as: meant for production, and open to every branch."""
