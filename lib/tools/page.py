"""A notebook as one HTML page that loads nothing."""

import base64
import json
import mimetypes
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from jinja2 import pass_context
from mistune import HTMLRenderer
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from notebook_files import ROOT

TOOLS = Path(__file__).resolve().parent
CHART = "application/vnd.vegalite.v5+json"
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
SHORT_CODE = 10  # lines that stand open; longer code is folded behind its first line
VERDICTS = {"holds": "holds", "does not hold": "fails"}  # any other word of a verdict leaves it open


class Renderer(IPythonRenderer):
    """Markdown with formulas as marked texts and pictures as they are named, both to be filled in later."""

    def inline_math(self, body):
        return f'<span class="formula">{self.escape_html(body)}</span>'

    def block_math(self, body):
        return f'<span class="formula display">{self.escape_html(body)}</span>'

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def image(self, text, url, title=None):
        return HTMLRenderer.image(self, text, url, title)


class Exporter(HTMLExporter):
    """nbconvert's exporter with this project's Markdown: attachments of a cell are put into its pictures here."""

    @pass_context
    def markdown2html(self, context, source):
        markup = MarkdownWithMath(renderer=Renderer(escape=False, anchor_link_text="#")).render(source)
        if "attachment:" not in markup:
            return markup
        soup = BeautifulSoup(markup, "html.parser")
        attachments = context.get("cell", {}).get("attachments", {})
        for image in soup.select('img[src^="attachment:"]'):
            name = image["src"].removeprefix("attachment:")
            forms = attachments.get(name) or attachments.get(unquote(name))
            if not forms:
                raise ValueError(f"{unquote(name)} is not attached to its cell, so it cannot be put into the page")
            kind, data = next(iter(forms.items()))
            image["src"] = f"data:{kind};base64,{''.join(data)}"
        return str(soup)


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
    paths = modules / "vega/build/vega.min.js", modules / "vega-lite/build/vega-lite.min.js", TOOLS / "page.js"
    return [script(path) for path in paths]


def embed_pictures(soup, folder):
    """Puts the pictures of files into the page; a picture elsewhere on the web becomes a link, or a word in its link.

    Raises ValueError for a file that is not there or no picture.
    """
    for tag in soup.select("[srcset]"):
        del tag["srcset"]
    for image in soup.find_all("img"):
        source = image.get("src", "").strip()
        place = urlsplit(source)
        if place.scheme == "data":
            continue
        if place.netloc and place.scheme != "file":
            name = image.get("alt") or "picture"
            if image.find_parent("a"):
                image.replace_with(name)
            else:
                image.replace_with(soup.new_tag("a", href=source, string=name))
            continue
        file = folder / unquote(place.path)
        kind = mimetypes.guess_type(file.name)[0] or ""
        if not file.is_file():
            raise ValueError(f"{unquote(source) or 'a picture without a name'} is not there, so it cannot be put into the page")
        if not kind.startswith("image/"):
            raise ValueError(f"{unquote(source)} is no picture, so it cannot be put into the page")
        image["src"] = f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def name_what_is_left_out(soup):
    """Films, sounds and foreign pages would have to be fetched: a link or a name stands in their place."""
    for tag in soup.select("video, audio, iframe, embed, object"):
        part = tag if tag.get("src") or tag.get("data") else tag.find("source") or tag
        source = part.get("src") or part.get("data") or ""
        if source.startswith("data:"):
            continue
        on_the_web = urlsplit(source).scheme in ("http", "https")
        tag.replace_with(soup.new_tag("a", href=source, string=source) if on_the_web else f"({tag.name} {source})")
    for tag in soup.select("script[src], link"):
        tag.decompose()


def relink(soup, shared):
    """Points links to notebooks at their pages, if these are there; of other links to files only the text stays."""
    for link in soup.select("a[href]"):
        place = urlsplit(link["href"])
        file = Path(unquote(place.path))
        if place.scheme or place.netloc or not place.path:
            continue
        if file.suffix == ".ipynb" and file.stem in shared:
            page = place._replace(path=f"{place.path.rsplit('/', 1)[-1].removesuffix('.ipynb')}.html")
            link["href"] = page.geturl()
        else:
            link.unwrap()


