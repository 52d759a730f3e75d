"""A script that behaves like a person with a word processor: on the XML, as Word, WPS or LibreOffice would leave it."""

import re
import zipfile
from copy import deepcopy
from io import BytesIO

from docx import Document
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BODY = "word/document.xml"


def parts(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body_of(data):
    return etree.fromstring(parts(data)[BODY])


def edited(data, *deeds):
    """The document after these deeds, each a function of its body."""
    held = parts(data)
    body = etree.fromstring(held[BODY])
    for deed in deeds:
        deed(body)
    held[BODY] = etree.tostring(body, xml_declaration=True, encoding="UTF-8", standalone=True)
    return with_parts(held)


def with_parts(held):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraphs(body):
    return list(body.iter(f"{W}p"))


def text_of(element):
    return "".join("-" if t.tag == f"{W}noBreakHyphen" else t.text or "" for t in element.iter(f"{W}t", f"{W}noBreakHyphen"))


def all_text(data):
    return "\n".join(text_of(p) for p in paragraphs(body_of(data)))


def control(body, indicator):
    return next(c for c in body.iter(f"{W}sdt") if c.find(f"{W}sdtPr/{W}tag").get(f"{W}val").endswith(f"indicator={indicator}"))


def reworded(old, new):
    """Words outside of figures, inside one run."""

    def deed(body):
        t = next(t for t in body.iter(f"{W}t") if old in (t.text or ""))
        t.text = t.text.replace(old, new, 1)

    return deed


def retyped(indicator, text):
    """A figure typed over inside its control."""

    def deed(body):
        first, *rest = control(body, indicator).iter(f"{W}t")
        first.text = text
        for t in rest:
            t.text = ""

    return deed


def deleted(indicator):
    def deed(body):
        gone = control(body, indicator)
        if gone.getparent().tag == f"{W}hyperlink":
            gone = gone.getparent()
        gone.getparent().remove(gone)

    return deed


def moved(beginning, to=2):
    def deed(body):
        paragraph = next(p for p in paragraphs(body) if text_of(p).startswith(beginning))
        paragraph.getparent().insert(to, paragraph)

    return deed


def split(body):
    """Every run in two, with marks of a spelling check between, as Word does."""
    for run in list(body.iter(f"{W}r")):
        texts = run.findall(f"{W}t")
        if len(texts) != 1 or len(texts[0].text or "") < 2:
            continue
        other = deepcopy(run)
        text, half = texts[0].text, len(texts[0].text) // 2
        texts[0].text, other.find(f"{W}t").text = text[:half], text[half:]
        for t in (texts[0], other.find(f"{W}t")):
            t.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.addnext(other)
        run.addnext(etree.Element(f"{W}proofErr", {f"{W}type": "spellStart"}))


def tracked(indicator, text):
    """A figure typed over with changes being tracked: the old one struck through, the new one inserted."""

    def deed(body):
        run, *others = control(body, indicator).iter(f"{W}r")
        for other in others:
            run.find(f"{W}t").text += other.find(f"{W}t").text
            other.getparent().remove(other)
        fresh = deepcopy(run)
        fresh.find(f"{W}t").text = text
        old = etree.Element(f"{W}del", {f"{W}id": "900", f"{W}author": "王主任"})
        new = etree.Element(f"{W}ins", {f"{W}id": "901", f"{W}author": "王主任"})
        run.addprevious(old)
        old.append(run)
        old.addnext(new)
        new.append(fresh)
        run.find(f"{W}t").tag = f"{W}delText"

    return deed


def nameless(body):
    """LibreOffice 7 keeps controls and bookmarks, and forgets what the controls are called."""
    for properties in body.iter(f"{W}sdtPr"):
        for child in list(properties):
            properties.remove(child)


def unlinked(body):
    """Links taken away, as by a paste without them."""
    for link in list(body.iter(f"{W}hyperlink")):
        for child in list(link):
            link.addprevious(child)
        link.getparent().remove(link)


def unboxed(body):
    """A word processor that knows no controls keeps their text."""
    for box in list(body.iter(f"{W}sdt")):
        for child in list(box.find(f"{W}sdtContent")):
            box.addprevious(child)
        box.getparent().remove(box)


def comments(data):
    root = etree.fromstring(parts(data)["word/comments.xml"])
    return [text_of(c) for c in root.iter(f"{W}comment") if re.search("→|手改|缺：", text_of(c))]


def other_runs(data):
    """Every run that is neither in a control nor the mark of a comment, byte for byte."""
    return [
        etree.tostring(run, method="c14n", with_tail=False) for run in body_of(data).iter(f"{W}r")
        if next(run.iterancestors(f"{W}sdt"), None) is None and run.find(f"{W}commentReference") is None
    ]  # fmt: skip


def words_of(path):
    """All words of the document, its figures among them."""
    return "".join(t.text or "" for t in Document(str(path)).element.body.iter("{*}t"))


def edit(path):
    """A word put behind the title, and saved."""
    edited = Document(str(path))
    edited.paragraphs[0].add_run("（领导改）")
    edited.save(str(path))
