"""Reading shell scripts as far as it takes to say what goes into outputs, variables and commands. Never raises, linear in time.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_TEXT = 20_000
"""Characters of one script that are read; the rest counts as not followed."""

_CONTINUED = re.compile(r"[\\`]\n[ \t]*")
_HEREDOC = re.compile(r"<<-?[ \t]*(?P<quote>[\"']?)(?P<word>[A-Za-z_]\w*)(?P=quote)")
_ASSIGNED = re.compile(
    r"(?:(?:export|local|readonly|typeset|declare(?:\s+-\w+)*|env|then|do|else|if|!)\s+)*\$?(?:env:)?"
    r"(?P<name>[A-Za-z_]\w*)(?:\s=\s|\+?=(?![=~]))(?P<value>.*)",
    re.DOTALL,
)
_LOOP = re.compile(r"(?:for|foreach|select)\s+\(?\$?(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<value>.*)", re.DOTALL)
_READ = re.compile(r"(?:while\s+)?(?:IFS=\S*\s+)?(?:read|mapfile|readarray)\s+(?:-\S+\s+)*(?P<names>[A-Za-z_][\w\s]*)")
_SET_OUTPUT = re.compile(r"::set-output\s+name=(?P<name>[\w-]+)::(?P<value>[^\n]*)")
_OPENS = re.compile(r"(?:\{|for|while|until|select|if|case)(?=\s|$)")
_CLOSES = re.compile(r"(?:\}|done|fi|esac)(?=[\s;>|]|$)")
_PRINTS = re.compile(
    r"(?:(?:then|do|else|\{|sudo|command|builtin)\s+)*(?P<word>echo|printf|print|cat|Write-Output|[\"'])(?=[\s\"'<]|$|.)"
)
_PAIR = re.compile(r"\s*(?P<name>[A-Za-z_][\w.-]*)(?P<kind>=|<<)(?P<value>.*)", re.DOTALL)
_FLAGS = re.compile(r"(?:\s*-[neE]+(?=\s))+")


class Command(NamedTuple):
    """One command of a script: its words as written, what follows its redirections, and whether its output goes to the next."""

    text: str
    piped: bool = False
    body: str = ""
    """Of a here-document: its lines."""
    quoted: bool = False
    """Whether the here-document is taken as it stands: no variables in it."""


def commands_of(script: str) -> list[Command]:
    """Split a script into commands, at what separates them outside quotes and brackets."""
    return _Splitter(_CONTINUED.sub(" ", script[:MOST_TEXT])).split()


_PAIRS = {"'": "'", '"': '"', "`": "`", "(": ")"}


_MARK = re.compile(r"[\\'\"`$(){}<\n;|&#]")
"""Where something begins or ends."""


class _Splitter:
    """Goes once over a script, with what is open at each place: quotes, brackets, here-documents."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.start = 0
        self.closers: list[str] = []
        self.heredoc: re.Match[str] | None = None
        self.found: list[Command] = []

    def split(self) -> list[Command]:
        while (found := _MARK.search(self.text, self.at)) is not None:
            self.at = found.start()
            char = found.group()
            top = self.closers[-1] if self.closers else ""
            if char == "\\" and top != "'":
                self.at += 2
            elif top == "'" or self._skipped(char, top):
                if top == char == "'":
                    self.closers.pop()
                self.at += top == "'"
            elif char == top:
                self.closers.pop()
                self.at += 1
            elif char in _PAIRS and not (top == '"' and char in "'("):
                self.closers.append(_PAIRS[char])
                self.at += 1
            elif not self.closers and char in "\n;|&#":
                self._separated(char)
            else:
                self.at += 1
        self._keep(self.start, len(self.text))
        return self.found

    def _skipped(self, char: str, top: str) -> bool:
        """Step over what is one: an expression, the beginning of a command put in, that of a here-document."""
        if char == "$" and self.text.startswith("${{", self.at):
            close = self.text.find("}}", self.at)
            self.at = (close if close >= 0 else self.at) + 2
        elif char == "$" and self.text.startswith("$(", self.at):
            self.closers.append(")")
            self.at += 2
        elif char == "<" and not top and self.text.startswith("<<", self.at):
            here = self.text.startswith("<<<", self.at)
            self.heredoc = self.heredoc if here else _HEREDOC.match(self.text, self.at) or self.heredoc
            self.at += 3 if here else 2
        else:
            return False
        return True

    def _separated(self, char: str) -> None:
        """End a command where one ends."""
        text, at = self.text, self.at
        if char == "#":
            self.at += 1
            if at == 0 or text[at - 1] in " \t\n;":
                newline = text.find("\n", at)
                self._keep(self.start, at)
                self.at = self.start = newline if newline >= 0 else len(text)
        elif char == "&" and (text[at - 1 : at] in {">", "<"} or text.startswith("&>", at)):
            self.at += 1
        elif self.heredoc is not None:
            self._taken_with_lines(self.heredoc)
        else:
            doubled = char in "|&" and text.startswith(char * 2, at)
            self._keep(self.start, at, piped=char == "|" and not doubled)
            self.at = self.start = at + (2 if doubled else 1)

    def _taken_with_lines(self, heredoc: re.Match[str]) -> None:
        """End a command with the lines of its here-document, which follow after the end of its own line."""
        text, at = self.text, self.at
        line = text.find("\n", at)
        stop, after = _end_of(text, line, heredoc["word"])
        whole = text[self.start : line if line >= 0 else len(text)].strip()
        body = text[line + 1 : stop] if line >= 0 else ""
        self.found.append(Command(whole, body=body, quoted=bool(heredoc["quote"])))
        self.at = self.start = after
        self.heredoc = None

    def _keep(self, start: int, end: int, *, piped: bool = False) -> None:
        plain = self.text[start:end].strip()
        if plain:
            self.found.append(Command(plain, piped))


