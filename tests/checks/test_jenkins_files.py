"""What Jenkinsfiles let mallory do: text run as commands, credentials in the log, approvals that name nobody."""

from datetime import UTC, datetime

import pytest

from pipewarden import checks
from pipewarden.checks import jenkins_files
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from tests.checks.builder import Estate
from tests.pipelines.jenkins.reading import declarative, stage

ORIGIN = Origin("file Jenkinsfile", datetime(2026, 11, 2, tzinfo=UTC))
BY_ID = {check.id: check for check in checks.every(jenkins_files)}
ANY = "agent any"


def estate(text: str, path: str = "Jenkinsfile") -> Estate:
    """Return acme/web with one Jenkinsfile in it."""
    definition = read_jenkinsfile(path, text)
    [file, *_] = facts_of_told(
        told_of_definition(definition, jenkins_weaknesses(definition)),
        repository=Ref("checkout", Kind.REPOSITORY, "acme/web"),
        repository_name="acme/web",
        origin=ORIGIN,
    )
    assert isinstance(file, Resource)
    return Estate().org().repo("acme/web").workflow("acme/web", **file.attributes)


def says(check: str, text: str, path: str = "Jenkinsfile") -> list[str]:
    told = estate(text, path).says(BY_ID[check])
    assert all(len(sentence) <= 160 for sentence in told)
    return [sentence.removeprefix("Jenkinsfile of acme/web: ") for sentence in told]


def reaches(check: str, text: str) -> list[tuple[str, ...]]:
    return [finding.reach for finding in estate(text).judge(BY_ID[check]).findings]


