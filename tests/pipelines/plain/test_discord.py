"""A token of a Discord bot is known by the bot's id, which it begins with, wherever it stands."""

import random

import pytest

from pipewarden.pipelines.plain import FileKind, find_secrets
from pipewarden.pipelines.plain.found import Confidence
from pipewarden.pipelines.plain.titles import title_of
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"


def told(text):
    return [(found.kind, found.confidence) for found in find_secrets("ci/bot.sh", text, FileKind.SHELL, KEY)]


@pytest.mark.parametrize("line", ["./bot --login {}", 'curl -H "Authorization: Bot {}" x', "X={}", "BOT: '{}'"])
def test_it_is_known_without_a_name(line):
    assert told(line.format(tokens.discord())) == [("discord_bot_token", Confidence.CERTAIN)]


def test_every_id_begins_as_one_does():
    dice = random.Random(7)
    for length in (17, 18, 19):
        for first in "123456789":
            bot = first + "".join(dice.choices("0123456789", k=length - 1))
            assert told(f"./bot {tokens.discord(bot)}\n"), bot


@pytest.mark.parametrize(
    "text",
    [
        tokens.discord("198622483471925248"),  # the one of Discord's own pages
        tokens.discord().partition(".")[0],
        ".".join(tokens.discord().split(".")[:2]),
        tokens.discord("not a number at all"),
        tokens.discord("12345678901234"),
        tokens.discord().replace("M", "m", 1),
        f"x{tokens.discord()}",
    ],
)
def test_what_is_no_such_token_is_left_in_peace(text):
    assert told(f"./bot {text}\n") == []


def test_it_has_words_of_its_own():
    assert title_of("discord_bot_token") == "token of a Discord bot"
