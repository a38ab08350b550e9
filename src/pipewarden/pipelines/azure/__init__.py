"""Azure Pipelines: files and their templates to a Definition, and what they let others do."""

from pipewarden.pipelines.azure.reader import read_azure

__all__ = ["read_azure"]
