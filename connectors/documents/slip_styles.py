"""Cell styles added to a workbook that has its own: the old ones keep their numbers and looks."""

from __future__ import annotations

import copy

from lxml import etree

from catalog.issues import Action

RED, YELLOW = "FFFFC7CE", "FFFFEB9C"
COLOURS = {Action.REFUSE_CELL: RED, Action.REFUSE_SHEET: RED, Action.REFUSE_FILE: RED, Action.WARN: YELLOW}


class Styles:
    """The style sheet of a workbook, to which styles are added at the end."""

    def __init__(self, root: etree._Element, main: str) -> None:
        self.root, self.main = root, main
        self._coloured: dict[tuple[int, str], int] = {}
        self._fills: dict[str, int] = {}

    @staticmethod
    def blank(main: str) -> etree._Element:
        """The least that a workbook without styles needs."""
        return etree.fromstring(
            f'<styleSheet xmlns="{main}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
        )

    def coloured(self, style: int, severity: Action) -> int:
        """The number of a style like ``style``, on the colour of ``severity``; everything else as it was."""
        colour = COLOURS.get(severity)
        if colour is None:
            return style
        if (style, colour) not in self._coloured:
            formats = self._part("cellXfs")
            made = copy.deepcopy(formats[style]) if style < len(formats) else copy.deepcopy(formats[0])
            made.set("fillId", str(self.fill(colour)))
            made.set("applyFill", "1")
            self._coloured[style, colour] = self._append(formats, made)
        return self._coloured[style, colour]

    def fill(self, colour: str) -> int:
        if colour not in self._fills:
            fill = etree.Element(self._tag("fill"))
            pattern = etree.SubElement(fill, self._tag("patternFill"), patternType="solid")
            etree.SubElement(pattern, self._tag("fgColor"), rgb=colour)
            etree.SubElement(pattern, self._tag("bgColor"), indexed="64")
            self._fills[colour] = self._append(self._part("fills"), fill)
        return self._fills[colour]

    def font(self, face: str, size: int, *, bold: bool = False, colour: str = "", underlined: bool = False) -> int:
        font = etree.Element(self._tag("font"))
        if bold:
            etree.SubElement(font, self._tag("b"))
        if underlined:
            etree.SubElement(font, self._tag("u"))
        etree.SubElement(font, self._tag("sz"), val=str(size))
        if colour:
            etree.SubElement(font, self._tag("color"), rgb=colour)
        etree.SubElement(font, self._tag("name"), val=face)
        return self._append(self._part("fonts"), font)

    def thin_border(self) -> int:
        border = etree.Element(self._tag("border"))
        for side in ("left", "right", "top", "bottom"):
            edge = etree.SubElement(border, self._tag(side), style="thin")
            etree.SubElement(edge, self._tag("color"), rgb="FF999999")
        etree.SubElement(border, self._tag("diagonal"))
        return self._append(self._part("borders"), border)

    def style(self, font: int, *, fill: int = 0, border: int = 0, across: str = "left", down: str = "center") -> int:
        made = etree.Element(
            self._tag("xf"), numFmtId="49", fontId=str(font), fillId=str(fill), borderId=str(border), xfId="0",
            applyNumberFormat="1", applyFont="1", applyFill="1", applyBorder="1", applyAlignment="1",
        )  # fmt: skip
        etree.SubElement(made, self._tag("alignment"), horizontal=across, vertical=down, wrapText="1")
        return self._append(self._part("cellXfs"), made)

    def _tag(self, name: str) -> str:
        return f"{{{self.main}}}{name}"

    def _part(self, name: str) -> etree._Element:
        part = self.root.find(self._tag(name))
        if part is None:
            raise ValueError(name)
        return part

    @staticmethod
    def _append(part: etree._Element, child: etree._Element) -> int:
        part.append(child)
        part.set("count", str(len(part)))
        return len(part) - 1