def draw_formulas(soup):
    """Draws the formulas. Returns a line for each that cannot be drawn, which stays as it was written."""
    places = soup.select(".formula")
    if not places:
        return []
    formulas = []
    for place in places:
        tex = place.get_text().strip()
        dollars = re.fullmatch(r"(\$\$?)(.*?)\1", tex, re.DOTALL)
        display = "display" in place["class"] or (dollars is not None and dollars[1] == "$$")
        formulas.append({"tex": dollars[2] if dollars else tex, "display": display})
    node = subprocess.run(
        ["node", TOOLS / "formulas.js"], input=json.dumps(formulas), capture_output=True, text=True, encoding="utf-8", check=True
    )
    remarks = []
    for place, formula, drawn in zip(places, formulas, json.loads(node.stdout), strict=True):
        if "error" in drawn:
            remarks.append(f"a formula is left as it is written: {drawn['error']}")
            place.name = "code"
        else:
            place.clear()
            place.append(BeautifulSoup(drawn["html"], "html.parser"))
    return remarks


def heading_text(heading):
    """The words of a heading, without the mark that links to it."""
    return "".join(part for part in heading.strings if not part.find_parent(class_="anchor-link")).strip()


def list_contents(soup):
    """Gives each heading of the text a name of its own, and returns the list of the sections, or nothing for a few."""
    seen = set()
    contents = soup.new_tag("ol")
    for heading in soup.select(", ".join(f".text_cell_render {tag}" for tag in HEADINGS)):
        name = base = heading.get("id") or re.sub(r"\s+", "-", heading_text(heading))
        while name in seen:
            name = f"{base}-{len(seen)}"
        seen.add(name)
        heading["id"] = name
        if mark := heading.find(class_="anchor-link"):
            mark["href"] = f"#{name}"
        if heading.name in ("h2", "h3"):
            item = soup.new_tag("li", attrs={"class": f"{heading.name} verdict" if is_verdict(heading) else heading.name})
            item.append(soup.new_tag("a", href=f"#{name}", string=heading_text(heading)))
            contents.append(item)
    if len(contents.contents) > 2:
        soup.select_one("#contents").append(contents)
    else:
        soup.select_one("#contents").decompose()


def is_verdict(heading):
    return heading_text(heading).lower().startswith("verdict")


def start_cell(soup, heading):
    """Cuts a text in two before a heading that does not begin it: a section is then a row of whole cells."""
    if not heading.find_previous_sibling():
        return
    text = soup.new_tag("div", attrs={"class": "text_cell_render"})
    heading.find_parent(class_="cell").insert_after(cell := soup.new_tag("div", attrs={"class": "cell text_cell"}))
    cell.append(text)
    for part in [heading, *heading.next_siblings]:
        text.append(part.extract())


def set_off_verdicts(soup):
    """Frames the sections that are headed 'Verdict', and colours the words below a table's heading of that name."""
    for heading in soup.select(".text_cell_render > h1, .text_cell_render > h2, .text_cell_render > h3"):
        start_cell(soup, heading)
    section = None
    for cell in soup.select("main > .cell"):
        heading = cell.select_one("h1, h2, h3") if "text_cell" in cell["class"] else None
        if heading:
            section = soup.new_tag("section", attrs={"class": "verdict"}) if is_verdict(heading) else None
            if section:
                cell.insert_before(section)
        if section:
            section.append(cell.extract())
    for table in soup.find_all("table"):
        heads = [head.get_text().strip().lower() for head in table.select("thead th")]
        for row in table.select("tbody tr"):
            for head, field in zip(heads, row.find_all("td")):
                if head.startswith("verdict"):
                    field["class"] = ["decided", VERDICTS.get(field.get_text().strip(), "open")]


def colours(style):
    return HtmlFormatter(style=style).get_style_defs(".highlight")


def render(notebook, path, shared):
    """The page of a notebook, and remarks on it.

    `path`: its file, beside which its pictures lie; `shared`: the names of all notebooks that have a page.
    Raises ValueError for a picture that is missing.
    """
    notebook.metadata.setdefault("language_info", {"name": "typescript"})
    exporter = Exporter(
        template_name="basic",
        template_file="page.html.j2",
        extra_template_paths=[str(TOOLS)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {
        "metadata": {"name": path.stem, "path": str(path.parent)},
        "short_code": SHORT_CODE,
        "light_code": colours("default"),
        "dark_code": colours("github-dark"),
    }
    markup, _ = exporter.from_notebook_node(notebook, resources)
    soup = BeautifulSoup(markup, "html.parser")
    embed_pictures(soup, path.parent)
    name_what_is_left_out(soup)
    relink(soup, shared)
    first = soup.select_one(", ".join(f".text_cell_render {tag}" for tag in HEADINGS))
    soup.title.string = heading_text(first) if first else path.stem
    list_contents(soup)
    set_off_verdicts(soup)
    remarks = draw_formulas(soup)
    body, end = str(soup).rsplit("</body>", 1)
    return body + "".join(f"<script>{text}</script>\n" for text in scripts(notebook)) + "</body>" + end, remarks