def _end_of(text: str, line: int, word: str) -> tuple[int, int]:
    """Return where a here-document's lines end, and where the script goes on."""
    if line < 0:
        return len(text), len(text)
    closing = re.compile(rf"^[ \t]*{word}[ \t]*$", re.MULTILINE).search(text, line + 1)
    return (closing.start(), closing.end()) if closing else (len(text), len(text))


class Script:
    """What a script assigns, and what it writes into the files of outputs and variables."""

    def __init__(self, script: str) -> None:
        self.text = script
        self.cut = len(script) > MOST_TEXT
        self.commands = commands_of(script)
        self.assigned: dict[str, list[str]] = {}
        """Values as written, by the name of the variable."""
        self.read: set[str] = set()
        """Variables that are read from somewhere."""
        for command in self.commands:
            self._assign(command.text)

    def _assign(self, text: str) -> None:
        if found := _LOOP.match(text):
            self.assigned.setdefault(found["name"], []).append(found["value"])
        elif found := _READ.match(text):
            self.read.update(found["names"].split())
        elif "=" in text and (found := _ASSIGNED.match(text)):
            value = found["value"]
            # an assignment before a command is its command's alone: `A=1 make`
            self.assigned.setdefault(found["name"], []).append(_first_word(value.lstrip()))

    def written(self, file: str) -> "Written":
        """Return what the script writes into `GITHUB_OUTPUT` or `GITHUB_ENV`."""
        if file not in self.text and "::set-output" not in self.text:
            return Written({}, ())
        out = Written({}, ())
        pieces = list(self._pieces(file))
        _sort(pieces, out)
        if file == "GITHUB_OUTPUT" and "::set-output" in self.text:
            for found in _SET_OUTPUT.finditer(self.text):
                out.values.setdefault(found["name"], []).append(Piece(found["value"].rstrip("\"'")))
        return out

    def _pieces(self, file: str) -> Iterator["Piece"]:
        """Yield what is written into a file, in order."""
        target = re.compile(
            rf"(?:>>?|\btee\s+(?:-a|--append)|\b(?:Out-File|Add-Content|Set-Content)\b[^|;]*?)\s*[\"']?\$\{{?(?:env:)?{file}\b"
        )
        stack: list[list[Piece]] = [[]]
        opened = 0
        before: Command | None = None
        for command in self.commands:
            text = command.text
            if _CLOSES.match(text) and opened:
                inside = stack.pop()
                opened -= 1
                if file in text and target.search(text):
                    yield from inside
                elif opened:
                    stack[-1] += inside
                before = None
                continue
            hit = target.search(text) if file in text else None
            bare = re.sub(r"^(?:then|do|else|\{)\s+", "", text)
            if _OPENS.match(text):
                stack.append([])
                opened += 1
            if text.startswith("(") and hit and text.rfind(")") < hit.start() + 2:
                yield from Script(text[1 : text.rfind(")")]).printed()
            elif hit:
                piped = before is not None and before.piped
                source = before if piped and before is not None else command
                shown = text[: hit.start()] if not piped else source.text
                yield _piece(re.sub(r"^(?:then|do|else|\{)\s+", "", shown), source)
            elif opened and not command.piped and _PRINTS.match(bare):
                stack[-1].append(_piece(bare, command))
            if not (before is not None and before.piped and command.piped):
                before = command

    def printed(self) -> Iterator["Piece"]:
        """Yield what the script prints."""
        for command in self.commands:
            yield _piece(command.text, command)


class Piece(NamedTuple):
    """Text as a script writes it. `raw`: it stands there as it is, without variables; `command`: it is what a command prints."""

    text: str
    raw: bool = False
    command: bool = False


