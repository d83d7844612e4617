"""Imports submissions from a folder or a zip, in the layouts that nbgrader and learning platforms use.

All files are copied unchanged to `submitted/STUDENT/LAB/` in the course directory. Which of them is the notebook is
decided during grading.
"""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import UserError

MAX_FILES = 20_000
MAX_FILE = 100_000_000
MAX_TOTAL = 2_000_000_000
IGNORED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".DS_Store", "Thumbs.db"}


@dataclass(frozen=True)
class Found:
    """One student's files, as found: a folder, or a single notebook."""

    name: str
    path: Path


@dataclass(frozen=True)
class Intake:
    """The students whose work was imported, and remarks for the instructor on what was left out."""

    students: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def take_in(source: Path, submitted: Path, lab: str) -> Intake:
    """Copy the submissions for a lab from `source` to `submitted`; earlier ones are replaced completely.

    Raises UserError if there are none, or if `source` is not a folder, notebook or zip.
    """
    if not source.exists():
        raise UserError(f"There is no {source}.", "Pass a folder or a zip of submissions with --submissions.")
    with tempfile.TemporaryDirectory(prefix="submissions-") as folder:
        remarks: list[str] = []
        if source.is_file() and source.suffix.lower() != ".ipynb":
            remarks = extract(source, Path(folder))
            found = find(Path(folder), lab, source.stem)
        else:
            found = find(source, lab, source.parent.name if source.is_file() else source.resolve().name)
        if not found:
            raise UserError(
                f"No submission for {lab} was found in {source}.",
                f"It should hold STUDENT/{lab}/{lab}.ipynb, STUDENT/{lab}.ipynb or STUDENT.ipynb for each student.",
            )
        names = unique_ids([item.name for item in found])
        for item, student in zip(found, names, strict=True):
            remarks += _store(item.path, submitted / student / lab, lab)
            if student != item.name:
                remarks.append(f"“{item.name}” was renamed to {student}.")
    return Intake(tuple(names), tuple(remarks))


def students_of(submitted: Path, lab: str) -> tuple[str, ...]:
    """The students with a submission for the lab in nbgrader's `submitted/`."""
    return tuple(sorted(path.parent.name for path in submitted.glob(f"*/{lab}") if path.is_dir()))


def find(root: Path, lab: str, name: str) -> list[Found]:
    """The submissions in `root`. If it is the work of a single student, the student is called `name`."""
    if root.is_file():
        return [Found(_student_of(root, lab) or name, root)]
    root = _unwrapped(root, lab)
    folders = [path for path in _entries(root) if path.is_dir()]
    notebooks = [path for path in _entries(root) if path.suffix.lower() == ".ipynb" and path.is_file()]
    nested = [Found(path.name, path / lab) for path in folders if (path / lab).is_dir()]
    if nested:
        return nested
    if (root / f"{lab}.ipynb") in notebooks:
        return [Found(name, root)]  # one student's own folder
    flat = [Found(_student_of(path, lab) or path.stem, path) for path in notebooks]
    return sorted(flat + [Found(path.name, path) for path in folders], key=lambda item: item.name)


def _unwrapped(root: Path, lab: str) -> Path:
    """The folder with the students: `submitted/`, or the one folder that a zip contains, or `root` itself."""
    if (root / "submitted").is_dir():
        return root / "submitted"
    entries = _entries(root)
    if len(entries) == 1 and entries[0].is_dir():
        inner = _entries(entries[0])
        if inner and all(path.is_dir() for path in inner) and not (entries[0] / lab).is_dir():
            return _unwrapped(entries[0], lab)
    return root


def _student_of(notebook: Path, lab: str) -> str:
    """The student's name in a file name such as `ada.ipynb` or `ada_01_lifecycle.ipynb`; empty for the lab's own."""
    return re.sub(rf"[ _-]*{re.escape(lab)}$", "", notebook.stem, flags=re.IGNORECASE)


def _entries(folder: Path) -> list[Path]:
    """The entries of a folder, sorted, without links, hidden files and files that programs leave behind."""
    return sorted(p for p in folder.iterdir() if not _ignored(p.name) and not p.is_symlink())


def _ignored(name: str) -> bool:
    return name in IGNORED or name.startswith(".")


def unique_ids(names: list[str]) -> list[str]:
    """A safe student id for each name; names with the same id are numbered."""
    taken: set[str] = set()
    ids = []
    for name in names:
        base = candidate = safe_id(name)
        number = 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate.casefold())
        ids.append(candidate)
    return ids


def safe_id(name: str) -> str:
    """A name that is safe for folders, nbgrader's patterns and databases; letters of any script are kept."""
    name = unicodedata.normalize("NFKC", name).strip()
    name = re.sub(r"[^\w.@-]+", "_", name).lstrip(".-").rstrip(".")
    return name[:100] or "student"


