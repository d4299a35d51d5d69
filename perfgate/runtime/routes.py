"""What a service is asked, and where: its routes as requests, its address as a target."""

from urllib.parse import urlsplit

from perfgate.config.running import Route, Running
from perfgate.runtime.http import Request, Target
from perfgate.runtime.lifecycle import Service


def requests_of(running: Running) -> tuple[Request, ...]:
    """Its routes; what tells that it is ready where it has none, else GET /."""
    return tuple(_request(route) for route in running.routes or (Route(path=_asked_when_ready(running)),))


def target_of(service: Service) -> Target:
    """Where it answers. Certificates of services on this machine prove nothing."""
    return Target(service.host, service.port, tls=service.plan.https, verify=False, server_name="localhost")


def _request(route: Route) -> Request:
    return Request(
        name=route.name,
        method=route.method,
        path=route.path,
        headers=route.headers,
        body=route.body.encode(),
        statuses=route.statuses,
        weight=route.weight,
    )


def _asked_when_ready(running: Running) -> str:
    ready = running.start.ready
    if ready.kind != "url":
        return "/"
    address = urlsplit(ready.value)
    return (address.path or "/") + (f"?{address.query}" if address.query else "")
