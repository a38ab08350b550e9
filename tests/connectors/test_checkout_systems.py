"""A checkout with pipelines of Azure, CircleCI and Bitbucket is audited without a token, templates beside them included."""

import asyncio
from pathlib import Path

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from tests.checks.builder import NOW

FILES = {
    "azure-pipelines.yml": "trigger: [main]\npr: none\njobs:\n- template: ci/job.yml\n  parameters: { where: prod }\n",
    "ci/job.yml": "parameters: { where: '' }\njobs:\n- job: ship\n  steps:\n"
    "  - { task: D@1, inputs: { azureSubscription: '${{ parameters.where }}' } }\n  - bash: echo $(Build.RequestedFor)\n",
    ".circleci/config.yml": "orbs: { x: globex/x@volatile }\njobs: {}\n",
    "bitbucket-pipelines.yml": "pipelines: { default: [{ step: { deployment: production, script: [./go] } }] }\n",
}


def test_a_checkout_of_three_systems(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    into = SnapshotBuilder()
    asyncio.run(Checkout(tmp_path).collect(into, lambda *_: None))
    snapshot = into.finish(SnapshotInfo(sources=("test",), started=NOW, ended=NOW))
    verdicts = judge(checks.ALL, View(snapshot))
    told = {(each.check, each.file, each.line, each.reach) for each in verdicts.findings if each.file}
    assert told == {
        ("ado.pipe.inject", "ci/job.yml", 6, ("1 secret (prod)",)),
        ("cc.orb.moves", ".circleci/config.yml", 1, ()),
        ("bb.deploy.any_branch", "bitbucket-pipelines.yml", 1, ("1 environment (production)",)),
    }
