"""Reads the parts of perfgate.yaml that say how services are started, asked, measured and compared."""

import re
import warnings
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from perfgate.config import strict_yaml
from perfgate.config.reader import Reader
from perfgate.config.running import (
    COMPARE,
    METHODS,
    PORT,
    Compare,
    Load,
    MemoryLoad,
    Ready,
    Route,
    Running,
    Start,
)
from perfgate.config.strict_yaml import Node, Scalar
from perfgate.errors import Source
from perfgate.units import Unit, UnitError
from perfgate.units import parse as parse_amount

START_KEYS = (
    "start",
    "cwd",
    "env",
    "inherit",
    "port",
    "https",
    "ready",
    "timeout",
    "stop",
    "routes",
    "response",
    "memory",
)
_READY_KEYS = ("url", "log")
_ROUTE_KEYS = ("path", "method", "body", "headers", "status", "weight")
_LOAD_KEYS = ("rate", "duration", "warm-up", "timeout", "keep-alive")
_MEMORY_KEYS = ("block", "connections")
_COMPARE_KEYS = ("with", "prepare", "requests", "warm-up")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PATH = re.compile(r"/[!-\"$-~]*")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})
_SHELL_MARKS = frozenset("&|;<>()$`\\\"'*?[]{}~#!,\n")
# What perfgate and the runner tell one another, and the tokens that perfgate takes out of its environment.
_OWN_VARIABLES = ("PERFGATE_", "ACTIONS_")
_TOKENS = frozenset({"GITHUB_TOKEN", "GH_TOKEN"})
# These are perfgate's to set: which request is which, and where it ends.
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"})


