"""What code at one place can name: secrets in variables, text that somebody else chose, the machine it runs on."""

from msgspec import Struct, structs

from pipewarden.pipelines.definition import Hold
from pipewarden.pipelines.jenkins.flows import flowing
from pipewarden.pipelines.jenkins.known import ANYONE, WRITERS
from pipewarden.pipelines.parts import Runner, RunnerKind

FREE = frozenset({"string", "text", "password", "file", ""})
"""Kinds of parameters that take any text; a choice or a tick does not. Empty: declared outside the file."""

Cell = tuple[tuple[str, str], ...]
"""One combination of a matrix: each axis with its value."""


class Scope(Struct, frozen=True):
    """What a block of code sees; a block inside sees more."""

    secrets: dict[str, tuple[str, bool]] = {}
    """Variable to the secret it holds, and whether its text is the secret: a user name or a path is not."""
    outside: dict[str, str] = {}
    """Variable to the text it holds that somebody else chose, `params.NAME` or a name of `known`; empty: none."""
    parameters: dict[str, str] = {}
    """Parameters that the file declares, with their kinds."""
    own_params: bool = False
    """Whether the file names something of its own `params`: what it holds is then not known."""
    holds: tuple[Hold, ...] = ()
    conditions: tuple[str, ...] = ()
    runner: Runner = Runner(RunnerKind.NONE)
    unsure: bool = False
    """Whether what a question holds is not known: it is asked where its refusal may be caught."""
    cells: tuple[Cell, ...] = ()
    """The combinations of the matrix around it that run; empty where there is none, or where its values are not listed."""

    def with_secrets(self, more: dict[str, tuple[str, bool]]) -> "Scope":
        """Return the scope of a block that gets more secrets."""
        return structs.replace(self, secrets=self.secrets | more) if more else self

    def chosen(self, expression: str) -> str:
        """Return what somebody else chose that is part of the value of an expression, or nothing."""
        for name in flowing(expression):
            found = self._chosen(name)
            if found:
                return found
        return ""

    def _chosen(self, name: str) -> str:
        if name.startswith("params."):
            plain = name[7:]
            if self.own_params:
                return ""
            known = not self.parameters or plain in self.parameters
            # where the file declares parameters, one that it does not declare is null
            return name if known and "." not in plain and self.parameters.get(plain, "") in FREE else ""
        plain = name.removeprefix("env.")
        if plain in self.outside:
            return self.outside[plain]
        if plain in self.parameters:
            return f"params.{plain}" if self.parameters[plain] in FREE else ""
        return plain if ANYONE.get(plain) or WRITERS.get(plain) else ""

    def secret(self, expression: str) -> str:
        """Return the secret whose text is part of the value of an expression, or nothing."""
        for name in flowing(expression):
            secret, is_text = self.secrets.get(name.removeprefix("env."), ("", False))
            if is_text:
                return secret
        return ""
