"""Files that a pull request can put anywhere are read only where that is safe."""

import os
from pathlib import Path

import pytest

from perfgate import reading
from perfgate.reading import UnreadableError


def refused(root: Path, path: str, most: int = 100) -> UnreadableError:
    with pytest.raises(UnreadableError) as error:
        reading.content(root, path, most)
    return error.value


def test_a_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert reading.content(tmp_path, "a", 100) == b"x" * 100
    assert str(refused(tmp_path, "a", 99)) == "is larger than 99 bytes"


def test_what_is_not_there_is_told_apart(tmp_path: Path) -> None:
    assert refused(tmp_path, "a").missing
    (tmp_path / "folder").mkdir()
    assert not refused(tmp_path, "folder").missing


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_names_that_no_disk_takes(tmp_path: Path, name: str) -> None:
    assert str(refused(tmp_path, name)).startswith("cannot be read: ")


def test_links_are_followed_inside_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_text("in")
    (tmp_path / "b").write_text("out")
    (root / "inner").symlink_to("a")
    (root / "outer").symlink_to("../b")
    (root / "endless").symlink_to("/dev/zero")
    assert reading.content(root, "inner", 100) == b"in"
    for name in ("outer", "endless", "../b"):
        assert str(refused(root, name)) == "is a link to a place outside of the workspace"


def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert str(refused(tmp_path, "pipe")) == "is no regular file"
