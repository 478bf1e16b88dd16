"""Writes notebooks as web pages for readers who have nothing installed: code, tables, pictures, interactive charts.

    npm run share                      all of them, into shared-notebooks/
    npm run share -- 05 06             those whose names start with 05 or 06 (or paths to notebook files)
    npm run share -- 05 --out FOLDER   into another folder

Each page is one file that loads nothing: pictures, formulas and the chart library are inside, and the page forbids the
browser to fetch anything. What it shows are the outputs that the notebook file holds; nothing is executed. Exit code 1
when a notebook cannot be shared, such as one with a picture that is missing (the others are written all the same), 2
for a notebook that does not exist, or two that would have the same page.
"""

import argparse
import sys
from pathlib import Path

from notebook_files import ROOT, find, go_where_typed, read_notebook, replace_file, run_main, source_hash
from page import render

def doubt(notebook):
    """Why the outputs of a notebook may not be those of its code; None when they are."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    never = sum(cell.execution_count is None for cell in code)
    if code and never == len(code):
        return "it has not been executed, so there are no outputs; npm run notebooks executes it"
    if never:
        return f"{never} of its {len(code)} code cells have not been executed; npm run notebooks executes it"
    if code and notebook.metadata.get("siamese_nas", {}).get("executed_source") != source_hash(notebook):
        return "it was last executed by hand, so its outputs may be of older code; npm run notebooks makes sure"
    return None


def twins(paths):
    """Two notebooks whose pages would have the same name, also on disks that take A for a; None where there are none."""
    seen = {}
    for path in paths:
        if (other := seen.setdefault(path.stem.casefold(), path)) != path:
            return other, path
    return None


def share(path, out, shared):
    """Writes the page of one notebook. Returns its file."""
    notebook = read_notebook(path)
    if reason := doubt(notebook):
        print(f"{path.name}: {reason}", file=sys.stderr)
    page, remarks = render(notebook, path, shared)
    for remark in remarks:
        print(f"{path.name}: {remark}", file=sys.stderr)
    file = out / f"{path.stem}.html"
    replace_file(file, page)
    return file


def main():
    parser = argparse.ArgumentParser(prog="npm run share --", description="Writes notebooks as self-contained web pages.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="number prefix such as 05, or path (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "shared-notebooks", metavar="FOLDER", help="default: shared-notebooks")
    options = parser.parse_args()
    go_where_typed(__file__)
    paths = find(options.names, parser)
    if same := twins(paths):
        parser.error(f"{same[0]} and {same[1]} would be the same page; share one of them into another folder with --out")
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out {options.out} is no folder and cannot be made: {error.strerror}")
    shared = {page.stem for page in options.out.glob("*.html")} | {path.stem for path in paths}
    failed = 0
    for path in paths:
        try:
            file = share(path, options.out, shared)
        except OSError as error:
            message = f"its page is not written, an older one stays as it is: {error.strerror or error}"
        except ValueError as error:
            message = str(error)
        except Exception as error:  # one bad notebook does not keep the others from being written
            message = f"it cannot be shared ({type(error).__name__}: {error})"
        else:
            print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
            continue
        failed = 1
        print(f"{path.name}: {message}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    run_main(main)
