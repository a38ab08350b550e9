"""Azure Pipelines: files and their templates to a Definition, and what they let others do."""

from pipewarden.pipelines.azure.judge import judge_azure
from pipewarden.pipelines.azure.reader import read_azure

__all__ = ["judge_azure", "read_azure"]
