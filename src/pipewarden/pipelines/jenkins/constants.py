"""What names are by the text of a file: what a block sets holds in that block, what code sets once in the whole file.

An `environment` is its pipeline's, its stage's or a nested stage's; `withEnv` is its block's, an axis its matrix's. The
innermost of them counts. https://www.jenkins.io/doc/book/pipeline/syntax/#environment
"""

from bisect import bisect_right
from enum import Enum
from typing import NamedTuple

from pipewarden.pipelines.jenkins.strings import value
from pipewarden.pipelines.jenkins.tokens import GSTRING, LINE, NAME, TEXT, Source

MOST_SET = 500
"""Blocks that set one name; of a name that more of them set nothing is known."""
MOST_WORDS = 2_000
"""Tokens in which a `withEnv` says what it sets."""
_ENDS = frozenset({LINE, ";", "end", "}"})


class By(Enum):
    """What gives a name its value in a block."""

    ENVIRONMENT = "environment"
    WITH_ENV = "withEnv"
    AXIS = "axis"


class Setting(NamedTuple):
    """A name has a value in a block, from one brace to another. `text` is None where it is computed, or one of several."""

    low: int
    high: int
    text: str | None
    by: By


class Constants:
    """The values that a file gives to names, each with where it holds."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.told: set[int] = set()
        """The tokens that set a name for a block alone."""
        self._by_code: dict[str, str | None] = {}
        """What code sets: the text, or None where it sets several, or computes it."""
        self._in_blocks: dict[str, list[Setting]] = {}
        self._pipelines: list[tuple[int, int]] = []
        self._scan()

    def text(self, name: str, at: int, *, given: bool = False) -> str | None:
        """Return the text that a name has at a token; None where it is not known.

        `given`: it has values from elsewhere too, as a parameter or an axis; what code sets is then one of several.
        """
        if name.startswith("params."):
            return None
        plain = name.rpartition(".")[2]
        around = self.around(name, at)
        if around is not None:
            return None if plain in self._by_code or around.by is By.AXIS else around.text
        if given:
            return None
        if plain in self._by_code:
            return self._by_code[plain]
        # a method outside the pipeline is called from in there
        settings = () if self._within(at) else self._in_blocks.get(plain, ())
        return settings[0].text if len(settings) == 1 and settings[0].by is By.ENVIRONMENT else None

    def around(self, name: str, at: int) -> Setting | None:
        """Return what the innermost block around a token sets a name to."""
        plain = name.removeprefix("env.")
        settings = self._in_blocks.get(plain, ())
        if len(settings) > MOST_SET:
            return Setting(0, len(self._source.kinds), None, By.ENVIRONMENT)
        found = [each for each in settings if each.low < at < each.high]
        if not found:
            return None
        last = max(found, key=lambda each: each.low)
        same = sum(each.low == last.low for each in found)
        return last if same == 1 else last._replace(text=None, by=By.ENVIRONMENT)

    def is_axis(self, name: str, at: int) -> bool:
        """Tell whether a name is the axis of the matrix around a token, which no block inside sets to something else."""
        around = self.around(name, at)
        if around is not None:
            return around.by is By.AXIS
        return all(each.by is By.AXIS for each in self._in_blocks.get(name, ()))

    def is_shadowed(self, name: str, at: int) -> bool:
        """Tell whether a block around a token sets a name; of a method outside the pipeline, whether any block does."""
        return self.around(name, at) is not None or (not self._within(at) and name in self._in_blocks)

    def _within(self, at: int) -> bool:
        last = bisect_right(self._pipelines, (at, 0)) - 1
        return last >= 0 and at < self._pipelines[last][1]

    # --- reading ----------------------------------------------------------------------------------

    def _scan(self) -> None:
        source, kinds, close = self._source, self._source.kinds, self._source.close
        names = any(word in source.text for word in ("withEnv", "matrix"))
        blocks: list[tuple[int, str]] = []
        environment, scope = 0, (0, len(kinds))
        for at, kind in enumerate(kinds):
            if kind == "{":
                while blocks and at >= close[blocks[-1][0]]:
                    blocks.pop()
                owner = self._owner(at)
                if owner == "environment":
                    environment = close[at]
                    outer = blocks[-1][0] if blocks else 0
                    scope = (outer, close[outer] if blocks else len(kinds))
                elif owner == "pipeline" and (not self._pipelines or at > self._pipelines[-1][1]):
                    self._pipelines.append((at, close[at]))
                blocks.append((at, owner))
            elif kind == "=" and at and kinds[at - 1] == NAME:
                plain = kinds[at + 1] == TEXT and kinds[at + 2] in _ENDS
                text = value(source, at + 1) if plain else None
                if at < environment:
                    self.told.add(at - 1)
                    self._set(source.word(at - 1), Setting(*scope, text, By.ENVIRONMENT))
                else:
                    name = source.word(at - 1).rpartition(".")[2]
                    self._by_code[name] = None if name in self._by_code else text
            elif names and kind == NAME:
                self._named(at, blocks)

    def _named(self, at: int, blocks: list[tuple[int, str]]) -> None:
        """Read what a name begins that sets others: `withEnv`, and the name of an axis."""
        source, kinds, close = self._source, self._source.kinds, self._source.close
        word = source.word(at)
        if word == "withEnv" and kinds[at + 1] in {"(", "["}:
            end = close[at + 1]
            body = end + 1
            if body < len(kinds) and kinds[body] == "{":
                for each in range(at + 2, min(end, at + MOST_WORDS)):
                    self._with_env(each, (body, close[body]))
        elif word == "name" and kinds[at + 1] == TEXT and blocks and blocks[-1][1] == "axis":
            around = {owner: brace for brace, owner in blocks if at < close[brace]}
            if "matrix" in around and "excludes" not in around:
                low = around["matrix"]
                self._set(value(source, at + 1), Setting(low, close[low], None, By.AXIS))

    def _with_env(self, at: int, body: tuple[int, int]) -> None:
        if self._source.kinds[at] not in {TEXT, GSTRING}:
            return
        name, equals, text = value(self._source, at).partition("=")
        if equals and name.isidentifier():
            self.told.add(at)
            known = text if self._source.kinds[at] == TEXT else None
            self._set(name, Setting(*body, known, By.WITH_ENV))

    def _set(self, name: str, setting: Setting) -> None:
        found = self._in_blocks.setdefault(name, [])
        if len(found) <= MOST_SET:
            found.append(setting)

    def _owner(self, brace: int) -> str:
        """Return the name that a block stands behind, without arguments; empty where there is none."""
        at = brace - 1
        while at >= 0 and self._source.kinds[at] == LINE:
            at -= 1
        return self._source.word(at) if at >= 0 and self._source.kinds[at] == NAME else ""
