"""Pieces that, repeated without end, make a careless reader slow: the tests read them, `make bench-growth` measures them."""

IN_TEXT = {
    "anchors": "gh" + "p_ ",
    "anchors without end": "eyJ" + "a" * 60 + ".",
    "one long word": "a",
    "one long line of names": "token_",
    "names": "token=",
    "names with blanks": "password     ",
    "quotes": 'token="',
    "colons": "a:",
    "flags": "--token ",
    "commands": "curl -u ",
    "logins": "docker login x ",
    "addresses": "a://b:c",
    "addresses with at": "://:@",
    "begins of keys": "-----BEGIN RSA PRIVATE KEY-----\n",
    "headers": "Bearer ",
    "pipes": "echo a | ",
    "brackets": "<a b",
    "variables": 'variable "x" {\n',
    "defaults": 'default = "abcdef123456"\n',
    "backslashes": "\\\n",
    "open": "[{",
    "aliases": "- &a [*a]\n",
    "values": "name: TOKEN\nvalue: ",
    "dots": "x.",
    "equals": "=",
    "base64": "QUJD",
    "atlas": ".atlasv1.",
}  # fmt: skip
IN_JENKINSFILES = {
    "braces": "{",
    "brackets of all kinds": "([{",
    "stages in stages": "stage('a'){",
    "blocks in blocks": "a{",
    "expressions in strings in expressions": '"${',
    "quotes": "'",
    "slashes that open nothing": "/\\",
    "assignments of commands": "a = b c = d ",
    "conditions in conditions": "if(a){",
    "methods that call all others": "def f(){f();g()}\ndef g(){g();f()}\n",
    "credentials without end": "credentialsId: ",
    "joined commands": 'sh "a"+params.b+',
    "names in one text": "$a",
    "lines without a statement": "a\n\n\n\n\n\n",
    "crossing brackets": "([)]",
    "comments that do not end": "/*",
    "nots": "when{not{",
}


def repeated(piece: str, characters: int) -> str:
    """Return a text of about so many characters that is one secret and the piece, over and over."""
    return "token: abcdefgh12345678\n" + piece * (characters // len(piece))
