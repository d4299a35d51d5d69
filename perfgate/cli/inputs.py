"""The digests of what services are made of, at the commit that is checked out and at any other."""

import json
from dataclasses import asdict, replace

from perfgate.cli.world import World
from perfgate.config import project
from perfgate.config.project import Project
from perfgate.config.running import Running
from perfgate.errors import ConfigError, HistoryError, ProcessError
from perfgate.workspace.inputs import LEFT_OUT, Deployed, Tree, digests, parse_tree


def of_head(here: World) -> dict[str, str]:
    """The digest of each service as it is checked out; none where that is not what a commit says."""
    head = here.head
    return {} if head.dirty or head.commit is None else of_commit(here, head.commit)


def of_commit(here: World, commit: str) -> dict[str, str]:
    """The digest of each service at `commit`; none where the commit cannot be read. Its services are those of now."""
    try:
        tree = Tree(parse_tree(here.git.command("ls-tree", "-r", "-z", commit).stdout), here.git.blobs)
        file = tree.contents([project.FILE]).get(project.FILE)
        told = project.parse(file) if file is not None else Project()
        services = {
            service.name: Deployed(service.path, _configuration(told, service.name))
            for service in here.workspace.services
        }
        left_out = (*LEFT_OUT, f"{here.settings.budgets.rstrip('/')}/")
        return digests(tree, services, toolchain=f"node {here.node}", left_out=left_out)
    except (ConfigError, HistoryError, ProcessError):
        return {}


def _configuration(told: Project, service: str) -> str:
    """How a service is started and asked, as text; where in the file that stands does not matter."""
    config = told.services.get(service)
    if config is None or config.running is None:
        return ""
    running: Running = replace(config.running, start=replace(config.running.start, source=None))
    return json.dumps(asdict(running), default=sorted, sort_keys=True)
