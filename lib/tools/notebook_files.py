"""What the tools for notebooks share: which files are meant, what they were executed from, how a file is replaced."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"


def go_where_typed(script):
    """npm runs `script` in the project's folder; relative paths mean the folder in which the user typed the command."""
    started_by_npm = Path(script).name in os.environ.get("npm_lifecycle_script", "")
    if started_by_npm and Path(os.environ.get("npm_package_json", "")).resolve() == Path.cwd() / "package.json":
        os.chdir(os.environ.get("INIT_CWD", "."))


def run_main(main):
    """Runs a program to its end and exits with its code, or with 1 when what it prints cannot be written."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        print(f"The output is incomplete: it could not be written ({error.strerror}).", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    sys.exit(code)


def find(names, parser):
    """The notebook files that `names` mean: number prefixes, file names or paths; all of them without names.

    Ends the program through `parser`, with exit code 2, for a name that means none.
    """
    everything = sorted(FOLDER.glob("*.ipynb"))
    if not names:
        return everything
    found = []
    for name in names:
        matches = [Path(name).resolve()] if Path(name).is_file() else [p for p in everything if p.name.startswith(name)]
        if not matches:
            there = ", ".join(p.stem for p in everything) or "none"
            parser.error(f"no notebook is called {name}; there are: {there}")
        found += [path for path in matches if path not in found]
    return found


def read_notebook(path):
    """The notebook in a file, in the newest format. Raises ValueError for a file that is none."""
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError, AttributeError, KeyError) as error:
        reason = str(error).split("\n")[0][:100]
        raise ValueError(f"this file is no notebook ({reason})") from error


def source_hash(notebook):
    """What a notebook was executed from; test/notebooks/outputs.ts computes the same."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\n\0\n".join(sources).encode()).hexdigest()


def why_not_replaceable(path):
    """Why a file cannot be replaced, found before there is anything to write; None when it can."""
    try:
        if path.exists() and not os.access(path, os.W_OK):
            return "it is write-protected"
        tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        return f"its folder cannot be written: {error.strerror}"
    return None


def replace_file(path, text):
    """Writes a file beside its place and renames it: whoever looks, and whatever fails, finds the old one or the new one.

    Raises OSError, with the old file untouched.
    """
    path = Path(path).resolve()  # a link stays a link
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
