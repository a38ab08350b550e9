"""Names of Jenkins that decide something: steps of plugins, variables that outsiders fill, calls that leave the sandbox."""

import re

from pipewarden.pipelines.jenkins.words import words

SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
"""https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/"""

STEPS = words(
    """
    acceptGitLabMR addBadge addEmbeddableBadgeConfiguration addErrorBadge addGitLabMRComment addHtmlBadge addInfoBadge
    addLabel addShortText addSummary addWarningBadge allOf allure always ansiColor ansiblePlaybook ansibleVault anyOf
    archive archiveArtifacts artifactPromotion aws awsIdentity azureCLI azureKeyVault binding bitbucketStatusNotify booleanParam
    build buildDiscarder buildDescription buildName cache catchError cfnUpdate changeset checkout checkpoint checkpoints choice chuckNorris
    cifsPublisher cleanWs cleanup cobertura codeCoverage compareVersions configFile configFileProvider container containerLog
    containerTemplate copyArtifacts createSummary createTag credentials cron deleteDir dependencyCheck dependencyCheckPublisher
    dependencyTrackPublisher dir disableConcurrentBuilds disableResume discoverGitReferenceBuild discoverReferenceBuild
    disableRestartFromStage docker
    dockerfile dockerFingerprintFrom dockerFingerprintRun dockerNode downloadProgetPackage durabilityHint echo ecrLogin emailext
    emailextrecipients envVars envVarsForTool error evaluate eventTrigger execute exwsAllocate exws file fileExists
    fileOperations findBuildScans findFiles fingerprint fixed ftpPublisher getContext gerritCheck gerritComment gerritReview git
    gitChangelog gitPublisher githubNotify githubPush gitlabBuilds gitlabCommitStatus googleStorageUpload gradle
    hipchatSend http httpRequest input invokeLambda isUnix ircNotify issueCommentTrigger jacoco javadoc jdk jiraAddComment
    jiraComment jiraCreateIssue jiraEditIssue jiraGetIssue jiraIssueSelector jiraJqlSearch jiraSearch jiraSendBuildInfo
    jiraSendDeploymentInfo jiraTransitionIssue jobDsl jnlp junit junitParser kubeconfig kubernetesDeploy kubernetesApply label
    lastChanges library libraryResource load lock logRotator logstash logstashSend mail matrix mattermostSend mavenSettingsConfig
    milestone mineRepository msbuild mstest newBuildRadiator nexusArtifactUploader nexusPublisher node nodejs nodesByLabel
    notifyBitbucket nunit office365ConnectorSend openshift openshiftBuild openshiftDeploy openshiftTag openshiftVerifyDeployment
    otherwise overrideIndexTriggers parallel parameters parallelsAlwaysFailFast password pipelineTriggers plot pmd podTemplate pollSCM
    preserveStashes print printf println properties prependToFile publishChecks publishConfluence publishCoverage
    publishCppcheck publishCucumberReports cucumber publishETLogs publishHTML publishIssues publishLastChanges pullPerforceServer
    pullRequest pushToCloudFoundry pwd quietPeriod rabbitMQSubscriberStep rateLimitBuilds readCSV readFile readJSON readManifest
    readMavenPom readProperties readTrusted readYaml recordCoverage recordIssues resolveScm resourceFile retry robot
    rtAddInteractivePromotion rtBuildInfo rtCollectIssues rtConanClient rtDockerPush rtDownload rtGradleDeployer rtGradleResolver
    rtGradleRun rtMavenDeployer rtMavenResolver rtMavenRun rtNpmDeployer rtNpmInstall rtNpmPublish rtPromote rtPublishBuildInfo
    rtServer rtUpload run runATest s3CopyArtifact s3Copy s3Delete s3Download s3DoesObjectExist s3FindFiles s3PresignURL s3Upload
    saltapi scanForIssues scm script secretText sendCloudEvent serviceNow setCommitStatus setGerritReview sha1 sha256
    setGitHubPullRequestStatus
    shellCheck silentResponse skipDefaultCheckout skipStagesAfterUnstable slackSend slackUploadFile slackUserIdFromEmail
    slackUserIdsFromCommitters slackResponse sleep snykSecurity splitTests spotBugs sqsSend ssh sshCommand sshGet sshPublisher
    sshPublisherDesc sshPut sshRemove sshScript sshTransfer sshUserPrivateKey sshagent stage stages stash statusNotify step steps string
    submoduleOption svn synopsys_detect tap taskScanner tee telegramSend terraform text throttle throttleJobProperty
    throttleConcurrentBuilds timeout timeoutSeconds timestamps tm tool touch triggeredBy unarchive unstable unstash unzip
    updateGitlabCommitStatus upload upstream usernameColonPassword usernamePassword validateDeclarativePipeline
    veracode vSphere waitForBuild
    waitForQualityGate waitUntil warnError warnings withAnt withAWS withAWSParameterStore withChecks withCoverityEnv
    withCredentials withDockerContainer withDockerRegistry withDockerServer withEnv withGradle withGroovy withKubeConfig
    withKubeCredentials withMaven withNPM withPythonEnv withSonarQubeEnv withVault wrap writeCSV writeFile writeJSON
    writeMavenPom writeYaml ws xUnit xunit xvfb xrayScan zip
    success failure unsuccessful aborted changed fixed regression unstable notBuilt cleanup always
    agent any none when expression environment options tools triggers libraries lib post axes axis excludes exclude name values
    input message ok submitter submitterParameter branch tag buildingTag changeRequest changelog equals not beforeAgent beforeInput
    beforeOptions isRestartedRun kubernetes image args alwaysPull reuseNode filename additionalBuildArgs customWorkspace inheritFrom
    yaml yamlFile cloud defaultContainer idleMinutes maven failFast newContainerPerStage registryUrl registryCredentialsId withContext
    break continue return this super true false null it assert sprintf collectEntries
    """
)
"""Steps and sections whose meaning is known, and which take no credentials but by a named argument.
https://www.jenkins.io/doc/pipeline/steps/"""

