"""What the checks of GitLab say of acme: each finding of the story, and what stands beside it and is left in peace."""

import pytest

from pipewarden import checks
from pipewarden.audit import judged
from pipewarden.model.findings import Finding
from tests.checks.test_every_check import catalogue
from tests.connectors.gitlab.collecting import collected

SAID = {
    "gl.user.mfa_off": "carol has no second factor in GitLab and no single sign-on",
    "gl.user.admin_stale": "heidi administers gitlab:gitlab.acme.example and was last seen on 2026-03-01",
    "gl.share.group_to_group": "the group contractors is invited into the group acme/mobile as Developer",
    "gl.pb.none": "the branch main of acme/mobile/app is not protected: every Developer may push to it",
    "gl.pb.wildcard_shadow": "the rule re* of acme/platform/deploy lets Developers push where the rule release/* does not",
    "gl.pt.dev_tag": "Developers may create the protected tag v* of acme/platform/deploy on any commit",
    "gl.job.inbound": "jobs of any project come into acme/mobile/app as whoever started them",
    "gl.tok.pat_no_expiry": "the token “nightly” of carol never ends (api)",
    "gl.tok.deploy_key": "the deploy key carol-laptop can push to acme/platform/deploy",
    "gl.hook.ssl": "hook:acme/platform/deploy/81 sends to http://hooks.acme.example unencrypted",
}


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    snapshot, _ = collected()
    verdicts = judged(snapshot, tuple(each for each in checks.ALL if each.id.startswith("gl.")))
    assert verdicts.not_assessed == ()
    return list(verdicts.findings)


@pytest.mark.parametrize("check", SAID)
def test_the_story_is_told(check: str, findings: list[Finding]) -> None:
    assert SAID[check] in [finding.says for finding in findings if finding.check == check]


def test_near_misses_are_left_in_peace(findings: list[Finding]) -> None:
    told = [finding.says for finding in findings]
    assert not [says for says in told if says.startswith(("bob ", "alice "))]
    assert not [says for says in told if "group contractors does not require" in says], "it is a guest: not ours"
    assert not [says for says in told if "KUBE_CONFIG" in says], "a protected environment keeps it"
    assert not [says for says in told if "DB_PASSWORD" in says]


def test_every_check_of_these_sections_is_built_or_explained() -> None:
    wanted = {name for name, row in catalogue().items() if row["platform"] == "gitlab"}
    assert len(wanted) >= 80
    known = {check.id for check in checks.ALL} | {each.id for each in checks.NOT_BUILT}
    assert wanted - known == set()
