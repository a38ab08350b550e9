"""The loopback controller: Basic authentication, `tree` with ranges, refusals in Jenkins' own form, and mischief."""

import re
import secrets
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.jenkins import answers, documents
from pipewarden.demo.jenkins.estate import FOLDER, Controller, acme
from pipewarden.demo.jenkins.variant import Variant
from pipewarden.demo.serving import Loopback

VERSION = "2.528.2"
USER = "pipewarden"
_RANGE = re.compile(r"\{(\d+),(\d+)\}$")
_ITEM = re.compile(r"^/((?:job/[^/]+/)+)(.*)$")


class JenkinsServer(Loopback):
    """Serves a controller on loopback while the `with` block lasts, at `url`, to the user `pipewarden` with `token`."""

    def __init__(self, controller: Controller | None = None, variant: Variant | None = None) -> None:
        self.controller = controller or acme()
        self.variant = variant or Variant()
        self.token = secrets.token_hex(17)
        self.requests: dict[str, int] = {}
        self.total = 0

    async def _answer(self, request: Request) -> Response:
        path = "/" + request.scope["raw_path"].decode("ascii").lstrip("/")
        self.total += 1
        self.requests[path] = self.requests.get(path, 0) + 1
        early = self._misbehave(path)
        if early is not None:
            return early
        given = request.headers.get("authorization", "")
        if given and not self._known(given):
            return _html(401, "Invalid password/token for user")
        if not given and not (path == "/api/json" and self.controller.anonymous_reads()):
            return self._refused("Overall/Read")
        body = self._body(path, request)
        return body if isinstance(body, Response) else self._json(path, body)

    def _known(self, header: str) -> bool:
        try:
            return b64decode(header.removeprefix("Basic ")).decode() == f"{USER}:{self.token}"
        except (ValueError, UnicodeDecodeError):
            return False

    def _misbehave(self, path: str) -> Response | None:
        variant, number = self.variant, self.total
        if number <= variant.failures or (variant.stop_after and number > variant.stop_after):
            return _html(503, "Jenkins is getting ready to work")
        if variant.unauthorized_after and number > variant.unauthorized_after:
            return _html(401, "Invalid password/token for user")
        if variant.limited_every and number % variant.limited_every == 0:
            headers = {} if variant.retry_after is None else {"retry-after": str(variant.retry_after)}
            return Response(b"slow down", 429, headers)
        if path.startswith(variant.forbidden):
            return self._refused("Overall/SystemRead")
        if path.startswith(variant.missing):
            return _html(404, "Not Found")
        if path.startswith(variant.html):
            return _html(200, "Sign in")
        return None

    def _refused(self, permission: str) -> Response:
        return Response(
            b"<html><head><meta http-equiv='refresh' content='1;url=/login'/></head></html>",
            403,
            {"x-jenkins": VERSION, "x-required-permission": f"hudson.model.Hudson.{permission.rpartition('/')[2]}"},
            "text/html",
        )

    def _body(self, path: str, request: Request) -> Any:
        query = dict(request.query_params)
        top: dict[str, Callable[[], Any]] = {
            "/api/json": lambda: answers.root(self.controller) | self._ranged(self.controller.items, "", query),
            "/computer/api/json": lambda: answers.computers(self.controller),
            "/pluginManager/api/json": lambda: answers.plugins(self.controller),
            "/asynchPeople/api/json": lambda: answers.people(self.controller),
            "/configuration-as-code/export": lambda: self._text(documents.export(self.controller), "text/yaml"),
        }
        if path in top:
            return top[path]()
        if path.endswith("/getMatchingJobs"):
            known = self.controller.matching
            return (
                self._refused("Overall/Administer")
                if known is None
                else {"matchingJobs": known, "itemCount": len(known)}
            )
        if path.startswith("/role-strategy/strategy/") and self.controller.roles:
            return answers.roles(self.controller, path.rpartition("/")[2], query, old=self.variant.old_sids)
        if path.startswith("/credentials/store/system/"):
            return answers.store(self.controller.credentials, path.removeprefix("/credentials/store/system/"), "system")
        match = _ITEM.match(path)
        return self._item(match, query) if match else _html(404, "Not Found")

    def _item(self, match: re.Match[str], query: dict[str, str]) -> Any:
        names = [unquote(part) for part in match.group(1).strip("/").split("/")[1::2]]
        full_name, rest = "/".join(names), match.group(2)
        item = self.controller.find(full_name)
        if item is None:
            return _html(404, "Not Found")
        if rest == "config.xml":
            return self._text(documents.config_xml(item), "application/xml")
        if rest == "api/json":
            return answers.item(item, full_name, self.url) | self._ranged(item.items, full_name, query)
        if rest.startswith("credentials/store/folder/") and item.kind == FOLDER:
            return answers.store(item.credentials, rest.removeprefix("credentials/store/folder/"), "folder")
        return _html(404, "Not Found")

    def _ranged(self, items: list[Any], outer: str, query: dict[str, str]) -> dict[str, Any]:
        found = _RANGE.search(query.get("tree", ""))
        start, end = (int(found.group(1)), int(found.group(2))) if found else (0, len(items))
        if self.variant.endless:
            start, end = 0, end - start
        if self.variant.ignores_ranges:
            start, end = 0, len(items)
        rows = [answers.item(each, f"{outer}/{each.name}".lstrip("/"), self.url) for each in items[start:end]]
        if self.variant.twice:
            rows = rows[:1] + rows
        for row in rows if self.variant.long_names else ():
            row["name"] = row["name"] * self.variant.long_names
        return {"jobs": rows}

    def _text(self, body: bytes, kind: str) -> Response:
        return Response(body, 200, {"x-jenkins": VERSION}, kind)

    def _json(self, path: str, body: Any) -> Response:
        if path.startswith(self.variant.nulls):
            body = _null(body)
        raw = orjson.dumps(body)
        if path.startswith(self.variant.truncated):
            raw = raw[: len(raw) // 2]
        return Response(raw, 200, {"x-jenkins": VERSION}, "application/json;charset=utf-8")


def _null(body: Any) -> Any:
    return dict.fromkeys(body) if isinstance(body, dict) else None


def _html(status: int, told: str) -> Response:
    return Response(f"<html>{told}</html>".encode(), status, {"x-jenkins": VERSION}, "text/html;charset=utf-8")
