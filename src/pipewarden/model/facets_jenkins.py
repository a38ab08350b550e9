"""The parts of a Jenkins controller that are read or refused as one."""

from enum import StrEnum


class JenkinsFacet(StrEnum):
    """One thing the connector of Jenkins reads."""

    CONTROLLER = "jenkins.controller"
    """What the controller says of itself to whoever may read: security on, built-in executors, the agents' port."""
    ANONYMOUS = "jenkins.anonymous"
    """What it shows to somebody who has not signed in."""
    CONFIGURATION = "jenkins.configuration"
    """The export of Configuration as Code: realm, strategy, libraries, approvals."""
    AUTHORIZATION = "jenkins.authorization"
    """Who holds what on the whole controller."""
    ITEM_AUTHORIZATION = "jenkins.item_authorization"
    """Who holds what on a folder or job, and what it inherits."""
    PEOPLE = "jenkins.people"
    GROUP_MEMBERS = "jenkins.group_members"
    API_TOKENS = "jenkins.api_tokens"
    JOBS = "jenkins.jobs"
    JOB_CONFIG = "jenkins.job_config"
    """A job's or folder's config.xml: where its pipeline comes from, triggers, its own permissions."""
    CREDENTIALS = "jenkins.credentials"
    AGENTS = "jenkins.agents"
    PLUGINS = "jenkins.plugins"
