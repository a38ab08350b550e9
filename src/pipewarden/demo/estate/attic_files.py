"""The pipeline files of acme-attic: each shows one thing that goes wrong."""

CODEOWNERS = """\
/src/    @acme-attic/quorum
"""

PUBLISH = """\
name: publish
on:
  release:
    types: [published]
permissions: {}
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: produciton
    steps:
      - run: ./publish.sh
"""

STEERED = """\
name: steered
on:
  push:
    branches: [main]
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: ./deploy.sh "$TARGET"
        env:
          TARGET: ${{ vars.TARGET_HOST }}
          PRESS_TOKEN: ${{ secrets.PRESS_TOKEN }}
"""

CLOUD = """\
name: cloud
on:
  push:
    branches: [main]
jobs:
  deploy:
    permissions:
      id-token: write
      contents: read
    uses: somebody/workflows/.github/workflows/deploy.yml@main
"""

GREET = """\
name: greet
on:
  issues:
    types: [opened]
permissions:
  issues: write
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: echo "hello ${{ github.event.issue.title }}"
"""

REPORT = """\
name: report
on:
  workflow_run:
    workflows: [test]
    types: [completed]
permissions:
  contents: write
jobs:
  report:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093
        with:
          run-id: ${{ github.event.workflow_run.id }}
          github-token: ${{ github.token }}
      - run: ./report.sh
"""

EVERYTHING = """\
name: everything
on:
  push:
    branches: [main]
permissions: {}
jobs:
  all:
    runs-on: ubuntu-latest
    steps:
      - run: ./upload.sh
        env:
          ALL: ${{ toJSON(secrets) }}
"""

GUARDED = """\
name: guarded
on:
  push:
    branches: [main]
permissions: {}
jobs:
  guarded:
    if: |
      ${{ github.actor == 'bob' }}
    runs-on: ubuntu-latest
    steps:
      - run: make
"""

PRESS = {
    "publish.yml": PUBLISH,
    "steered.yml": STEERED,
    "cloud.yml": CLOUD,
    "greet.yml": GREET,
    "report.yml": REPORT,
    "guarded.yml": GUARDED,
}
VAULT = {"deploy.yml": STEERED.replace("PRESS_TOKEN", "VAULT_TOKEN").replace("TARGET_HOST", "NOWHERE")}
DUSTY = {"everything.yml": EVERYTHING}

BORROWED = f"""\
name: borrowed
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  notes:
    runs-on: ubuntu-latest
    steps:
      # only a fork has this commit, and the comment says otherwise
      - uses: actions/checkout@{"f" * 40} # v4.2.2
        with:
          persist-credentials: false
      - uses: tj-actions/changed-files@v44
      - uses: oldhome/upload@v1.2.0
      - uses: nobody-any-more/lint@v1
      - uses: somebody/announce@v2
"""
"""What runs here is not what its names say: an impostor, a known fault, two names that are free, a branch for a tag."""

VETTED = f"""\
name: vetted
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  notes:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      # an older release of the line that the comment names, and a commit of a side branch that no tag points to
      - uses: actions/checkout@{"a" * 40} # v4
        with:
          persist-credentials: false
      - uses: actions/checkout@{"e" * 40}
        with:
          persist-credentials: false
      - uses: actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0
      - uses: aws-actions/configure-aws-credentials@{"8" * 40} # v4.1.0
"""
"""The near misses: every commit is of the repository that it is named under, and every comment says what it is."""

SHOP = {"borrowed.yml": BORROWED, "vetted.yml": VETTED}
