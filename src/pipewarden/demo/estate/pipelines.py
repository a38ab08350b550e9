"""The pipeline files of acme: what a team writes in a hurry, and what a careful one writes."""

DEPLOY_WEB = """\
name: deploy
on:
  push:
    branches: [main]
  workflow_dispatch:
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
  deploy:
    needs: test
    runs-on: ubuntu-latest
    environment: production
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::111122223333:role/web-deploy
          aws-region: eu-central-1
      - run: ./deploy.sh
        env:
          DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}
          SLACK_WEBHOOK: ${{ secrets.SLACK_WEBHOOK }}
"""

TERRAFORM = """\
name: terraform
on:
  push:
    branches: [main]
  pull_request:
permissions: write-all
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: hashicorp/setup-terraform@v3
      - run: terraform plan
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""

LABEL_SITE = """\
name: preview
on:
  pull_request_target:
    types: [opened, synchronize]
jobs:
  preview:
    runs-on: [self-hosted, linux]
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: npm ci && npm run build
        env:
          NETLIFY_TOKEN: ${{ secrets.NETLIFY_TOKEN }}
"""

API_RELEASE = """\
name: release
on:
  workflow_dispatch:
    inputs:
      target:
        description: where to
        required: true
jobs:
  release:
    runs-on: ubuntu-latest
    environment: ${{ inputs.target }}
    steps:
      - uses: actions/checkout@v4
      - run: ./release.sh
        env:
          PROD_DB_PASSWORD: ${{ secrets.PROD_DB_PASSWORD }}
"""

CAREFUL = """\
name: deploy
on:
  push:
    branches: [main]
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with:
          persist-credentials: false
      - run: ./deploy.sh
        env:
          DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}
"""

BROKEN = """\
name: broken
on: push
jobs:
  build:
   runs-on: ubuntu-latest
    steps: [
"""

CODEOWNERS = """\
# who is asked
*                 @acme/engineering
/deploy/          @acme/platform
/.github/         @carol
"""

CAREFUL_CODEOWNERS = """\
*                     @acme-labs/builders
/.github/             @acme-labs/builders
/.github/CODEOWNERS   @acme-labs/builders
"""
