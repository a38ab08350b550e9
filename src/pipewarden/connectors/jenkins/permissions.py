"""What each facet needs, as a gap names it and docs/jenkins.md lists it.

https://www.jenkins.io/doc/book/security/access-control/permissions/
"""

from pipewarden.model.facets_jenkins import JenkinsFacet

PERMISSIONS: dict[str, str] = {
    JenkinsFacet.CONTROLLER: "Overall/Read",
    JenkinsFacet.CONFIGURATION: "Overall/SystemRead (Overall/Administer in older versions), with the plugin configuration-as-code",
    JenkinsFacet.AUTHORIZATION: "Overall/SystemRead (Role Strategy), or the export of configuration-as-code (matrix)",
    JenkinsFacet.ITEM_AUTHORIZATION: "Job/ExtendedRead",
    JenkinsFacet.PEOPLE: "Overall/Read, and the plugin people-view where Jenkins is newer than 2.451",
    JenkinsFacet.JOBS: "Job/Read",
    JenkinsFacet.JOB_CONFIG: "Job/ExtendedRead",
    JenkinsFacet.CREDENTIALS: "Credentials/View",
    JenkinsFacet.AGENTS: "Overall/Read",
    JenkinsFacet.PLUGINS: "Overall/SystemRead",
}
