"""What stands beside acme's workflows: an action of its own, whom octo-sts trusts, what Dependabot may, and one password."""

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