def extract(archive: Path, folder: Path) -> list[str]:
    """Unpack a zip below `folder`, and nowhere else. Returns what was left out and why.

    Raises UserError for a file that is no zip, is locked with a password, or is too large.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            return _unpack(zipped, folder)
    except zipfile.BadZipFile:
        raise UserError(f"{archive} is not a zip file, or it is damaged.", "Download it again.") from None
    except (RuntimeError, NotImplementedError) as error:
        raise UserError(f"{archive} can't be unpacked: {error}.", "Make a zip without a password.") from None


def _unpack(zipped: zipfile.ZipFile, folder: Path) -> list[str]:
    members = [member for member in zipped.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        raise UserError(f"The zip holds more than {MAX_FILES} files.", "Make one zip for each lab.")
    remarks, left = [], MAX_TOTAL
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if any(_ignored(part) and part != ".." for part in parts):
            continue
        if reason := _refused(member, parts):
            remarks.append(f"{member.filename!r} was left out: {reason}.")
            continue
        size = _write_member(zipped, member, folder.joinpath(*parts), min(left, MAX_FILE))
        if size is None:
            remarks.append(f"{member.filename!r} was left out: it is too large.")
        left -= size or 0
        if left <= 0:
            raise UserError("The zip unpacks to more than 2 GB.", "Make one zip for each lab.")
    return remarks


def _refused(member: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    if not parts or parts[0].startswith("/") or ".." in parts or ":" in parts[0]:
        return "its path leads out of the zip"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link"
    return ""


def _write_member(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int) -> int | None:
    """Write one file of a zip. Returns the bytes written; None if the file has more than `limit` bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with zipped.open(member) as packed, path.open("wb") as file:
        while chunk := packed.read(1 << 20):
            size += len(chunk)
            if size > limit:
                break
            file.write(chunk)
    if size > limit:
        path.unlink()
        return None
    return size


def _store(source: Path, target: Path, lab: str) -> list[str]:
    """Copy a submission to a new folder, then rename it; an earlier submission stays complete until then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
    new.chmod(0o755)
    if source.is_file():
        shutil.copyfile(source, new / f"{lab}.ipynb")
        remarks: list[str] = []
    else:
        remarks = _copy_tree(source, new)
    if target.exists():
        old = new.with_name(new.name.replace(".new-", ".old-"))
        target.rename(old)
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(target)
    return remarks


def _copy_tree(source: Path, target: Path) -> list[str]:
    remarks = []
    for path in _entries(source):
        if path.is_dir():
            (target / path.name).mkdir()
            remarks += _copy_tree(path, target / path.name)
        elif path.is_file() and path.stat().st_size <= MAX_FILE:
            shutil.copyfile(path, target / path.name)
        else:
            remarks.append(f"{path.name!r} was left out: it is too large, or no plain file.")
    return remarks


@dataclass(frozen=True)
class Handed:
    """A submission: the notebook's bytes (None if there is no notebook), other files, notes for the student."""

    content: bytes | None
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def open_submission(folder: Path, lab: str) -> Handed:
    """The notebook in a submitted folder: the one named after the lab, else the only one there is."""
    notebooks = _notebooks(folder)
    named = [path for path in notebooks if path.name == f"{lab}.ipynb"]
    chosen = named[:1] or (notebooks if len(notebooks) == 1 else _copies(notebooks, lab))
    files, unused = _companions(folder)
    notes = [f"The file `{name}` was not used: modules next to the notebook are not imported." for name in unused]
    if len(chosen) != 1:
        return Handed(None, notes=(_why_none(folder, notebooks, lab), *notes))
    notebook = chosen[0]
    if not named:
        notes.insert(0, f"Your notebook was called `{notebook.name}`; it was graded as `{lab}.ipynb`.")
    elif len(notebooks) > 1:
        notes.insert(0, f"Of the {len(notebooks)} notebooks that you handed in, `{lab}.ipynb` was graded.")
    return Handed(notebook.read_bytes(), files, tuple(notes))


def _notebooks(folder: Path) -> list[Path]:
    """Notebooks below a folder, those on top first."""
    here = [p for p in _entries(folder) if p.is_file() and p.suffix.lower() == ".ipynb"]
    return here + [n for p in _entries(folder) if p.is_dir() for n in _notebooks(p)]


def _copies(notebooks: list[Path], lab: str) -> list[Path]:
    """Notebooks with names that browsers and Jupyter give to copies of the lab."""
    return [path for path in notebooks if path.stem.lower().startswith(lab.lower())]


def _companions(folder: Path) -> tuple[tuple[Path, ...], list[str]]:
    """Data files next to the notebook, and the names of files that would shadow modules."""
    files = [p for p in _entries(folder) if p.is_file() and p.suffix.lower() != ".ipynb"]
    code = [p for p in files if p.suffix.lower() in (".py", ".pyc", ".so", ".pyd", ".pth")]
    return tuple(p for p in files if p not in code), [p.name for p in code]


def _why_none(folder: Path, notebooks: list[Path], lab: str) -> str:
    if notebooks:
        names = ", ".join(f"`{path.name}`" for path in notebooks[:5])
        return f"There were {len(notebooks)} notebooks, none of them called `{lab}.ipynb`: {names}."
    names = ", ".join(f"`{path.name}`" for path in _entries(folder)[:5])
    return f"There was no notebook in what you handed in{': ' + names if names else ' (the folder is empty)'}."