class TestInjection:
    """`sh "build ${params.VERSION}"`."""

    @pytest.mark.parametrize(
        ("steps", "what"),
        [
            ('sh "build ${params.VERSION}"', "params.VERSION into a command: whoever may start it"),
            ('sh "build $VERSION"', "params.VERSION into a command: whoever may start it"),
            ('sh "build ${env.VERSION.trim()}"', "params.VERSION into a command: whoever may start it"),
            (
                'sh script: "build " + params.VERSION, returnStdout: true',
                "params.VERSION into a command: whoever may start it",
            ),
            (
                'sh(script: """\\nbuild ${params[\'VERSION\']}\\n""")',
                "params.VERSION into a command: whoever may start it",
            ),
            ("bat \"build ${params.VERSION ?: '1.0'}\"", "params.VERSION into a command: whoever may start it"),
            ('powershell "build ${params.VERSION}"', "params.VERSION into a command: whoever may start it"),
            (
                'sh "echo ${env.CHANGE_TITLE}"',
                "the title of a change (CHANGE_TITLE) into a command: whoever proposes a change",
            ),
            (
                'sh "git checkout ${CHANGE_BRANCH}"',
                "the branch of a change (CHANGE_BRANCH) into a command: whoever proposes a change",
            ),
            (
                'sh "git push origin ${env.BRANCH_NAME}"',
                "the name of a branch (BRANCH_NAME) into a command: whoever may push",
            ),
            (
                'script {\n def t = "v-${params.VERSION}"\n sh "build ${t}"\n }',
                "params.VERSION into a command: whoever may start it",
            ),
            (
                "script {\n def m = sh(script: 'git log -1 --format=%s', returnStdout: true)\n sh \"echo ${m}\"\n }",
                "the text of a commit into a command: whoever may push",
            ),
            (
                'withEnv(["V=${params.VERSION}"]) {\n sh "build ${V}"\n }',
                "params.VERSION into a command: whoever may start it",
            ),
        ],
    )
    def test_text_that_others_choose(self, steps, what):
        text = declarative(stage(steps), "agent any\n parameters { string(name: 'VERSION') }")
        assert says("jk.file.inject", text) == [f"stage Build puts {what} can run any"]

    @pytest.mark.parametrize(
        "steps",
        [
            "sh 'build \"$VERSION\"'",
            "sh '''\n build ${VERSION}\n'''",
            'sh "build \\${VERSION}"',
            'sh "build ${params.REGION}"',
            "sh \"build ${params.FAST ? '--fast' : ''}\"",
            "sh \"build ${params.VERSION ? '--release' : ''}\"",
            "sh \"build ${params.VERSION == '1'}\"",
            'sh "build ${params.VERSION.toInteger()}"',
            'sh "build ${env.BUILD_NUMBER}"',
            'sh "build ${params.MISSPELT}"',
            'echo "build ${params.VERSION}"',
            'withEnv(["V=${params.VERSION}"]) {\n sh \'build "$V"\'\n }',
        ],
    )
    def test_what_the_shell_reads_itself_or_nobody_chooses_freely(self, steps):
        parameters = "parameters { string(name: 'VERSION'); booleanParam(name: 'FAST'); choice(name: 'REGION', choices: ['eu']) }"
        assert says("jk.file.inject", declarative(stage(steps), f"agent any\n {parameters}")) == []

    @pytest.mark.parametrize(("kind", "count"), [("CascadeChoiceParameter", 1), ("ChoiceParameterDefinition", 0)])
    def test_a_plugin_that_fills_only_the_form_takes_any_text(self, kind, count):
        text = f"properties([parameters([[$class: '{kind}', name: 'TO', choices: 'a']])])\nstage('A') {{ sh \"x ${{params.TO}}\" }}"
        assert len(says("jk.file.inject", text)) == count

    def test_an_argument_of_that_name_is_not_the_parameters(self):
        text = 'def go(Map params) { sh "x ${params.A}" }\nstage("A") { go(A: "1") }'
        assert estate(text).verdict(BY_ID["jk.file.inject"]) == "1 unknown"

    def test_a_webhook_and_what_is_reached(self):
        text = declarative(
            stage("withCredentials([string(credentialsId: 'npm', variable: 'T')]) { sh \"git checkout ${ref}\" }"),
            "agent { label 'a' }\n triggers { GenericTrigger(genericVariables: [[key: 'ref', value: '$.ref']]) }",
        )
        assert says("jk.file.inject", text) == [
            "stage Build puts a field of a webhook into a command: whoever sends it can run any"
        ]
        assert reaches("jk.file.inject", text) == [("1 secret (npm)", "a self-hosted runner")]

    def test_a_method_that_many_stages_call_is_told_once(self):
        text = 'def go() { sh "x ${params.A}" }\nstage("A") { go() }\nstage("B") { go() }'
        assert says("jk.file.inject", text) == [
            "stage A and 1 more put params.A into a command: whoever may start it can run any"
        ]

    def test_somebody_named_approves_first(self):
        text = "node {\n stage('A') {\n input message: 'x', submitter: 'alice'\n sh \"x ${params.A}\"\n }\n}"
        [finding] = estate(text).judge(BY_ID["jk.file.inject"]).findings
        assert finding.says.endswith("(only an approval by alice stands before it)")

    def test_a_step_of_a_library_makes_it_unknown_and_no_pass(self):
        assert estate(declarative(stage("buildEverything()"))).verdict(BY_ID["jk.file.inject"]) == "1 unknown"
        assert estate(declarative(stage("sh 'make'"))).verdict(BY_ID["jk.file.inject"]) == "1 passed"


