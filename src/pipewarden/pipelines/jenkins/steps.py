"""Which function reads which step; every other step is followed into its arguments and its block."""

from pipewarden.pipelines.jenkins import attempts, flow_steps, run_steps, secret_steps
from pipewarden.pipelines.jenkins.known import SHELLS
from pipewarden.pipelines.jenkins.stage import File
from pipewarden.pipelines.jenkins.walk import Handler, Load, Walk

_PRINTS = ("echo", "println", "print", "error", "unstable", "buildDescription", "currentBuild.setDescription")

HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(SHELLS, run_steps.shell),
    **dict.fromkeys(_PRINTS, run_steps.prints),
    "sshCommand": run_steps.shell,
    "build": run_steps.starts_job,
    "load": run_steps.load,
    "evaluate": run_steps.load,
    "library": run_steps.library,
    "docker.image": run_steps.image,
    "withEnv": run_steps.with_env,
    "withCredentials": secret_steps.with_credentials,
    "sshagent": secret_steps.ssh_agent,
    "withVault": secret_steps.with_vault,
    "withAWS": secret_steps.with_aws,
    "httpRequest": secret_steps.http_request,
    "docker.withRegistry": secret_steps.registry,
    "docker.withServer": secret_steps.registry,
    "credentials": secret_steps.credentials_value,
    "podTemplate": flow_steps.pod,
    "node": flow_steps.node,
    "stage": flow_steps.stage_block,
    "input": flow_steps.asks,
    "properties": flow_steps.properties,
    "if": flow_steps.conditional,
    "parallel": flow_steps.parallel,
    "try": attempts.attempt,
    "catchError": attempts.caught,
    "warnError": attempts.caught,
    # read before the steps are followed
    "@Library": flow_steps.skip,
    "pipeline": flow_steps.skip,
}


def walker(file: File, read: Load) -> Walk:
    """Return what follows the steps of a file; `read` gives the files that it loads."""
    return Walk(file, HANDLERS, read)
