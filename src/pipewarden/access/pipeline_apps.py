"""Which applications of an identity provider open a part of the delivery pipeline, by their names."""

PIPELINE_APPS = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "jenkins": "Jenkins",
    "cloudbees": "Jenkins",
    "circleci": "CircleCI",
    "bitbucket": "Bitbucket",
    "azure devops": "Azure DevOps",
    "amazon_aws": "AWS",
    "aws": "AWS",
    "google cloud": "Google Cloud",
    "vault": "Vault",
    "openbao": "OpenBao",
    "argocd": "Argo CD",
    "argo cd": "Argo CD",
    "terraform": "Terraform",
    "kubernetes": "Kubernetes",
    "teleport": "Teleport",
    "artifactory": "Artifactory",
    "jfrog": "Artifactory",
}
"""Words by which an application is taken for a part of the delivery pipeline."""


def part_named(text: str) -> str:
    """Return which part of the delivery pipeline a name speaks of, "" where it speaks of none."""
    lowered = text.lower()
    return next((what for word, what in PIPELINE_APPS.items() if word in lowered), "")