class TestCredentials:
    """A credential's text in a command, or in the log."""

    BIND = (
        "withCredentials([usernamePassword(credentialsId: 'registry', usernameVariable: 'U', passwordVariable: 'P')]) {"
    )

    @pytest.mark.parametrize(
        ("steps", "what"),
        [
            ('sh "docker login -p ${P}"', "writes the text of registry into a command"),
            ('sh "docker login -p $P"', "writes the text of registry into a command"),
            ('sh("docker login -p " + P)', "writes the text of registry into a command"),
            ('echo "the password is ${P}"', "prints registry to the log"),
            ("echo P", "prints registry to the log"),
            ("sh 'echo $P'", "prints registry to the log"),
        ],
    )
    def test_told(self, steps, what):
        assert says("jk.file.cred_echo", declarative(stage(f"{self.BIND}\n{steps}\n}}"))) == [f"stage Build {what}"]

    @pytest.mark.parametrize(
        "steps",
        [
            "sh 'docker login -p \"$P\"'",
            "sh 'echo \"$P\" | docker login --password-stdin'",
            "sh 'echo $P > token.txt'",
            'sh "docker login -u ${U}"',
            'sh "docker login -p \\$P"',
            "echo 'done'",
        ],
    )
    def test_kept(self, steps):
        assert says("jk.file.cred_echo", declarative(stage(f"{self.BIND}\n{steps}\n}}"))) == []

    def test_a_name_that_is_computed_is_not_shown_as_code(self):
        bind = self.BIND.replace("'registry'", '"${names.pick()}"')
        [told] = says("jk.file.cred_echo", declarative(stage(f'{bind}\nsh "docker login -p ${{P}}"\n}}')))
        assert told == "stage Build writes the text of a secret whose name is computed into a command"

    def test_a_variable_outside_its_block_is_not_the_credential(self):
        assert says("jk.file.cred_echo", declarative(stage(f'{self.BIND}\n sh "x"\n}}\n sh "login ${{P}}"'))) == []

    def test_an_environment_and_a_file(self):
        def text(variable: str) -> str:
            environment = "environment { KEY = credentials('npm'); KUBE = credentials('kubeconfig-prod') }"
            return declarative(stage(f'sh "x ${{{variable}}}"'), f"agent any\n {environment}")

        assert says("jk.file.cred_echo", text("KEY")) == ["stage Build writes the text of npm into a command"]
        assert says("jk.file.cred_echo", text("KEY_PSW")) != []
        assert says("jk.file.cred_echo", text("KEY_USR")) == []
        assert says("jk.file.cred_echo", text("KUBE")) == []


def taking(credential: str, name: str = "Build", before: str = "") -> str:
    return stage(
        f"withCredentials([string(credentialsId: '{credential}', variable: 'T')]) {{\n sh 'x'\n}}", name, before
    )


class TestMachines:
    """`agent any` with what opens production."""

    def test_a_production_credential_goes_to_whatever_machine_is_free(self):
        assert says("jk.file.agent_any", declarative(taking("prod-deploy-key"), ANY)) == [
            "stage Build takes prod-deploy-key to whatever machine is free"
        ]
        assert says("jk.file.agent_any", declarative(taking("aws", "Deploy"), ANY)) != []
        assert says("jk.file.agent_any", "node { stage('Deploy') { sshagent(['key']) { sh 'x' } } }") != []

    def test_a_label_or_a_harmless_credential_does_not_count(self):
        assert says("jk.file.agent_any", declarative(taking("prod-deploy-key"), "agent { label 'deploy' }")) == []
        assert says("jk.file.agent_any", declarative(taking("sonar"), ANY)) == []
        assert says("jk.file.agent_any", declarative(taking("non-prod-key"), ANY)) == []
        own = taking("prod-deploy-key", before="agent { docker { image 'a' } }")
        assert says("jk.file.agent_any", declarative(own, ANY)) == []


class TestApprovals:
    """`input` before a deployment."""

    SHIP = "withCredentials([string(credentialsId: 'k', variable: 'T')]) {\n sh 'kubectl apply -f web.yml'\n}"

    def test_without_a_submitter_whoever_may_start_it_answers(self):
        text = declarative(stage(self.SHIP, "Deploy", "input { message 'Ship it?' }"))
        assert says("jk.file.input_any", text) == [
            "whoever may start stage Deploy may also answer its question \u201cShip it?\u201d: it names nobody"
        ]
        apart = declarative(stage("input 'Ship?'", "Approve") + "\n" + stage(self.SHIP, "Deploy"))
        assert len(says("jk.file.input_any", apart)) == 1

    def test_a_submitter_or_a_question_that_ships_nothing(self):
        named = "input { message 'Ship it?'; submitter 'release-managers' }"
        assert says("jk.file.input_any", declarative(stage(self.SHIP, "Deploy", named))) == []
        assert says("jk.file.input_any", declarative(stage("input 'Go on with the tests?'\n sh 'make'"))) == []
        aside = "parallel {\n" + stage("input 'x'", "Ask") + "\n" + stage(self.SHIP, "Deploy") + "\n}"
        assert says("jk.file.input_any", declarative(f"stage('All') {{ {aside} }}")) == []


