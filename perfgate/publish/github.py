"""GitHub's API, as far as perfgate needs it; the only module that imports PyGithub.

Everything that goes wrong becomes a GitHubError with a hint. A failed request that may have been carried out is never
simply sent again: what is there is looked up first.
"""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import github
import requests
from github.GithubException import GithubException
from github.IssueComment import IssueComment

from perfgate import __version__
from perfgate.errors import GitHubError

ACTIONS_BOT = "github-actions[bot]"
MAX_DESCRIPTION = 140
_TIMEOUT = 15
_LONGEST_WAIT = 60
_MAX_ARTIFACT_BYTES = 50 * 1024 * 1024
# A POST is left out: after a failure it may have been carried out.
_REPEATABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Posted:
    """A comment that stands on the pull request, and what was done for it."""

    url: str
    action: Literal["created", "updated", "unchanged"]


class Client:
    """One repository, through one token. The token is in no attribute that prints."""

    def __init__(
        self,
        token: str,
        repository: str,
        api_url: str,
        *,
        wait: Callable[[float], None] = time.sleep,
        backoff: float = 0.5,
    ) -> None:
        retry = github.GithubRetry(
            total=3, backoff_factor=backoff, allowed_methods=_REPEATABLE, max_rate_limit_wait=_LONGEST_WAIT
        )
        hub = github.Github(
            auth=github.Auth.Token(token),
            base_url=api_url,
            retry=retry,
            timeout=_TIMEOUT,
            lazy=True,
            per_page=100,
            # A run makes a handful of requests; pausing between them costs more than it saves.
            seconds_between_requests=None,
            seconds_between_writes=None,
            user_agent=f"perfgate/{__version__}",
        )
        self._hub = hub
        self._repository = hub.get_repo(repository)
        self._name = repository.lower()
        self._wait = wait
        self._headers = {"Authorization": f"Bearer {token}"}

    def __repr__(self) -> str:
        return f"Client({self._repository.full_name})"

    @cached_property
    def own_login(self) -> str:
        """Who we are. The token of a workflow may not ask, which is an answer too."""
        try:
            with _explained("ask whose token this is"):
                return self._hub.get_user().login
        except GitHubError as error:
            if error.http_status == 403:
                return ACTIONS_BOT
            raise

    # Comments

    def upsert_comment(self, pull_number: int, marker: str, body: str, *, create: bool = True) -> Posted | None:
        """Make `body`, which starts with `marker`, the one comment of ours on a pull request.

        Ours starts with the marker and was written by this login; nobody else's is touched. The oldest is updated,
        any further ones of ours are deleted. Without `create`, None when there is none yet.
        """
        ours = self._ours(pull_number, marker)
        if ours:
            posted = self._update(ours, body)
            if posted:
                return posted
        return self._create(pull_number, marker, body) if create else None

    def _ours(self, pull_number: int, marker: str) -> list[IssueComment]:
        """Our comments with this marker, oldest first, from all pages."""
        with _explained("read the comments of the pull request"):
            issue = self._repository.get_issue(pull_number)
            marked = [comment for comment in issue.get_comments() if comment.body and comment.body.startswith(marker)]
        if not marked:
            return []
        return sorted((c for c in marked if c.user.login == self.own_login), key=lambda comment: comment.id)

    def _update(self, ours: list[IssueComment], body: str) -> Posted | None:
        """Update the first and delete the rest; None when it has been deleted meanwhile."""
        first, *others = ours
        for other in others:
            with _explained("delete a second comment of ours"):
                other.delete()
        if first.body == body:
            return Posted(first.html_url, "unchanged")
        try:
            with _explained("update the comment"):
                first.edit(body)
        except GitHubError as error:
            if error.http_status in (404, 410):
                return None
            raise
        return Posted(first.html_url, "updated")

    def _create(self, pull_number: int, marker: str, body: str) -> Posted:
        """Create the comment, once: after a failure that may have hidden a success, look before trying again."""
        try:
            return self._post(pull_number, body)
        except GitHubError as error:
            if not _may_have_happened(error):
                raise
            self._wait(min(_LONGEST_WAIT, getattr(error, "retry_after", 1.0)))
        ours = self._ours(pull_number, marker)
        if ours:
            return self._update(ours, body) or self._post(pull_number, body)
        return self._post(pull_number, body)

    def _post(self, pull_number: int, body: str) -> Posted:
        with _explained("comment on the pull request"):
            comment = self._repository.get_issue(pull_number).create_comment(body)
        return Posted(comment.html_url, "created")

    # Statuses

    def set_status(
        self, sha: str, context: str, state: Literal["success", "failure"], description: str, url: str | None
    ) -> None:
        """Set a commit status; GitHub takes at most 140 characters of description."""
        more: dict[str, Any] = {"target_url": url} if url else {}
        with _explained("set a commit status"):
            commit = self._repository.get_commit(sha)
            commit.create_status(state, context=context, description=description[:MAX_DESCRIPTION], **more)

    # Reading

    def pull_for_head(self, owner: str, branch: str, sha: str) -> int | None:
        """The open pull request whose head is exactly this commit of this branch."""
        with _explained("look for the pull request"):
            pulls = self._repository.get_pulls(state="open", head=f"{owner}:{branch}")
            return next((pull.number for pull in pulls if pull.head.sha == sha), None)

    def default_branch(self) -> str:
        with _explained("ask for the default branch"):
            return self._repository.default_branch

    def workflow_of_run(self, run_id: int) -> int:
        """The workflow a run is of."""
        with _explained(f"read the run {run_id}", needs="actions: read"):
            return self._repository.get_workflow_run(run_id).workflow_id

    def conclusions(self, workflow: str | int, branch: str, *, other_than: int | None = None) -> Iterator[str | None]:
        """How the completed runs of a workflow on a branch of this repository ended, newest first, page by page.

        A workflow is its number or the name of its file. Of a run that was repeated it is the last attempt. Runs of
        pull requests are left out, and those of forks, whose branch may have the same name; so is the run `other_than`.
        """
        seen = {other_than}
        with _explained(f"list the runs of {workflow}", needs="actions: read"):
            for run in self._repository.get_workflow(workflow).get_runs(branch=branch, status="completed"):
                # A run that starts meanwhile moves the others to the next page, where they are met again.
                if run.id in seen or run.event.startswith("pull_request"):
                    continue
                # The repository is null once a fork is deleted.
                if getattr(run.head_repository, "full_name", "").lower() != self._name:
                    continue
                seen.add(run.id)
                yield run.conclusion

    def artifact_member(self, run_id: int, name: str, member: str, max_bytes: int) -> bytes:
        """One file out of an artifact of a run, read in memory and never unpacked.

        Raises GitHubError when the artifact or the file is not there, or is larger than `max_bytes`.
        """
        with _explained("read the artifact of the run"):
            artifacts = self._repository.get_workflow_run(run_id).get_artifacts()
            found = next((artifact for artifact in artifacts if artifact.name == name and not artifact.expired), None)
        if found is None:
            raise GitHubError(
                f"the run {run_id} has no artifact {name}", hint="did the run upload it?", http_status=404
            )
        archive = self._download(found.archive_download_url)
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as folder, folder.open(member) as stream:
                content = stream.read(max_bytes + 1)
        except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError) as error:
            raise GitHubError(f"the artifact {name} has no readable file {member}") from error
        if len(content) > max_bytes:
            raise GitHubError(f"{member} in the artifact {name} is larger than {max_bytes:,} bytes")
        return content

    def _download(self, url: str) -> bytes:
        content = bytearray()
        # requests drops the token when GitHub redirects to its storage, which is another host.
        with (
            _explained("download the artifact"),
            requests.get(url, headers=self._headers, timeout=_TIMEOUT, stream=True) as answer,
        ):
            if answer.status_code >= 400:
                raise GithubException(answer.status_code, {"message": answer.reason}, dict(answer.headers))
            for chunk in answer.iter_content(1 << 16):
                content += chunk
                if len(content) > _MAX_ARTIFACT_BYTES:
                    break
        if len(content) > _MAX_ARTIFACT_BYTES:
            raise GitHubError(f"the artifact is larger than {_MAX_ARTIFACT_BYTES:,} bytes")
        return bytes(content)

    def folder_at(self, path: str, ref: str) -> list[str]:
        """The paths of the files in a folder at a commit; empty when there is no such folder."""
        try:
            with _explained(f"list {path}"):
                found = self._repository.get_contents(path, ref=ref)
        except GitHubError as error:
            if error.http_status == 404:
                return []
            raise
        return [entry.path for entry in found if entry.type == "file"] if isinstance(found, list) else []

    def file_at(self, path: str, ref: str, max_bytes: int) -> bytes | None:
        """The content of a file at a commit; None when there is no such file. Raises GitHubError when it is too large."""
        try:
            with _explained(f"read {path}"):
                found = self._repository.get_contents(path, ref=ref)
                content = None if isinstance(found, list) or found.size > max_bytes else found.decoded_content
        except GitHubError as error:
            if error.http_status == 404:
                return None
            raise
        if content is None:
            raise GitHubError(f"{path} is no file of at most {max_bytes:,} bytes")
        return content


