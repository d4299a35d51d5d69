"""A GitHub for tests: a small stateful server on the loopback, held to GitHub's own description of its API.

Every request body, every query and every answer is validated against the OpenAPI description; what does not conform is a `violation`
that fails the test. Faults can be planted: an error status, a dropped connection before or after the request took effect.

As a program it serves runs in other processes: `python tests/github_server.py --port-file FILE`; its state can then be read
and planted over `/__state`.
"""

import argparse
import base64
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT4

BOT = "github-actions[bot]"
MAX_COMMENT = 65_536
MAX_DESCRIPTION = 140
WORKFLOW_ID = 159038
_DESCRIPTION = Path(__file__).parent / "data" / "github" / "openapi.json"
_ROOT = "urn:github"


@dataclass
class Fault:
    """Something that goes wrong with the next requests that match, `times` times.

    `status` answers that instead of acting; `drop` closes the connection, `after` acting or before; `lag` waits first.
    """

    method: str = ""
    path: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "planted fault"
    drop: bool = False
    after: bool = False
    lag: float = 0
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class State:
    """What this GitHub knows. `token_user` is who the token belongs to; a workflow's token may not ask."""

    token_user: str = BOT
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    next_id: int = 100

    def comment(self, number: int, body: str, login: str = BOT) -> dict[str, Any]:
        """Put a comment on a pull request, as somebody."""
        self.next_id += 1
        found = {"id": self.next_id, "issue": number, "body": body, "login": login}
        self.comments.append(found)
        return found

    def artifact(self, run: int, name: str, members: Mapping[str, bytes], *, expired: bool = False) -> None:
        self.next_id += 1
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        data = base64.b64encode(packed.getvalue()).decode()
        self.artifacts.append({"id": self.next_id, "run": run, "name": name, "zip": data, "expired": expired})

    def pull(self, number: int, sha: str, head: str = "octo:change", state: str = "open") -> None:
        self.pulls.append({"number": number, "sha": sha, "head": head, "state": state})

    def workflow_run(self, conclusion: str | None, **more: Any) -> dict[str, Any]:
        """A completed run of ci.yml on main, newer than those before; without a conclusion it is still running."""
        self.next_id += 1
        known = {"id": self.next_id, "workflow": "ci.yml", "branch": "main", "event": "push", "from": "octo/shop"}
        found = {**known, "conclusion": conclusion, "attempt": 1, **more}
        self.runs.append(found)
        return found

    def bodies(self, number: int = 1) -> list[str]:
        return [comment["body"] for comment in self.comments if comment["issue"] == number]

    def writes(self) -> list[str]:
        return [request for request in self.requests if not request.startswith("GET")]


class _AnswerError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


@cache
def _description() -> Any:
    """The API description; references are made absolute, so that the registry can follow them."""
    return json.loads(_DESCRIPTION.read_text(encoding="utf-8").replace('"#/components/', f'"{_ROOT}#/components/'))


@cache
def _routes() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    def pattern(path: str) -> re.Pattern[str]:
        inner = re.sub(
            r"\\\{(\w+)\\\}", lambda m: f"(?P<{m[1]}>.+)" if m[1] == "path" else f"(?P<{m[1]}>[^/]+)", re.escape(path)
        )
        return re.compile(f"^{inner}$")

    return [(pattern(path), path, item) for path, item in _description()["paths"].items()]


@cache
def _registry() -> Any:
    registry: Any = Registry()
    return registry.with_resource(_ROOT, DRAFT4.create_resource(_description()))


def _problems(schema: Any, value: Any) -> list[str]:
    if "discriminator" in schema and "oneOf" in schema:
        # The alternatives overlap, and GitHub's own examples match two of them: one is enough.
        schema = {"anyOf": schema["oneOf"]}
    validator = OAS30Validator(schema, registry=_registry(), format_checker=oas30_format_checker)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:160]}" for e in validator.iter_errors(value)]


def _resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target = _description()
        for key in node["$ref"].split("#/")[1].split("/"):
            target = target[key]
        node = target
    return node