class TestBranches:
    """Stages that deploy from any branch."""

    def ship(self, when: str = "", name: str = "Deploy") -> str:
        return declarative(taking("prod", name, when))

    def test_a_push_to_any_branch_deploys(self):
        assert says("jk.file.when_missing", self.ship()) == ["stage Deploy deploys from any branch that is built"]
        [only_pushes] = says("jk.file.when_missing", self.ship("when { not { changeRequest() } }"))
        assert only_pushes.endswith("(only that it is no pull request stands before it)")

    @pytest.mark.parametrize(
        "when",
        [
            "when { branch 'main' }",
            "when { tag 'v*' }",
            "when { expression { env.BRANCH_NAME == 'main' } }",
            "when { expression { params.SHIP } }",
            "input { message 'Ship?'; submitter 'alice' }",
        ],
    )
    def test_limited(self, when):
        assert says("jk.file.when_missing", self.ship(when)) == []

    def test_what_is_no_deployment_or_no_multibranch_file(self):
        assert says("jk.file.when_missing", self.ship(name="Deploy to staging")) == []
        assert says("jk.file.when_missing", self.ship(name="Test")) == []
        assert says("jk.file.when_missing", self.ship(name="web-deployer")) == []
        assert says("jk.file.when_missing", declarative(stage("echo 'x'", "Release notes"))) == []
        assert says("jk.file.when_missing", self.ship(), "ci/release.jenkinsfile") == []

    def test_a_condition_in_code_is_unknown(self):
        text = self.ship("when { expression { isReleasable() } }")
        assert estate(text).verdict(BY_ID["jk.file.when_missing"]) == "1 unknown"


class TestLibraries:
    """Code of another repository that runs in the pipeline."""

    def test_a_branch_moves(self):
        text = "@Library('acme-pipeline@main') _\n" + declarative(taking("npm"))
        assert says("jk.lib.implicit", text) == [
            "the library acme-pipeline comes from its branch main: whoever pushes there changes this"
        ]
        assert reaches("jk.lib.implicit", text) == [("1 secret (npm)", "a self-hosted runner")]

    def test_a_version_or_the_controllers_setting_is_not_told(self):
        for version in ("@1.4.0", "@" + "ab" * 20, ""):
            text = f"@Library('acme-pipeline{version}') _\n" + declarative(stage("sh 'x'"))
            assert says("jk.lib.implicit", text) == []

    def test_who_chooses_the_version(self):
        text = 'library "acme-pipeline@${params.LIB}"\nnode { stage("A") { sh "x" } }'
        assert says("jk.lib.override", text) == [
            "params.LIB chooses the version of the library acme-pipeline that runs"
        ]
        assert says("jk.lib.override", "library 'acme-pipeline@1.4.0'\nnode { stage('A') { sh 'x' } }") == []
        chosen = "library \"acme-pipeline@${env.BRANCH_NAME}\"\nnode { stage('A') { sh 'x' } }"
        assert says("jk.lib.override", chosen)[0].startswith("the name of a branch (BRANCH_NAME) chooses")


