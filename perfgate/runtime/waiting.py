"""Waits for many connections and for the next due time, to the microsecond where the system allows it."""

import select
import selectors
import sys

from perfgate.runtime.link import Link

_SELECT_LIMIT = 1024
_READ = selectors.EVENT_READ
_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE


class Watch:
    """The links that something is expected from. Those that are no longer usable fall out by `forget`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._asked: dict[Link, int] = {}
        fileno = getattr(self._selector, "fileno", lambda: -1)()
        # epoll rounds what it waits to whole milliseconds; select on its descriptor does not. kqueue has no such need.
        self._precise = fileno if sys.platform == "linux" and 0 <= fileno < _SELECT_LIMIT else -1

    def follow(self, link: Link) -> None:
        """Wait for what `link` waits for now; call it after everything that was done to the link."""
        wanted = _BOTH if link.wants_write else _READ
        asked = self._asked.get(link)
        if asked == wanted:
            return
        if asked is None:
            self._selector.register(link, wanted, link)
        else:
            self._selector.modify(link, wanted, link)
        self._asked[link] = wanted

    def forget(self, link: Link) -> None:
        """Drop and close a link."""
        if self._asked.pop(link, None) is not None:
            self._selector.unregister(link)
        link.close()

    def ready(self, seconds: float) -> list[Link]:
        """The links on which something happened, after at most `seconds`."""
        if seconds > 0 and self._precise >= 0:
            select.select([self._precise], [], [], seconds)
            seconds = 0
        return [key.data for key, _ in self._selector.select(max(0, seconds))]

    def __len__(self) -> int:
        return len(self._asked)

    def close(self) -> None:
        """Close every link."""
        for link in list(self._asked):
            self.forget(link)
        self._selector.close()
