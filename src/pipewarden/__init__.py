"""Who and what can change, run or read secrets from your delivery pipelines, and why."""

__version__ = "0.1.0"