class _RetryLaterError(GitHubError):
    """GitHub asked to come back after `retry_after` seconds."""

    def __init__(self, message: str, *, hint: str, http_status: int, retry_after: float) -> None:
        super().__init__(message, hint=hint, http_status=http_status)
        self.retry_after = retry_after


def _may_have_happened(error: GitHubError) -> bool:
    """True for failures that say nothing about whether the request was carried out, or ask to come back."""
    return error.http_status == 0 or error.http_status >= 500 or isinstance(error, _RetryLaterError)


_HINTS = {
    401: "the token is not valid, or has expired",
    403: "give the job the permission, such as `pull-requests: write`; runs for forks and Dependabot never have it",
    404: "the token may not see it, or it is gone",
    410: "it has been deleted, or issues are switched off",
    422: "GitHub refused the content",
    429: "the rate limit is used up; try again later",
}


@contextmanager
def _explained(what: str, needs: str = "") -> Iterator[None]:
    """Turn what PyGithub and requests raise into a GitHubError that says what was tried. No header reaches the text.

    `needs` is the permission that a job may lack, where it is not one for writing.
    """
    try:
        yield
    except GithubException as error:
        raise _github_error(what, error, needs) from None
    except requests.RequestException as error:
        hint = "GitHub could not be reached; try again"
        raise GitHubError(f"cannot {what}: {type(error).__name__}", hint=hint) from None


def _github_error(what: str, error: GithubException, needs: str) -> GitHubError:
    message = error.data.get("message", "") if isinstance(error.data, dict) else ""
    text = f"cannot {what}: GitHub answered {error.status}" + (f", {message}" if message else "")
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    hint = _HINTS.get(error.status, "GitHub has a problem; try again" if error.status >= 500 else "")
    if error.status == 403 and needs:
        hint = f"give the job the permission `{needs}`"
    after = headers.get("retry-after", "")
    if error.status in (403, 429) and after.isdigit():
        return _RetryLaterError(text, hint=_HINTS[429], http_status=error.status, retry_after=float(after))
    return GitHubError(text, hint=hint, http_status=error.status)