def _example(name: str) -> Any:
    """A conforming example out of the description itself."""
    return json.loads(json.dumps(_description()["components"]["examples"][name]["value"]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers in one piece: otherwise each waits 40 ms for a delayed acknowledgement.
    wbufsize = -1
    server: "_Server"

    def log_message(self, *_arguments: Any) -> None:
        """Tests are quiet."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if url.path == "/__state":
            self._state(body)
            return
        with self.server.lock:
            self.server.state.requests.append(f"{self.command} {url.path}")
            fault = next((f for f in self.server.state.faults if f.matches(self.command, url.path)), None)
            if fault:
                fault.times -= 1
        if fault and fault.lag:
            time.sleep(fault.lag)
        if fault and fault.drop and not fault.after:
            self.close_connection = True
            return
        try:
            if fault and fault.status and not fault.after:
                raise _AnswerError(fault.status, fault.message, fault.headers)
            with self.server.lock:
                status, answer, headers = self._answer(url.path, parse_qs(url.query), body)
            if fault and fault.after:
                if fault.drop:
                    self.close_connection = True
                    return
                raise _AnswerError(fault.status, fault.message, fault.headers)
        except _AnswerError as error:
            status, headers = error.status, error.headers
            answer = {
                "message": str(error),
                "documentation_url": "https://docs.github.com",
                "status": str(error.status),
            }
        self._send(status, answer, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815  # the names http.server calls

    def _send(self, status: int, answer: Any, headers: Mapping[str, str]) -> None:
        raw = answer if isinstance(answer, bytes) else (b"" if answer is None else json.dumps(answer).encode())
        self.send_response(status)
        self.send_header(
            "content-type", "application/zip" if isinstance(answer, bytes) else "application/json; charset=utf-8"
        )
        self.send_header("content-length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def _state(self, body: bytes) -> None:
        """Another process reads the state, or plants some of it."""
        state = self.server.state
        if body:
            for name, value in json.loads(body).items():
                setattr(state, name, [Fault(**fault) for fault in value] if name == "faults" else value)
        self._send(200, asdict(state), {})

    def _answer(self, path: str, query: Mapping[str, list[str]], body: bytes) -> tuple[int, Any, dict[str, str]]:
        if path.startswith("/__blob/"):
            return self._blob(int(path.rsplit("/", 1)[1]))
        if not (self.headers.get("authorization") or "").lower().startswith(("token ", "bearer ")):
            raise _AnswerError(401, "Bad credentials")
        route, parts, operation = self._route(path)
        data = json.loads(body) if body else None
        self._check_query(route, operation, query)
        if "requestBody" in operation:
            problems = _problems(operation["requestBody"]["content"]["application/json"]["schema"], data)
            if problems:
                self.server.state.violations.append(f"request {self.command} {route}: {problems[:3]}")
                raise _AnswerError(422, "Validation Failed")
        status, answer, headers = _OPERATIONS[self.command, route](self, parts, data, query)
        response = _resolved(operation["responses"].get(str(status)) or {})
        schema = (response.get("content") or {}).get("application/json", {}).get("schema")
        if schema is not None and answer is not None and (problems := _problems(schema, answer)):
            self.server.state.violations.append(f"answer {self.command} {route} {status}: {problems[:3]}")
        return status, answer, headers

    def _check_query(self, route: str, operation: Mapping[str, Any], query: Mapping[str, list[str]]) -> None:
        """What is asked for must be a parameter of the operation, with a value that it takes."""
        known = {
            found["name"]: found for found in map(_resolved, operation.get("parameters", [])) if found["in"] == "query"
        }
        for name, (value, *_) in query.items():
            schema = _resolved(known[name]["schema"]) if name in known else {"not": {}}
            typed = int(value) if schema.get("type") == "integer" and value.isdecimal() else value
            if problems := _problems(schema, typed):
                self.server.state.violations.append(f"query {self.command} {route} {name}={value}: {problems[:3]}")

    def _route(self, path: str) -> tuple[str, dict[str, str], dict[str, Any]]:
        for pattern, route, item in _routes():
            hit = pattern.match(path)
            if hit and (self.command, route) in _OPERATIONS:
                return route, hit.groupdict(), item[self.command.lower()]
        raise _AnswerError(404, "Not Found")

    # What comes back

    @property
    def _base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _page(self, entries: list[Any], query: Mapping[str, list[str]]) -> tuple[list[Any], dict[str, str]]:
        per, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        if per > 100:
            raise _AnswerError(422, "per_page is too large")
        headers = {}
        if page * per < len(entries):
            asked = urlencode({**{name: value[0] for name, value in query.items()}, "page": page + 1})
            address = f"{self._base}{urlsplit(self.path).path}?{asked}"
            headers["link"] = f'<{address}>; rel="next"'
        return entries[(page - 1) * per : page * per], headers

    def _comment_json(self, comment: Mapping[str, Any]) -> dict[str, Any]:
        repo = f"{self._base}/repos/octo/shop"
        shown: dict[str, Any] = _example("issue-comment")
        shown["user"].update(login=comment["login"], type="Bot" if comment["login"].endswith("[bot]") else "User")
        shown.update(
            id=comment["id"],
            body=comment["body"],
            performed_via_github_app=None,
            url=f"{repo}/issues/comments/{comment['id']}",
            issue_url=f"{repo}/issues/{comment['issue']}",
            html_url=f"https://github.com/octo/shop/pull/{comment['issue']}#issuecomment-{comment['id']}",
        )
        return shown

    def _find_comment(self, parts: Mapping[str, str]) -> dict[str, Any]:
        for comment in self.server.state.comments:
            if comment["id"] == int(parts["comment_id"]):
                return comment
        raise _AnswerError(404, "Not Found")

    def list_comments(self, parts: Any, _data: Any, query: Any) -> tuple[int, Any, dict[str, str]]:
        ours = [c for c in self.server.state.comments if c["issue"] == int(parts["issue_number"])]
        entries, headers = self._page([self._comment_json(comment) for comment in ours], query)
        return 200, entries, headers

    def create_comment(self, parts: Any, data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        self._must_fit(data["body"])
        state = self.server.state
        return 201, self._comment_json(state.comment(int(parts["issue_number"]), data["body"], state.token_user)), {}

    def edit_comment(self, parts: Any, data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        self._must_fit(data["body"])
        comment = self._find_comment(parts)
        comment["body"] = data["body"]
        return 200, self._comment_json(comment), {}

    def delete_comment(self, parts: Any, _data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        self.server.state.comments.remove(self._find_comment(parts))
        return 204, None, {}

    @staticmethod
    def _must_fit(body: str) -> None:
        if len(body) > MAX_COMMENT:
            raise _AnswerError(422, "Body is too long (maximum is 65536 characters)")

    def user(self, _parts: Any, _data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        state = self.server.state
        if state.token_user == BOT:
            raise _AnswerError(403, "Resource not accessible by integration")
        shown = _example("private-user-response-with-public-profile-information")
        shown.update(login=state.token_user)
        return 200, shown, {}

    def create_status(self, parts: Any, data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        if len(data.get("description") or "") > MAX_DESCRIPTION:
            raise _AnswerError(422, "description is too long (maximum is 140 characters)")
        self.server.state.statuses.append({"sha": parts["sha"], **data})
        shown = _example("status")
        shown.update(state=data["state"], context=data["context"], description=data.get("description"))
        return 201, shown, {}

    def list_pulls(self, _parts: Any, _data: Any, query: Any) -> tuple[int, Any, dict[str, str]]:
        head, state = query.get("head", [""])[0], query.get("state", ["open"])[0]
        shown = []
        for pull in self.server.state.pulls:
            if pull["state"] == state and head in ("", pull["head"]):
                entry = _example("pull-request-simple-items")[0]
                entry["head"].update(sha=pull["sha"], label=pull["head"], ref=pull["head"].split(":")[1])
                # The example of a team lacks a key that the description requires.
                entry.update(number=pull["number"], state=pull["state"], requested_teams=[])
                shown.append(entry)
        entries, headers = self._page(shown, query)
        return 200, entries, headers

    def repository(self, _parts: Any, _data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        shown = _example("full-repository-default-response")
        shown.update(full_name="octo/shop", default_branch="main", language=None, url=f"{self._base}/repos/octo/shop")
        # The example lacks a key that the description requires.
        shown["source"]["language"] = None
        return 200, shown, {}

    def run(self, parts: Any, _data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        shown = _example("workflow-run")
        address = f"{self._base}/repos/octo/shop/actions/runs/{parts['run_id']}"
        shown.update(
            id=int(parts["run_id"]), url=address, artifacts_url=f"{address}/artifacts", workflow_id=WORKFLOW_ID
        )
        return 200, shown, {}

    def list_runs(self, parts: Any, _data: Any, query: Any) -> tuple[int, Any, dict[str, str]]:
        """The runs of a workflow, newest first; of one that was repeated, the last attempt."""
        name = "ci.yml" if parts["workflow_id"] == str(WORKFLOW_ID) else parts["workflow_id"]
        ours = [run for run in self.server.state.runs if run["workflow"] == name]
        if not ours and name != "ci.yml":
            raise _AnswerError(404, "Not Found")
        branch, status = query.get("branch", [""])[0], query.get("status", [""])[0]
        shown = []
        for run in reversed(ours):
            if branch in ("", run["branch"]) and (status != "completed" or run["conclusion"]):
                entry = _example("workflow-run-paginated")["workflow_runs"][0]
                entry["head_repository"]["full_name"] = run["from"]
                entry.update(
                    {key: run[key] for key in ("id", "conclusion", "event")},
                    head_branch=run["branch"],
                    run_attempt=run["attempt"],
                    status="completed" if run["conclusion"] else "in_progress",
                )
                shown.append(entry)
        entries, headers = self._page(shown, query)
        return 200, {"total_count": len(shown), "workflow_runs": entries}, headers

    def list_artifacts(self, parts: Any, _data: Any, query: Any) -> tuple[int, Any, dict[str, str]]:
        shown = []
        for artifact in self.server.state.artifacts:
            if artifact["run"] == int(parts["run_id"]):
                entry = _example("artifact-paginated")["artifacts"][0]
                address = f"{self._base}/repos/octo/shop/actions/artifacts/{artifact['id']}/zip"
                entry.update(
                    id=artifact["id"], name=artifact["name"], expired=artifact["expired"], archive_download_url=address
                )
                shown.append(entry)
        entries, headers = self._page(shown, query)
        return 200, {"total_count": len(shown), "artifacts": entries}, headers

    def download_artifact(self, parts: Any, _data: Any, _query: Any) -> tuple[int, Any, dict[str, str]]:
        # GitHub sends the client on to another host, where the token must not follow.
        address = self._base.replace("127.0.0.1", "localhost")
        return 302, None, {"location": f"{address}/__blob/{parts['artifact_id']}"}

    def _blob(self, number: int) -> tuple[int, Any, dict[str, str]]:
        if self.headers.get("authorization"):
            self.server.state.violations.append("the token was sent to another host")
        found = next(artifact for artifact in self.server.state.artifacts if artifact["id"] == number)
        return 200, base64.b64decode(found["zip"]), {}

    def contents(self, parts: Any, _data: Any, query: Any) -> tuple[int, Any, dict[str, str]]:
        files = self.server.state.files.get(query.get("ref", ["main"])[0], {})
        path = parts["path"]
        if path in files:
            return 200, self._file_json(path, files[path]), {}
        inside = [name for name in files if name.rpartition("/")[0] == path]
        if not inside:
            raise _AnswerError(404, "Not Found")
        listed = [self._file_json(name, files[name]) for name in inside]
        return 200, [{k: v for k, v in entry.items() if k not in ("content", "encoding")} for entry in listed], {}

    def _file_json(self, path: str, content: str) -> dict[str, Any]:
        address = f"{self._base}/repos/octo/shop/contents/{path}"
        return {
            "type": "file",
            "encoding": "base64",
            "size": len(content.encode()),
            "name": path.rpartition("/")[2],
            "path": path,
            "content": base64.b64encode(content.encode()).decode(),
            "sha": "a" * 40,
            "url": address,
            "git_url": None,
            "html_url": None,
            "download_url": None,
            "_links": {"self": address, "git": None, "html": None},
        }


_REPO = "/repos/{owner}/{repo}"
_OPERATIONS: dict[tuple[str, str], Any] = {
    ("GET", "/user"): _Handler.user,
    ("GET", f"{_REPO}/issues/{{issue_number}}/comments"): _Handler.list_comments,
    ("POST", f"{_REPO}/issues/{{issue_number}}/comments"): _Handler.create_comment,
    ("PATCH", f"{_REPO}/issues/comments/{{comment_id}}"): _Handler.edit_comment,
    ("DELETE", f"{_REPO}/issues/comments/{{comment_id}}"): _Handler.delete_comment,
    ("POST", f"{_REPO}/statuses/{{sha}}"): _Handler.create_status,
    ("GET", f"{_REPO}/pulls"): _Handler.list_pulls,
    ("GET", _REPO): _Handler.repository,
    ("GET", f"{_REPO}/actions/runs/{{run_id}}"): _Handler.run,
    ("GET", f"{_REPO}/actions/workflows/{{workflow_id}}/runs"): _Handler.list_runs,
    ("GET", f"{_REPO}/actions/runs/{{run_id}}/artifacts"): _Handler.list_artifacts,
    ("GET", f"{_REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}"): _Handler.download_artifact,
    ("GET", f"{_REPO}/contents/{{path}}"): _Handler.contents,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: State) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state
        self.lock = threading.Lock()


@dataclass(frozen=True)
class GitHub:
    """A running stand-in: its address and what it knows."""

    url: str
    state: State


@contextmanager
def running() -> Iterator[GitHub]:
    """A stand-in of its own, on a free port of the loopback."""
    server = _Server(State())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield GitHub(f"http://127.0.0.1:{server.server_port}", server.state)
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port-file", type=Path, required=True)
    arguments = parser.parse_args()
    server = _Server(State())
    arguments.port_file.write_text(str(server.server_port))
    server.serve_forever()


if __name__ == "__main__":
    main()
