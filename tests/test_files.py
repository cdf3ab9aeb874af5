"""Files of ours are written whole or not at all, and are their owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import files


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The user's own setting, whatever it is."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_files_and_folders_are_private(tmp_path: Path) -> None:
    """Whatever the user's umask, and every folder that was made on the way."""
    path = tmp_path / "a" / "b" / "file"
    files.write(path, "text")

    assert mode(path) == 0o600
    assert [mode(folder) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


@pytest.mark.usefixtures("umask")
def test_a_mode_is_kept_to(tmp_path: Path) -> None:
    """What others shall read they can; a read-only notebook can be replaced all the same."""
    path = tmp_path / "file"
    for wanted in (0o644, 0o400, 0o400):
        files.write(path, "text", mode=wanted)
        assert mode(path) == wanted


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    """Only what we make is ours to close."""
    tmp_path.chmod(0o755)
    assert files.make_private(tmp_path) == tmp_path
    files.write(tmp_path / "file", b"")
    assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("synced", [True, False])
def test_text_and_bytes_are_written(tmp_path: Path, synced: bool) -> None:
    """Text in UTF-8, bytes as they are, over what was there."""
    path = tmp_path / "file"
    files.write(path, "a longer text", synced=synced)
    files.write(path, "é\r\n", synced=synced)
    assert path.read_bytes() == b"\xc3\xa9\r\n"
    files.write(path, b"\xff\x00", synced=synced)
    assert path.read_bytes() == b"\xff\x00"
    assert os.listdir(tmp_path) == ["file"]


def test_who_has_the_file_open_keeps_what_he_reads(tmp_path: Path) -> None:
    """A reader sees the old file whole, never half of each."""
    path = tmp_path / "file"
    files.write(path, "old")
    with open(path, encoding="utf-8") as reader:
        files.write(path, "new, and longer")
        assert reader.read() == "old"
    assert path.read_text() == "new, and longer"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What it led to stays as it was."""
    (tmp_path / "other").write_text("theirs")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    files.write(tmp_path / "link", "ours")

    assert (tmp_path / "other").read_text() == "theirs"
    assert not (tmp_path / "link").is_symlink()


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path: Path) -> None:
    """Not even where it is a link to somewhere else."""
    (tmp_path / "other").write_text("theirs")
    (tmp_path / f".file.{os.getpid()}.part").symlink_to(tmp_path / "other")
    files.write(tmp_path / "file", "ours")

    assert (tmp_path / "file").read_text() == "ours"
    assert (tmp_path / "other").read_text() == "theirs"
    assert sorted(os.listdir(tmp_path)) == ["file", "other"]


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs the new content, not the old; the error names the file itself."""
    path = tmp_path / "file"
    files.write(path, "old")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as error:
        files.write(path, "new")

    assert (error.value.errno, error.value.filename) == (28, str(path))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["folder", "file/inner"])
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    """A folder in the file's place, and a file in its folder's."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r".") as error:
        files.write(tmp_path / name, "text")

    assert error.value.filename == str(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_only_a_change_is_written(tmp_path: Path) -> None:
    """A file that holds the content already keeps its time, so that nothing is built again."""
    path = tmp_path / "folder" / "file"
    files.write_changed(path, "é")
    before = path.stat()
    files.write_changed(path, "é")
    same = path.stat()
    files.write_changed(path, "e")

    assert (before.st_ino, before.st_mtime_ns) == (same.st_ino, same.st_mtime_ns)
    assert path.read_text() == "e"
    assert mode(path) == 0o600
