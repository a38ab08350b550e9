"""Real files with some stretches cut, doubled or replaced: what readers of hostile files are shown."""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st


@st.composite
def mutated(draw: Callable[..., object], original: str, pieces: Sequence[str], most: int = 4) -> str:
    """Draw a file with up to `most` stretches changed, some of them for pieces of such files."""
    text = original
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        text = text[:start] + draw(st.sampled_from((*pieces, "", text[start:end] * 2))) + text[end:]
    return text