class TestSandbox:
    """Calls that the sandbox refuses."""

    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("def j = Jenkins.instance.items", "Jenkins.instance"),
            ("jenkins.model.Jenkins.get().nodes", "jenkins.model.Jenkins.get"),
            ("System.exit(1)", "System.exit"),
            ("def f = new File('/etc/passwd')", "new File"),
            ("currentBuild.rawBuild.getCause()", "currentBuild.rawBuild"),
            ("@Grab('a:b:1')\nimport b.C", "@Grab"),
        ],
    )
    def test_told(self, code, name):
        told = says("jk.sbx.approvals", f"{code}\nnode {{ stage('A') {{ sh 'x' }} }}")
        assert told == [f"its code calls {name}, which the sandbox lets no pipeline do without approval"]

    @pytest.mark.parametrize(
        "code", ["echo 'Jenkins.instance'", "// System.exit(1)", "myJenkins.instance()", "newFile('a')"]
    )
    def test_near_misses(self, code):
        assert says("jk.sbx.approvals", f"node {{ stage('A') {{\n{code}\n}} }}") == []


def test_the_token_that_starts_it():
    def text(token: str) -> str:
        return declarative(stage("sh 'x'"), f"agent any\n triggers {{ GenericTrigger({token}) }}")

    assert says("jk.job.remote_trigger", text("token: 'web-hook'")) == [
        "the token that starts it over the network is written in the file: whoever reads it can start it"
    ]
    assert says("jk.job.remote_trigger", text("tokenCredentialId: 'web-hook'")) == []


def test_which_credentials_a_pipeline_takes_and_who_decides():
    assert says("jk.cred.reach", declarative(taking("npm"))) == [
        "takes 1 credential (npm), for whoever changes it on a built branch"
    ]
    chosen = "node { stage('A') { sshagent([params.KEY]) { sh 'x' }\n git credentialsId: params.KEY, url: 'u' } }"
    assert says("jk.cred.reach", chosen) == [
        "takes 2 credentials that whoever starts it names, for whoever changes it on a built branch"
    ]
    both = "node { stage('A') { sshagent([params.KEY]) { sh 'x' }\n git credentialsId: pick(), url: 'u' } }"
    assert says("jk.cred.reach", both) == [
        "takes 1 credential that whoever starts it names and 1 that its code names, for whoever changes it on a built branch"
    ]
    assert says("jk.cred.reach", declarative(stage("sh 'x'"))) == []


def test_a_choice_is_no_credential_that_a_starter_names():
    asked = "agent any\n  parameters {{ {}(name: 'ENV', {}) }}"
    steps = stage("sshagent([\"kube-${params.ENV}\"]) { sh 'x' }")
    assert says("jk.cred.reach", declarative(steps, asked.format("choice", "choices: ['staging', 'production']"))) == [
        "takes 2 credentials (kube-production and kube-staging), for whoever changes it on a built branch"
    ]
    assert says("jk.cred.reach", declarative(steps, asked.format("string", "defaultValue: 'staging'"))) == [
        "takes 1 credential that whoever starts it names, for whoever changes it on a built branch"
    ]


def test_the_most_reaching_finding_comes_first():
    inject = (
        estate(declarative(taking("npm") + "\n" + stage('sh "x ${params.A}"', "Other"))).judge(*BY_ID.values()).findings
    )
    assert [(each.check, each.severity) for each in inject] == [
        ("jk.file.inject", Severity.HIGH),
        ("jk.cred.reach", Severity.INFO),
    ]


def test_files_of_other_systems_are_none_of_it():
    github = Estate().org().repo("acme/web").workflow("acme/web", jobs=[])
    assert {github.verdict(check) for check in BY_ID.values()} == {"1 not applicable"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Jenkinsfile", "Jenkinsfile of acme/web: "),
        ("deploy/Jenkinsfile", "deploy/Jenkinsfile of acme/web: "),
        ("deploy/eu/Jenkinsfile.prod", "deploy/eu/Jenkinsfile.prod of acme/web: "),
    ],
)
def test_one_that_is_not_the_roots_is_named_with_its_folder(path: str, name: str) -> None:
    (said,) = estate(declarative(taking("prod-deploy-key"), ANY), path).says(BY_ID["jk.file.agent_any"])
    assert said.startswith(name)
