"""What a module specifier means: a file, a builtin of the platform, something a bundler makes up, or a package."""

from typing import Final

NODE_BUILTINS: Final = frozenset(
    "_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex _stream_passthrough"
    " _stream_readable _stream_transform _stream_wrap _stream_writable _tls_common _tls_wrap assert async_hooks buffer"
    " child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https"
    " inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers"
    " tls trace_events tty url util v8 vm wasi worker_threads zlib".split()
)
_NOT_PACKAGES = (".", "/", "#", "~", "$", "@/", "@@/", "\0", "%", "<")


def package_of(specifier: str) -> str | None:
    """The package that a specifier names, or None where it can name none: files, URLs, builtins, virtual modules."""
    bare = specifier.partition("?")[0]
    if not bare or bare.startswith(_NOT_PACKAGES) or ":" in bare or "\\" in bare or " " in bare:
        return None
    parts = bare.split("/")
    if bare.startswith("@"):
        name = "/".join(parts[:2])
        # npm has never taken capital letters in scoped names.
        return name if len(parts) > 1 and parts[1] and name == name.lower() else None
    if parts[0] in NODE_BUILTINS and not (len(parts) > 1 and parts[1] == ""):
        return None
    return parts[0]


def is_builtin(specifier: str) -> bool:
    return specifier.startswith("node:") or specifier.partition("/")[0] in NODE_BUILTINS


def chain(specifier: str) -> list[str]:
    """The specifiers in an inline chain of loaders, such as `!!raw-loader!./text.md`."""
    return [part for part in specifier.split("!") if part] if "!" in specifier else [specifier]
