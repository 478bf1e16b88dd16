"""Executes notebooks from top to bottom in a fresh TypeScript kernel, and fails when anything in them fails.

    npm run notebooks                  all whose tables are there, outputs written into the files
    npm run notebooks -- 05 06         those whose names start with 05 or 06 (or paths to notebook files)
    npm run notebooks -- --check       the same, the files stay as they are
    npm run notebooks -- --fast        the same with every setting shrunk (NAS_FAST=1), files stay as they are

Exit code 1 with notebook, cell and message for: a type error, a throw, a rejected promise that nobody awaits, an error
in a timer, a dead kernel, no reply within --timeout seconds, a file that cannot be written; 2 for a notebook that does
not exist. Plain nbclient and nbmake let some of these pass: tslab reports errors as text on stderr, and only logs what
nobody caught. Hence a hidden first cell that makes uncaught errors fatal and a hidden last cell that waits for late timers.
"""

import argparse
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from notebook_files import ROOT, find, go_where_typed, read_notebook, replace_file, run_main
from notebook_files import source_hash, why_not_replaceable

GUARD = """for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event as any, (error: any) => {
    require('fs').writeSync(2, `${event}: ${error?.stack ?? error}\\n`);
    process.exit(70);
  });"""
DRAIN = "await new Promise((done) => setTimeout(done, 500));"


def execute(notebook, folder, timeout):
    """Executes the cells of a notebook in place. Returns None, or the message of what failed."""
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
        resources={"metadata": {"path": str(folder)}},
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
    cell, notebook.cells = notebook.cells[current], shown
    if not failure:
        return None
    text = "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream" and o.name == "stderr")
    hidden = cell not in shown
    where = "after the last cell" if hidden else f"cell {current}"  # 1 is the first cell, markdown cells count
    return f"{where}: {failure}\n" + ("" if hidden else f"{cell.source}\n") + (f"---\n{text}" if text else "")


def tidy(notebook):
    """Makes the outputs independent of time: counted in order, and neighbouring pieces of one stream are one."""
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
        outputs = []
        for output in cell.outputs:
            last = outputs[-1] if outputs else {}
            if output.output_type == "stream" and last.get("name") == output.name:
                last.text += output.text
            else:
                outputs.append(output)
        cell.outputs = outputs


def run(path, timeout, keep):
    """Executes one notebook file. Returns None, or the message of what failed. `keep` writes the outputs into the file."""
    before = path.read_bytes()
    notebook = read_notebook(path)
    failure = execute(notebook, path.parent, timeout)
    if failure:
        if "siamese-nas'" in failure and not path.is_relative_to(ROOT):
            failure += f"It lies outside of {ROOT}, where its packages are not found: move it to {ROOT / 'notebooks'}\n"
        return failure
    if not keep:
        return None
    if path.read_bytes() != before:
        return "changed on disk while it was executed; it is left as it is now. Run it again"
    tidy(notebook)
    notebook.metadata["siamese_nas"] = {"executed_source": source_hash(notebook)}
    replace_file(path, nbformat.writes(notebook) + "\n")
    return None


def waits_for(path):
    """What a notebook waits for before it can be executed; None where it does not."""
    try:
        return read_notebook(path).metadata.get("siamese_nas", {}).get("waits_for")
    except ValueError:  # no notebook at all: the run says so
        return None


def main():
    parser = argparse.ArgumentParser(prog="npm run notebooks --", description="Executes notebooks and fails when they fail.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="number prefix such as 05, or path (default: all)")
    parser.add_argument("--check", action="store_true", help="leave the files as they are")
    parser.add_argument("--fast", action="store_true", help="shrink every setting (NAS_FAST=1); implies --check")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="seconds for one cell (default: %(default)s)")
    options = parser.parse_args()
    go_where_typed(__file__)
    keep = not (options.check or options.fast)

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"  # the kernel inherits it: no log lines of TensorFlow in the outputs
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this .venv, whatever else the user has installed
    if options.fast:
        os.environ["NAS_FAST"] = "1"

    paths = find(options.names, parser)
    if not options.names:  # one that waits for its data is executed when it is asked for by name
        waiting = {path: reason for path in paths if (reason := waits_for(path))}
        for path, reason in waiting.items():
            print(f"{path.name} waits for {reason}")
        paths = [path for path in paths if path not in waiting]
    protected = [(path, reason) for path in paths if keep and (reason := why_not_replaceable(path))]
    for path, reason in protected:
        print(f"{path}: its outputs could not be kept: {reason}; --check executes it and keeps none", file=sys.stderr)
    if protected:
        return 1

    failed = 0
    for path in paths:
        print(f"{path.name} ... ", end="", flush=True)
        began = time.monotonic()
        try:
            message = run(path, options.timeout, keep)
        except OSError as error:
            message = f"is not written, the file is as it was: {error.strerror}"
        except Exception as error:  # one bad notebook does not keep the others from running
            message = f"{error or type(error).__name__}"
        print("FAILED" if message else f"{time.monotonic() - began:.0f} s", flush=True)
        if message:
            failed += 1
            print(f"FAILED {path.name} {message}", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    run_main(main)
