"""What tests of Jenkinsfiles share: reading a text, and a declarative pipeline around some stages."""

from pipewarden.pipelines.definition import DefinedJob, Definition, Weakness
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses


def read(text: str, path: str = "Jenkinsfile") -> Definition:
    """Read a Jenkinsfile."""
    return read_jenkinsfile(path, text)


def declarative(stages: str, before: str = "agent { label 'linux' }") -> str:
    """Return a pipeline around some stages."""
    return f"pipeline {{\n  {before}\n  stages {{\n{stages}\n  }}\n}}\n"


def stage(steps: str, name: str = "Build", before: str = "") -> str:
    """Return a stage around some steps."""
    return f"    stage('{name}') {{\n      {before}\n      steps {{\n{steps}\n      }}\n    }}"


def only(definition: Definition, name: str) -> DefinedJob:
    """Return the one stage of a name."""
    [found] = [job for job in definition.jobs if job.name == name]
    return found


def weaknesses(text: str, check: str = "", path: str = "Jenkinsfile") -> list[Weakness]:
    """Return what is wrong with a Jenkinsfile, as one check tells it."""
    return [each for each in jenkins_weaknesses(read(text, path)) if not check or each.check == check]