QUIET = words(
    """
    ansiColor archiveArtifacts buildDescription buildName checkout cleanWs deleteDir dir echo emailext error fileExists
    findFiles input isUnix junit label lock mail milestone node options parallel print println properties pwd readCSV readFile readJSON
    readMavenPom readProperties readTrusted readYaml retry script skipDefaultCheckout slackSend sleep stage stash timeout
    timestamps unstable unstash withEnv wrap ws return break continue it this true false null
    """
)
"""Steps that run nothing of the repository's and take nothing of the stage's: what comes before a question without harm."""

GLOBALS = words(
    """env params currentBuild docker scm pipeline this it System Math Integer String Boolean Date Jenkins hudson jenkins java
    groovy Thread Collections Arrays Objects Pattern LocalDate LocalDateTime Instant Duration UUID JsonOutput Long Double
    super openshift manager log console steps script"""
)
"""Variables that every pipeline has, and classes."""

ANYONE = {
    "CHANGE_TITLE": "the title of a change",
    "CHANGE_BRANCH": "the branch of a change",
    "CHANGE_AUTHOR_DISPLAY_NAME": "the name of a change's author",
    "CHANGE_AUTHOR_EMAIL": "the e-mail of a change's author",
    "ghprbPullTitle": "the title of a pull request",
    "ghprbPullLongDescription": "the text of a pull request",
    "ghprbSourceBranch": "the branch of a pull request",
    "ghprbCommentBody": "a comment",
    "ghprbPullAuthorEmail": "the e-mail of a pull request's author",
    "gitlabSourceBranch": "the branch of a merge request",
    "gitlabMergeRequestTitle": "the title of a merge request",
    "gitlabMergeRequestDescription": "the text of a merge request",
    "gitlabTriggerPhrase": "a comment",
    "gitlabUserName": "the name of whoever pushed",
    "GITHUB_PR_TITLE": "the title of a pull request",
    "GITHUB_PR_SOURCE_BRANCH": "the branch of a pull request",
    "GITHUB_PR_BODY": "the text of a pull request",
}
"""Variables that whoever proposes a change fills.
https://www.jenkins.io/doc/book/pipeline/multibranch/#additional-environment-variables"""

WRITERS = {
    "BRANCH_NAME": "the name of a branch",
    "GIT_BRANCH": "the name of a branch",
    "GIT_LOCAL_BRANCH": "the name of a branch",
    "TAG_NAME": "the name of a tag",
    "gitlabBranch": "the name of a branch",
}
"""Variables that whoever may push a branch or tag fills."""

COMMIT_TEXT = "the text of a commit"
WEBHOOK_TEXT = "a field of a webhook"
_LOGS = re.compile(r"git\s+(?:log|show)\b[^|;&]*%(?:s|b|B|an|ae|cn|ce|f)\b")


def reads_commit(command: str) -> bool:
    """Tell whether a command gives text that whoever commits chose."""
    return bool(_LOGS.search(command))


POWERS = re.compile(
    r"(?:jenkins\.model\.)?Jenkins(?:\.getInstance|\.instance|\.getInstanceOrNull|\.get)(?=$|\.)"
    r"|(?:hudson\.model\.)?Hudson\.(?:instance|getInstance)(?=$|\.)"
    r"|System\.(?:exit|getenv|getProperty|setProperty|getProperties)|(?:java\.lang\.)?Runtime\.(?:getRuntime|runtime)"
    r"|currentBuild\.(?:rawBuild|getRawBuild)(?=$|\.)|@(?:Grab|GrabConfig|GrabResolver)|Eval\.(?:me|x|xy)"
    r"|(?:com\.cloudbees\.plugins\.credentials\.)?CredentialsProvider\.lookup\w+"
    r"|SystemCredentialsProvider\.(?:getInstance|instance)|(?:java\.lang\.)?Thread\.(?:start|currentThread)"
)
"""Names that the Groovy sandbox refuses: they run only after an administrator's approval, or outside the sandbox.
https://www.jenkins.io/doc/book/managing/script-approval/ ; the plugin's own list of dangerous signatures has most of them."""

NEW_POWERS = frozenset({"File", "java.io.File", "GroovyShell", "groovy.lang.GroovyShell", "ProcessBuilder"})
"""Classes that the sandbox does not let a pipeline make."""

HINTS = (
    *("Jenkins.", "Hudson.", "System.", "Runtime.", "awBuild", "@Grab", "Eval.", "CredentialsProvider", "Thread."),
    *(" File", "io.File", "GroovyShell", "ProcessBuilder"),
)
"""Texts one of which stands wherever one of them does: a first look that is cheap."""
