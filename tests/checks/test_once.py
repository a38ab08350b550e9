"""What is worked out once for a view is worked out anew for the next, and nothing is kept of what failed."""

import pytest

from pipewarden.access.view import View
from pipewarden.checks.once import once
from tests.checks.builder import Estate


def test_each_view_is_asked_once() -> None:
    asked: list[View] = []

    @once
    def repositories(view: View) -> list[str]:
        asked.append(view)
        return [repository.name for repository in view.repositories()]

    one = Estate().org("acme").repo("acme/web").view()
    other = Estate().org("acme").view()
    assert [repositories(one), repositories(other), repositories(one), repositories(other)] == [["acme/web"], []] * 2
    assert asked == [one, other], "an empty answer is an answer too"


def test_two_questions_of_one_name_are_two() -> None:
    def ask(answer: int):
        @once
        def question(_: View) -> int:
            return answer

        return question

    view = Estate().org("acme").view()
    assert [ask(1)(view), ask(2)(view)] == [1, 2]


def test_what_failed_is_asked_again() -> None:
    answers = iter([ValueError("not read"), None])

    @once
    def question(_: View) -> None:
        if (answer := next(answers)) is not None:
            raise answer

    view = Estate().org("acme").view()
    with pytest.raises(ValueError, match="not read"):
        question(view)
    assert question(view) is None
