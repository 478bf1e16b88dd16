"""Writes notebooks as web pages for readers who have nothing installed: code, tables, pictures, interactive charts.

    npm run share                      all of them, into shared-notebooks/
    npm run share -- 05 06             those whose names start with 05 or 06 (or paths to notebook files)
    npm run share -- 05 --out FOLDER   into another folder

Each page is one file that loads nothing: pictures and the chart library are inside, and the page forbids the browser to
fetch anything. What it shows are the outputs that the notebook file holds; nothing is executed. Exit code 1 when a
picture that a notebook refers to is missing, 2 for a notebook that does not exist.
"""

import argparse
import re
import sys
from html import unescape
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

from run import FOLDER, find, source_hash

ROOT = FOLDER.parent
CHART = "application/vnd.vegalite.v5+json"


def script(path):
    """A script to stand inside a page: without the address of its source map, and with no end tag in it."""
    text = re.sub(r"^//# sourceMappingURL=.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return text.replace("</script", "<\\/script").strip()


def scripts(notebook):
    """What draws the charts; nothing for a notebook that has none."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    if not any(CHART in output.get("data", {}) for output in outputs):
        return []
    modules = ROOT / "node_modules"
    paths = modules / "vega/build/vega.min.js", modules / "vega-lite/build/vega-lite.min.js", FOLDER / "share.js"
    return [script(path) for path in paths]


def title(notebook, fallback):
    """The first heading, without its marks."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    heading = next((match for text in texts if (match := re.search(r"^#+ +(.+)$", text, re.MULTILINE))), None)
    return re.sub(r"[*`]", "", heading[1]) if heading else fallback


def relink(page, shared):
    """Points links to notebooks at their pages, if these are there; of other links to files only the text stays."""

    def replace(link):
        target, _, place = unescape(link[1]).partition("#")
        if not target or re.match(r"\w+:", target):
            return link[0]
        if target.endswith(".ipynb") and Path(target).stem in shared:
            return f'<a href="{Path(target).stem}.html{"#" + place if place else ""}">{link[2]}</a>'
        return link[2]

    return re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', replace, page, flags=re.DOTALL)


def render(path, shared):
    """A notebook as a page. `shared`: the names of all notebooks that have one. Raises ValueError for a missing picture."""
    notebook = nbformat.read(path, as_version=4)
    if notebook.metadata.get("siamese_nas", {}).get("executed_source") != source_hash(notebook):
        print(f"{path.name}: its outputs are older than its code; npm run notebooks executes it", file=sys.stderr)
    notebook.metadata.setdefault("language_info", {"name": "typescript"})
    exporter = HTMLExporter(
        template_name="basic",
        template_file="share.html.j2",
        extra_template_paths=[str(FOLDER)],
        embed_images=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {
        "metadata": {"name": path.stem, "path": str(path.parent)},
        "title": title(notebook, path.stem),
        "highlight_css": HtmlFormatter().get_style_defs(".highlight"),
    }
    page, _ = exporter.from_notebook_node(notebook, resources)
    missing = re.search(r'\ssrc="(?!data:)([^"]*)"', page)
    if missing:
        raise ValueError(f"{missing[1]} is not there, so it cannot be put into the page")
    body, end = relink(page, shared).rsplit("</body>", 1)
    return body + "".join(f"<script>{text}</script>\n" for text in scripts(notebook)) + "</body>" + end


def main():
    parser = argparse.ArgumentParser(prog="npm run share --", description="Writes notebooks as self-contained web pages.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="number prefix such as 05, or path (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "shared-notebooks", metavar="FOLDER", help="default: shared-notebooks")
    options = parser.parse_args()
    paths = find(options.names, parser)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out {options.out} is no folder and cannot be made: {error.strerror}")
    shared = {page.stem for page in options.out.glob("*.html")} | {path.stem for path in paths}
    failed = 0
    for path in paths:
        try:
            page = render(path, shared)
        except ValueError as error:
            failed = 1
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        file = options.out / f"{path.stem}.html"
        file.write_text(page, encoding="utf-8")
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return failed


if __name__ == "__main__":
    sys.exit(main())