class RunningReader:
    """Reads the parts of a service that say how it runs; problems go to the reader of the whole file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def running(self, source: Source, parts: Mapping[str, Node], load: Load, memory: MemoryLoad) -> Running | None:
        """None where the service says nothing of how it is started."""
        given = [key for key in START_KEYS if key in parts]
        if given and "start" not in parts:
            self._reader.wrong(parts[given[0]].source, f"{given[0]} without start", "add `start: [node, main.js]`")
        port = self._port(parts["port"]) if "port" in parts else None
        start = Start(
            argv=self._argv(parts["start"]) if "start" in parts else (),
            cwd=self._cwd(parts["cwd"]) if "cwd" in parts else ".",
            env=self._env(parts["env"], port) if "env" in parts else {},
            inherit=self._inherit(parts["inherit"]) if "inherit" in parts else (),
            port=port,
            https=self._flag(parts["https"]) if "https" in parts else False,
            ready=self._ready(parts["ready"]) if "ready" in parts else Ready(),
            timeout=self._seconds(parts["timeout"], least=0.1) if "timeout" in parts else 60,
            stop=self._seconds(parts["stop"]) if "stop" in parts else 5,
            source=source,
        )
        running = Running(
            start=start,
            routes=self._routes(parts["routes"]) if "routes" in parts else (),
            load=self.load(parts["response"], load) if "response" in parts else load,
            memory=self.memory(parts["memory"], memory) if "memory" in parts else memory,
        )
        return running if "start" in parts else None

    def load(self, node: Node, inherited: Load) -> Load:
        parts = dict(self._reader.known(node, _LOAD_KEYS, "a part of response"))
        rate = self._number(parts["rate"], 1, 20_000) if "rate" in parts else inherited.rate
        return Load(
            rate=rate,
            seconds=self._seconds(parts["duration"], least=1) if "duration" in parts else inherited.seconds,
            warm_up=self._number(parts["warm-up"], 0, 100_000) if "warm-up" in parts else inherited.warm_up,
            timeout=self._seconds(parts["timeout"], least=0.1) if "timeout" in parts else inherited.timeout,
            keep_alive=self._flag(parts["keep-alive"]) if "keep-alive" in parts else inherited.keep_alive,
        )

    def memory(self, node: Node, inherited: MemoryLoad) -> MemoryLoad:
        parts = dict(self._reader.known(node, _MEMORY_KEYS, "a part of memory"))
        return MemoryLoad(
            block=self._number(parts["block"], 50, 100_000) if "block" in parts else inherited.block,
            connections=self._number(parts["connections"], 1, 256) if "connections" in parts else inherited.connections,
        )

    def compare(self, node: Node) -> Compare:
        """`paired`, or a mapping that also says how the base is prepared."""
        if isinstance(node, Scalar):
            return Compare(how=self._how(node))
        parts = dict(self._reader.known(node, _COMPARE_KEYS, "a part of compare"))
        return Compare(
            how=self._how(parts["with"]) if "with" in parts else "paired",
            prepare=self._commands(parts["prepare"]) if "prepare" in parts else (),
            requests=self._number(parts["requests"], 10, 10_000) if "requests" in parts else 500,
            warm_up=self._number(parts["warm-up"], 0, 10_000) if "warm-up" in parts else 100,
        )

    def _how(self, node: Node) -> Literal["stored", "paired"]:
        text = self._reader.text(node, " or ".join(COMPARE))
        if text and text not in COMPARE:
            self._reader.wrong(node.source, f"compare: {text!r} is not {' or '.join(COMPARE)}")
        return "paired" if text == "paired" else "stored"

    # Commands

    def _commands(self, node: Node) -> tuple[tuple[str, ...], ...]:
        if not isinstance(node, strict_yaml.Sequence):
            self._reader.wrong(node.source, "expected a list of commands", "write `- [pnpm, install]`")
            return ()
        return tuple(argv for item in node.items if (argv := self._argv(item)))

    def _argv(self, node: Node) -> tuple[str, ...]:
        """A command as a list: there is no shell to split a text, or to read what a pull request put into it."""
        if not isinstance(node, strict_yaml.Sequence):
            words = node.text.split() if isinstance(node, Scalar) and not set(node.text) & _SHELL_MARKS else []
            example = ", ".join(words) or "node, dist/main.js"
            self._reader.wrong(node.source, "a command is a list of its words", f"there is no shell: write [{example}]")
            return ()
        for item in node.items:
            if not isinstance(item, Scalar) or item.empty or "\0" in item.text:
                self._reader.wrong(
                    item.source, "expected a word of the command", "quote what YAML takes for something else"
                )
            elif item.text in _SHELL_WORDS:
                self._reader.wrong(
                    item.source, f"{item.text!r} means nothing without a shell", 'write [sh, -c, "first && second"]'
                )
        argv = tuple(item.text for item in node.items if isinstance(item, Scalar) and not item.empty)
        if not node.items or (argv and not argv[0].strip()):
            self._reader.wrong(node.source, "the command is empty", "write [node, dist/main.js]")
        return argv

    def _env(self, node: Node, port: int | None) -> dict[str, str]:
        found = {}
        for name, (source, value) in self._reader.mapping(node, "variables by name"):
            if not _NAME.fullmatch(name):
                self._reader.wrong(source, f"{name!r} is not the name of a variable")
            elif not isinstance(value, Scalar) or "\0" in value.text:
                self._reader.wrong(value.source, f"{name} must be a single value")
            elif name.startswith(_OWN_VARIABLES):
                self._reader.wrong(source, f"{name} is for perfgate itself", "leave it out")
            elif name == "PORT" and value.text not in (PORT, str(port)):
                self._reader.wrong(
                    source, "PORT is set by perfgate", "write `port: 3000` beside `start` for a fixed one"
                )
            else:
                found[name] = "" if value.empty else value.text
        return found

    def _inherit(self, node: Node) -> tuple[str, ...]:
        """Names of variables. Which of them are secrets is the team's to decide; ours are none of a service's business."""
        items = node.items if isinstance(node, strict_yaml.Sequence) else [node]
        for item in items:
            name = self._reader.text(item, "the name of a variable")
            if name and not _NAME.fullmatch(name):
                self._reader.wrong(item.source, f"{name!r} is not the name of a variable")
            elif name.startswith(_OWN_VARIABLES) or name in _TOKENS:
                self._reader.wrong(
                    item.source,
                    f"{name} is never handed to a service",
                    "give the service a token of its own, by another name",
                )
        return tuple(item.text.strip() for item in items if isinstance(item, Scalar))

    def _cwd(self, node: Node) -> str:
        text = self._reader.text(node, "a folder")
        if text.startswith(("/", "~")) or ".." in text.replace("\\", "/").split("/"):
            self._reader.wrong(node.source, f"{text!r} leaves the workspace", "write it relative to perfgate.yaml")
        return text.removeprefix("./") or "."

    # Readiness and routes

    def _port(self, node: Node) -> int | None:
        text = self._reader.text(node, "a port, or auto")
        if text in ("auto", ""):
            return None
        return self._number(node, 1, 65_535)

    def _ready(self, node: Node) -> Ready:
        if isinstance(node, Scalar):
            return self._address(node, or_port=True)
        parts = dict(self._reader.known(node, _READY_KEYS, "url or log"))
        if isinstance(node, strict_yaml.Mapping) and (len(parts) > 1 or not node.entries):
            self._reader.wrong(
                node.source, "ready is one of url and log", "keep one of them; `ready: port` needs neither"
            )
        if "log" in parts:
            return Ready("log", self._pattern(parts["log"]))
        return self._address(parts["url"], or_port=False) if "url" in parts else Ready()

    def _address(self, node: Node, *, or_port: bool) -> Ready:
        text = self._reader.text(node, "a path such as /health")
        if text == "port" and or_port:
            return Ready()
        if text and not text.startswith(("/", "http://", "https://")):
            self._reader.wrong(
                node.source, f"{text!r} is neither a path nor an address", "write /health, or {log: a pattern}"
            )
        elif text and not _is_address(text):
            self._reader.wrong(
                node.source, f"{text!r} cannot be requested", "encode blanks as %20, and give a host and port"
            )
        return Ready("url", text)

    def _pattern(self, node: Node) -> str:
        pattern = self._reader.text(node, "a pattern")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                re.compile(pattern)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            self._reader.wrong(node.source, f"{pattern!r} is no pattern: {error}")
        return pattern

    def _routes(self, node: Node) -> tuple[Route, ...]:
        if not isinstance(node, strict_yaml.Sequence):
            self._reader.wrong(node.source, "expected a list of routes", "write `- /health`, or `- {path: /health}`")
            return ()
        routes: dict[str, Route] = {}
        for item in node.items:
            route = self._route(item)
            if route and route.name in routes:
                self._reader.wrong(item.source, f"{route.name} is given twice", "weigh it with `weight: 2` instead")
            elif route:
                routes[route.name] = route
        return tuple(routes.values())

    def _route(self, node: Node) -> Route | None:
        parts = (
            {"path": node}
            if isinstance(node, Scalar)
            else dict(self._reader.known(node, _ROUTE_KEYS, "a part of a route"))
        )
        if "path" not in parts:
            if isinstance(node, strict_yaml.Mapping):
                self._reader.wrong(node.source, "no path", "write `path: /health`")
            return None
        path = self._reader.text(parts["path"], "a path")
        if path and not _PATH.fullmatch(path):
            self._reader.wrong(
                parts["path"].source, f"{path!r} is no path of a request", "start with /, and encode blanks as %20"
            )
        method = self._reader.text(parts["method"], "a method").upper() if "method" in parts else "GET"
        if method and method not in METHODS:
            self._reader.wrong(parts["method"].source, f"unknown method {method!r}", f"known: {', '.join(METHODS)}")
        return Route(
            path=path,
            method=method,
            body=self._body(parts["body"]) if "body" in parts else "",
            headers=self._headers(parts["headers"]) if "headers" in parts else (),
            statuses=self._statuses(parts["status"]) if "status" in parts else frozenset(),
            weight=self._number(parts["weight"], 1, 1000) if "weight" in parts else 1,
        )

    def _body(self, node: Node) -> str:
        if isinstance(node, Scalar):
            return node.text
        self._reader.wrong(node.source, "the body must be a text", 'quote it: body: \'{"name": "x"}\'')
        return ""

    def _headers(self, node: Node) -> tuple[tuple[str, str], ...]:
        found = []
        for name, (source, value) in self._reader.mapping(node, "headers by name"):
            text = value.text if isinstance(value, Scalar) and not value.empty else ""
            if not isinstance(value, Scalar):
                self._reader.wrong(value.source, f"{name} must be a single value")
            elif not _HEADER.fullmatch(name) or not text.isascii() or any(c < " " or c == "\x7f" for c in text):
                self._reader.wrong(
                    source, f"{name!r} is no header", "names are letters and dashes, values one line of ASCII"
                )
            elif name.lower() in _OWN_HEADERS:
                self._reader.wrong(source, f"{name} is set by perfgate", "leave it out")
            else:
                found.append((name, text))
        return tuple(found)

    def _statuses(self, node: Node) -> frozenset[int]:
        items = node.items if isinstance(node, strict_yaml.Sequence) else [node]
        if not items:
            self._reader.wrong(node.source, "no status", "leave `status` out to take 200 to 399")
        return frozenset(self._number(item, 100, 599) for item in items)

    # Values

    def _number(self, node: Node, least: int, most: int) -> int:
        text = self._reader.text(node, f"a number from {least:,} to {most:,}")
        if text and not (_WHOLE.fullmatch(text) and least <= int(text) <= most):
            self._reader.wrong(node.source, f"{text!r} is not a number from {least:,} to {most:,}")
            return least
        return int(text) if text else least

    def _seconds(self, node: Node, least: float = 0) -> float:
        text = self._reader.text(node, "a time such as 10 s")
        try:
            seconds = parse_amount(text, Unit.MILLISECONDS) / 1000 if text else least
        except UnitError as error:
            self._reader.wrong(node.source, str(error), error.hint)
            return least or 1
        if not least <= seconds <= 3600:
            self._reader.wrong(node.source, f"{text!r} is not between {least:g} s and 1 h")
        return seconds

    def _flag(self, node: Node) -> bool:
        text = self._reader.text(node, "true or false")
        if text and text not in ("true", "false"):
            self._reader.wrong(node.source, f"{text!r} is neither true nor false")
        return text == "true"


def _is_address(text: str) -> bool:
    """Whether a path or an address can be asked for, with whatever port in place of {port}."""
    text = text.replace(PORT, "1")
    if text.startswith("/"):
        return _PATH.fullmatch(text) is not None
    try:
        address = urlsplit(text)
        return bool(address.hostname) and address.port != 0 and _PATH.fullmatch(f"/{text}") is not None
    except ValueError:
        return False
