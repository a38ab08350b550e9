"""Everything Pipewarden refuses or fails at, each with what to do next and an exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line, one meaning each (documented in docs/cli.md)."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    CHANGES = 4
    REFUSED = 5
    FAULT = 70


class PipewardenError(Exception):
    """The root of all our errors: `str()` says what happened, `hint` what to do next."""

    exit_code: ExitCode = ExitCode.FAULT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(PipewardenError):
    """The question or the command cannot be answered as it was put."""

    exit_code = ExitCode.USAGE


class ConfigError(PipewardenError):
    """A setting is missing or wrong; the message names the file, the line and the key."""

    exit_code = ExitCode.USAGE


class UnknownName(UsageError):
    """No such principal, resource, check or capability; the hint offers near names."""


class CredentialError(PipewardenError):
    """No usable credential for a source, or the source refused it outright."""

    exit_code = ExitCode.USAGE


class SourceError(PipewardenError):
    """An outside system refused or failed; knows the endpoint. Connectors turn it into a `Gap`."""

    exit_code = ExitCode.INCOMPLETE

    def __init__(self, message: str, *, hint: str = "", endpoint: str = "", status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.endpoint = endpoint
        self.status = status


class AccessDenied(SourceError):
    """401, 403 or a refusal in words: never retried."""


class NotFound(SourceError):
    """404: absent, or hidden from this credential; never the same as 403."""


class Gone(SourceError):
    """410: the endpoint or the object was removed."""


class RateLimited(SourceError):
    """A limit was met and waiting longer than allowed would be needed; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 0.0, hint: str = "", endpoint: str = "") -> None:
        super().__init__(message, hint=hint, endpoint=endpoint, status=429)
        self.retry_after = retry_after


class BudgetSpent(SourceError):
    """The request budget of this run is used up; the rest is resumed by the next run."""


class Unreachable(SourceError):
    """No answer after retries: network, DNS, TLS, or a server that keeps failing."""


class UnexpectedAnswer(SourceError):
    """The shape or value of an answer is not one we know; loudly a gap, never a guess."""


class StoreError(PipewardenError):
    """The state store or a snapshot cannot be read or written."""

    exit_code = ExitCode.USAGE


class NoStore(StoreError):
    """There is no store where one was named, and the command makes none; `place` names it without its password."""

    def __init__(self, place: str, *, hint: str = "") -> None:
        super().__init__(f"there is no store at {place}", hint=hint)
        self.place = place


class NewerStore(StoreError):
    """The store was written by a newer version than this one."""


class FullDisk(StoreError):
    """There was no room to write; nothing half-written is left behind."""
