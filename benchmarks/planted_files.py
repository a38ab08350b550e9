"""Pipelines of every system and what they pull in, each with one place for a value: where secrets really stand."""

# ruff: noqa: E501, Q003  (a table: one place, one line)
import base64
import random
import re
from dataclasses import dataclass

from benchmarks.planted import HEX, LETTERS, Value, chars

SAFE = re.compile(r"[A-Za-z0-9_./+=-][A-Za-z0-9_./+=@~^%-]*")
NAME, VALUE = "@@NAME@@", "@@VALUE@@"


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of place: the file it is in, its text, and how a value is written there.

    `bare`: the name is not written there, so that only a value with a form of its own can be known.
    """

    name: str
    path: str
    text: str
    quoting: str = "yaml"
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Planted:
    """A file with one value in it; `start` and `end` are the offsets of the value as written."""

    place: str
    path: str
    text: str
    value: Value
    start: int
    end: int


WORKFLOW = """name: deploy
on:
  push:
    branches: [main]
permissions:
  contents: read
  id-token: write
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@@@SHA@@
      - uses: actions/cache@@@SHA@@
        with:
          path: ~/.cache
          key: ${{ runner.os }}-@@SHA@@
      - env:
          GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}
        run: gh release list
  deploy:
    needs: build
    runs-on: [self-hosted, linux-x64]
    secrets: inherit
"""
GITLAB = """stages: [build, deploy]
variables:
  DOCKER_TLS_CERTDIR: "/certs"
  BUILDER: "registry.acme.example/tools/builder@sha256:@@SUM@@"
build:
  stage: build
  tags: [linux-medium]
  id_tokens:
    VAULT_ID_TOKEN:
      aud: https://vault.acme.example
  script:
    - docker login -u "$CI_REGISTRY_USER" -p "$CI_REGISTRY_PASSWORD" "$CI_REGISTRY"
    - echo "@@SUM@@  tool.tgz" | sha256sum -c
"""
AZURE = """trigger: [main]
pool:
  vmImage: ubuntu-22.04
variables:
  - group: shared-secrets
  - name: imageTag
    value: $(Build.BuildId)
"""
CIRCLE = """version: 2.1
orbs:
  node: circleci/node@5.2.0
jobs:
  build:
    docker:
      - image: cimg/node:20.11@sha256:@@SUM@@
        auth:
          username: acme
          password: $DOCKERHUB_PASSWORD
