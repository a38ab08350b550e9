"""Serves an application on a free port of loopback while a `with` block lasts: what all loopback servers of the estate have in common."""

import socket
import threading
import time
from typing import ClassVar, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

START_SECONDS = 20.0
STOP_SECONDS = 10.0


class Loopback:
    """A server whose requests are all answered by `_answer`, at `url` while the `with` block lasts."""

    methods: ClassVar[tuple[str, ...]] = ("GET", "POST")
    url: str = ""
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start on a free port of loopback."""
        # asyncio turns off Nagle only for sockets that say they are TCP; with it, each answer waits 40 ms
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=list(self.methods))])
        config = uvicorn.Config(app, log_level="critical", lifespan="off", access_log=False, ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the loopback server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=STOP_SECONDS)

    async def _answer(self, request: Request) -> Response:
        """Answer one request, whatever its path."""
        raise NotImplementedError
