"""What is sent to a service: its configured routes as requests, and where they go."""

from perfgate.config.running import Ready, Route, Running
from perfgate.runtime.http import Request, Target
from perfgate.runtime.lifecycle import Service

_JSON = (("content-type", "application/json"),)


def target(service: Service) -> Target:
    """Where the service listens. A certificate of a service on this machine is mostly its own, so none is verified."""
    return Target(service.host, service.port, tls=service.plan.https, verify=False, server_name="localhost")


def requests(running: Running) -> tuple[Request, ...]:
    """The routes of a service; where none are configured, what tells that it is ready, else `GET /`."""
    routes = running.routes or (Route(path=_ready_path(running.start.ready)),)
    return tuple(_request(route) for route in routes)


def _ready_path(ready: Ready) -> str:
    return ready.value if ready.kind == "url" and ready.value.startswith("/") else "/"


def _request(route: Route) -> Request:
    known = {name.lower() for name, _ in route.headers}
    is_json = route.body.lstrip()[:1] in ("{", "[") and "content-type" not in known
    return Request(
        name=route.name,
        method=route.method,
        path=route.path,
        headers=route.headers + (_JSON if is_json else ()),
        body=route.body.encode(),
        statuses=route.statuses,
        weight=route.weight,
    )