"""
JENKINS = """pipeline {
  agent { label 'linux && docker' }
  options { timeout(time: 1, unit: 'HOURS') }
"""

PLACES: tuple[Place, ...] = (
    Place("workflow env", ".github/workflows/deploy.yml", WORKFLOW + "    env:\n      @@NAME@@: @@VALUE@@\n    steps:\n      - run: make deploy\n"),
    Place("workflow top env", ".github/workflows/top.yml", "env:\n  CI: true\n  @@NAME@@: @@VALUE@@\n" + WORKFLOW + "    steps:\n      - run: make deploy\n"),
    Place("workflow with", ".github/workflows/publish.yml", WORKFLOW + "    steps:\n      - uses: acme/publish@@@SHA@@\n        with:\n          registry: npm\n          @@NAME@@: @@VALUE@@\n"),
    Place("workflow run export", ".github/workflows/release.yml", WORKFLOW + "    steps:\n      - name: Release\n        run: |\n          set -euo pipefail\n          export @@NAME@@='@@VALUE@@'\n          ./scripts/release.sh --verbose\n", "shell"),
    Place("workflow run flag", ".github/workflows/flag.yml", WORKFLOW + "    steps:\n      - run: |\n          acme-cli push --@@NAME@@ '@@VALUE@@' --channel stable\n", "shell"),
    Place("workflow run header", ".github/workflows/notify.yml", WORKFLOW + "    steps:\n      - run: |\n          curl -fsS -H \"Authorization: Bearer @@VALUE@@\" https://api.acme.example/deploys\n", "shell", bare=True),
    Place("workflow neutral name", ".github/workflows/neutral.yml", WORKFLOW + "    env:\n      DEPLOY_VALUE: @@VALUE@@\n    steps:\n      - run: make deploy\n", bare=True),
    Place("composite action", "actions/setup/action.yml", "name: setup\ninputs:\n  version:\n    default: '20'\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      env:\n        @@NAME@@: @@VALUE@@\n      run: ./setup.sh\n"),
    Place("gitlab variables", ".gitlab-ci.yml", GITLAB + "deploy:\n  stage: deploy\n  variables:\n    @@NAME@@: @@VALUE@@\n  script: [make deploy]\n"),
    Place("gitlab script", "ci/release.gitlab-ci.yml", GITLAB + "release:\n  stage: deploy\n  before_script:\n    - export @@NAME@@=@@VALUE@@\n  script:\n    - make release\n", "word"),
    Place("jenkins environment", "Jenkinsfile", JENKINS + "  environment {\n    REGISTRY = credentials('registry-login')\n    @@NAME@@ = '@@VALUE@@'\n  }\n  stages { stage('deploy') { steps { sh 'make deploy' } } }\n}\n", "shell"),
    Place("jenkins sh", "ci/release.jenkinsfile", JENKINS + "  stages {\n    stage('release') {\n      steps {\n        sh \"\"\"\n          export @@NAME@@='@@VALUE@@'\n          ./release.sh\n        \"\"\"\n      }\n    }\n  }\n}\n", "shell"),
    Place("azure variables", "azure-pipelines.yml", AZURE + "  - name: @@NAME@@\n    value: @@VALUE@@\nsteps:\n  - script: make deploy\n"),
    Place("azure step env", "azure-pipelines-release.yml", AZURE + "steps:\n  - script: make deploy\n    env:\n      @@NAME@@: @@VALUE@@\n"),
    Place("circleci environment", ".circleci/config.yml", CIRCLE + "    environment:\n      @@NAME@@: @@VALUE@@\n    steps: [checkout]\n"),
    Place("bitbucket script", "bitbucket-pipelines.yml", "image: node:20\npipelines:\n  default:\n    - step:\n        deployment: production\n        script:\n          - export @@NAME@@=@@VALUE@@\n          - npm ci\n", "word"),
    Place("env file", ".env.production", "# made by ops\nNODE_ENV=production\nLOG_LEVEL=info\n@@NAME@@=@@VALUE@@\nPORT=8080\n", "word"),
    Place("compose map", "compose.yml", "services:\n  web:\n    image: acme/web:1.4.2@sha256:@@SUM@@\n    environment:\n      LOG_LEVEL: info\n      @@NAME@@: @@VALUE@@\n    secrets: [web_tls]\n"),
    Place("compose list", "docker-compose.prod.yml", "services:\n  web:\n    image: acme/web:1.4.2\n    environment:\n      - LOG_LEVEL=info\n      - @@NAME@@=@@VALUE@@\n", "item"),
    Place("kubernetes env", "deploy/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations:\n    checksum/config: @@SUM@@\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: acme/web@sha256:@@SUM@@\n          env:\n            - name: DB_HOST\n              value: db\n            - name: @@NAME@@\n              value: @@VALUE@@\n"),
    Place("kubernetes secret data", "deploy/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\ntype: Opaque\ndata:\n  @@NAME@@: @@VALUE@@\n", "base64"),
    Place("kubernetes secret text", "deploy/secret-text.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\nstringData:\n  @@NAME@@: @@VALUE@@\n"),
    Place("helm values", "charts/web/values.yaml", "replicaCount: 2\nimage:\n  tag: 1.4.2\nexistingSecret: web-tls\nauth:\n  @@NAME@@: @@VALUE@@\n"),
    Place("dockerfile env", "Dockerfile", "FROM node:20@sha256:@@SUM@@\nWORKDIR /app\nENV @@NAME@@=@@VALUE@@\nRUN npm ci\n", "word"),
    Place("dockerfile arg", "build/Dockerfile", "FROM python:3.12\nARG @@NAME@@=@@VALUE@@\nRUN pip install -r requirements.txt\n", "word"),
    Place("terraform variable", "infra/variables.tf", "variable \"@@NAME@@\" {\n  type        = string\n  description = \"what the deployment uses\"\n  default     = \"@@VALUE@@\"\n}\n", "shell"),
    Place("terraform tfvars", "infra/prod.tfvars", "region = \"eu-west-1\"\n@@NAME@@ = \"@@VALUE@@\"\n", "shell"),
    Place("shell script", "scripts/deploy.sh", "#!/bin/sh\nset -eu\nexport @@NAME@@=\"@@VALUE@@\"\nexec make deploy\n", "shell"),
    Place("python script", "ci/deploy.py", "import os\n\n@@NAME@@ = \"@@VALUE@@\"\nREGION = os.environ[\"REGION\"]\n", "shell"),
    Place("properties", "config/app.properties", "server.port=8080\n@@NAME@@=@@VALUE@@\n", "raw"),
    Place("json settings", "config/settings.json", "{\n  \"logLevel\": \"info\",\n  \"@@NAME@@\": \"@@VALUE@@\"\n}\n", "shell"),
)  # fmt: skip


def written(value: str, quoting: str, dice: random.Random) -> tuple[str, str]:
    """Return a value as an author writes it there, and what of it is the value."""
    if quoting == "base64":
        text = base64.b64encode(value.encode()).decode()
        return text, text
    if quoting == "yaml":
        mark = "" if SAFE.fullmatch(value) and not value.isdigit() and dice.random() < 0.7 else dice.choice("\"'")
        return f"{mark}{value}{mark}", value
    if quoting == "item":
        return value, value
    if quoting == "word":
        mark = "" if SAFE.fullmatch(value) and dice.random() < 0.7 else dice.choice("\"'")
        return f"{mark}{value}{mark}", value
    return value, value


def plant(place: Place, value: Value, dice: random.Random) -> Planted:
    """Put a value into a place."""
    text = place.text
    while "@@SHA@@" in text or "@@SUM@@" in text:
        text = text.replace("@@SHA@@", chars(HEX, 40)(dice), 1).replace("@@SUM@@", chars(HEX, 64)(dice), 1)
    name = value.name.lower().replace("_", "-") if place.name == "workflow run flag" else value.name
    whole, inner = written(value.text, place.quoting, dice)
    text = text.replace(NAME, name)
    start = text.index(VALUE) + whole.index(inner)
    return Planted(place.name, place.path, text.replace(VALUE, whole), value, start, start + len(inner))


def has_form(value: Value) -> bool:
    """Tell whether a value can be known without its name."""
    from benchmarks.planted import SHAPED

    return value.kind in {kind for kind, _, _ in SHAPED} - {"aws_secret_access_key"}


def planted(seed: int, each: int) -> list[Planted]:
    """Return files: every row of the tables `each` times, in places that the seed picks, all places in turn."""
    from benchmarks.planted import values

    dice = random.Random(f"planted {seed}")
    out = []
    queue: list[Place] = []
    for value in values(dice, each):
        for _ in range(2 * len(PLACES)):
            if not queue:
                queue = list(PLACES)
                dice.shuffle(queue)
            place = queue.pop()
            # behind `Bearer` anything random is one, whatever its author drew it for
            if not place.bare or has_form(value) or (not value.secret and "header" not in place.name):
                out.append(plant(place, value, dice))
                break
    return out


__all__ = ["LETTERS", "Planted", "planted"]