class Written(NamedTuple):
    """What is written: by name, and what may be under any name."""

    values: dict[str, list[Piece]]
    wild: tuple[Piece, ...]

    def of(self, name: str) -> list[Piece] | None:
        """Return what is written under a name; None where nothing is seen to write it."""
        return self.values.get(name)


def _piece(text: str, command: Command) -> Piece:
    """Return what a command prints."""
    if command.body:
        return Piece(command.body, raw=command.quoted)
    found = _PRINTS.match(text)
    if found is None or (found["word"] == "cat"):
        return Piece(text, command=True)
    if found["word"] in {'"', "'"}:
        return Piece(text[found.start("word") :])
    rest = text[found.end("word") :]
    flags = _FLAGS.match(rest)
    return Piece(rest[flags.end() :].strip() if flags else rest.strip())


def _sort(pieces: list[Piece], out: Written) -> None:
    """Sort what is written by name: `name=value` lines, and `name<<WORD` with the lines up to the word."""
    wild: list[Piece] = []
    name, until = "", ""
    for piece in pieces:
        if piece.command:
            (out.values.setdefault(name, []) if name else wild).append(piece)
            continue
        for line in _lines(piece.text):
            bare = line.strip().strip("\"'").strip()
            if name:
                if bare == until:
                    name = ""
                else:
                    out.values.setdefault(name, []).append(Piece(line, piece.raw))
                continue
            quote = line.strip()[:1] == "'" and line.count("'") >= 2
            found = _PAIR.match(line.strip().lstrip("\"'"))
            if found is None:
                if bare:
                    wild.append(Piece(line, piece.raw))
            elif found["kind"] == "<<":
                name, until = found["name"], found["value"].strip().strip("\"'").strip()
                out.values.setdefault(name, [])
            else:
                # after a single-quoted beginning other words may follow, as of printf
                value = found["value"]
                raw = piece.raw or (quote and value.rstrip().endswith("'") and "'" not in value.rstrip()[:-1])
                out.values.setdefault(found["name"], []).append(Piece(value, raw))
    out.values.setdefault("", []).extend(wild)


def _lines(text: str) -> list[str]:
    """Split what is written into lines; a command that is put into it is on one."""
    if "\n" not in text:
        return [text]
    if "$(" in text:
        parts, at = [], 0
        while (start := text.find("$(", at)) >= 0:
            close = _closing(text, start + 2)
            parts += [text[at:start], text[start:close].replace("\n", " ")]
            at = close
        text = "".join((*parts, text[at:]))
    return text.split("\n")


_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{[!#]?(?:env:)?|env:)?(?P<name>[A-Za-z_]\w*)")


class Parts(NamedTuple):
    """What a text is made of beside fixed text."""

    variables: tuple[str, ...]
    commands: tuple[str, ...]
    expressions: tuple[str, ...]


def parts_of(text: str, *, raw: bool = False) -> Parts:
    """Return the variables, commands and expressions of a text; in single quotes only expressions count."""
    expressions = tuple(_EXPRESSION.findall(text)) if "${{" in text else ()
    if raw or ("$" not in text and "`" not in text):
        return Parts((), (), expressions)
    plain = _EXPRESSION.sub(" ", text) if expressions else text
    variables: dict[str, None] = {}
    commands: list[str] = []
    at, quoted = 0, False
    while at < len(plain):
        char = plain[at]
        if char == "\\":
            at += 2
            continue
        if char == '"':
            quoted = not quoted
        elif char == "'" and not quoted:
            close = plain.find("'", at + 1)
            # an apostrophe that nothing closes is one
            at = close if close >= 0 else at
        elif plain.startswith("$(", at) and not plain.startswith("$((", at):
            close = _closing(plain, at + 2)
            commands.append(plain[at + 2 : close])
            at = close
        elif char == "`":
            close = plain.find("`", at + 1)
            if close > 0:
                commands.append(plain[at + 1 : close])
                at = close
        elif char == "$" and (found := _VARIABLE.match(plain, at)):
            variables[found["name"]] = None
            at = found.end()
            continue
        at += 1
    return Parts(tuple(variables), tuple(commands), expressions)


def _closing(text: str, at: int) -> int:
    """Return where the bracket closes that opened before a place."""
    depth, quote = 1, ""
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return at
        at += 1
    return len(text)


def _first_word(value: str) -> str:
    """Return the first word of a text, with its quotes: what an assignment takes."""
    at, quote = 0, ""
    while at < len(value):
        char = value[at]
        if char == "\\" and quote != "'":
            at += 2
            continue
        if value.startswith("$(", at) and quote != "'":
            at = _closing(value, at + 2) + 1
            continue
        if value.startswith("${{", at):
            close = value.find("}}", at)
            at = close + 2 if close >= 0 else len(value)
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif char.isspace() or char in ";&|":
            return value[:at]
        at += 1
    return value
