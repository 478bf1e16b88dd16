"""Executes notebooks from top to bottom in a fresh TypeScript kernel, and fails when anything in them fails.

    npm run notebooks                  all of them, outputs written into the files
    npm run notebooks -- 05 06         those whose names start with 05 or 06 (or paths to notebook files)
    npm run notebooks -- --check       all of them, the files stay as they are
    npm run notebooks -- --fast        the same with every setting shrunk (NAS_FAST=1), files stay as they are

Exit code 1 with notebook, cell and message for: a type error, a throw, a rejected promise that nobody awaits, an error
in a timer, a dead kernel, no reply within --timeout seconds; 2 for a notebook that does not exist. Plain nbclient and
nbmake let some of these pass: tslab reports errors as text on stderr, and only logs what nobody caught. Hence a hidden
first cell that makes uncaught errors fatal and a hidden last cell that waits for late timers.
"""

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

FOLDER = Path(__file__).resolve().parent

GUARD = """for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event as any, (error: any) => {
    require('fs').writeSync(2, `${event}: ${error?.stack ?? error}\\n`);
    process.exit(70);
  });"""
DRAIN = "await new Promise((done) => setTimeout(done, 500));"


def source_hash(notebook):
    """What a notebook was executed from; notebooks/strict.ts computes the same to find stale outputs."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\n\0\n".join(sources).encode()).hexdigest()


def run(path, timeout, keep):
    """Executes one notebook. Returns None, or the message of what failed. `keep` writes the outputs into the file."""
    notebook = nbformat.read(path, as_version=4)
    shown, current = list(notebook.cells), 0
    notebook.cells = [nbformat.v4.new_code_cell(GUARD), *shown, nbformat.v4.new_code_cell(DRAIN)]

    def started(cell, cell_index):
        nonlocal current
        current = cell_index

    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="tslab",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=started,
    )
    failure = None
    try:
        client.execute()
    except CellExecutionError:
        failure = "error"
    except CellTimeoutError:
        failure = f"no reply within {timeout} s"
    except DeadKernelError:
        failure = "the kernel died (its last words, if any, are above)"
    cell = notebook.cells[current]
    if failure:
        text = "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr")
        hidden = cell not in shown
        where = "after the last cell" if hidden else f"cell {current}"  # 1 is the first cell, markdown cells count
        return f"{where}: {failure}\n" + ("" if hidden else f"{cell.source}\n") + (f"---\n{text}" if text else "")
    if keep:
        notebook.cells = shown
        for number, code in enumerate((c for c in shown if c.cell_type == "code"), 1):
            code.execution_count = number
        notebook.metadata["siamese_nas"] = {"executed_source": source_hash(notebook)}
        nbformat.write(notebook, path)
    return None


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


def main():
    parser = argparse.ArgumentParser(prog="npm run notebooks --", description="Executes notebooks and fails when they fail.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="number prefix such as 05, or path (default: all)")
    parser.add_argument("--check", action="store_true", help="leave the files as they are")
    parser.add_argument("--fast", action="store_true", help="shrink every setting (NAS_FAST=1); implies --check")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="seconds for one cell (default: %(default)s)")
    options = parser.parse_args()

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # the kernel inherits it: no log lines of TensorFlow in the outputs
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this .venv, whatever else the user has installed
    if options.fast:
        os.environ["NAS_FAST"] = "1"

    failed = 0
    for path in find(options.names, parser):
        print(f"{path.name} ... ", end="", flush=True)
        began = time.monotonic()
        message = run(path, options.timeout, keep=not (options.check or options.fast))
        print("FAILED" if message else f"{time.monotonic() - began:.0f} s", flush=True)
        if message:
            failed += 1
            print(f"FAILED {path.name} {message}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
