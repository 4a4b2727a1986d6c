#!/usr/bin/env python3
"""Turns what a terminal shows into a picture, and such a picture back into text.

Usage: tmux capture-pane -e -p | screenshot.py TITLE >FILE.svg
       screenshot.py --text FILE.svg

Why not a tool of Debian's: ansifilter 2.18 leaves out dim text, gives its pictures no size, and has columns only where
the reader has its font; termtosvg makes films of a shell of its own. Here every piece of text is given its place and its
width, so that columns stand whatever the font.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

COLUMN, ROW, MARGIN, BAR = 8.4, 19, 16, 34  # pixels
COLORS = {31: "#f47067", 32: "#8ddb8c", 33: "#eac55f"}
PLAIN, BACKGROUND = "#d1d7e0", "#1c2128"
SVG = "{http://www.w3.org/2000/svg}"


def plain(line):
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def runs(line):
    """Yields (column, text, style) of one captured line; style is what SGR codes have set."""
    style, column = frozenset(), 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not piece.startswith("\x1b"):
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                yield column + lead, piece.strip(), style
            column += len(piece)
            continue
        for code in [int(c or 0) for c in piece[2:-1].split(";")]:
            if code == 0:
                style = frozenset()
            elif code == 39:
                style = style - set(COLORS)
            elif code in COLORS:
                style = (style - set(COLORS)) | {code}
            elif code in (1, 2):
                style = style | {code}
            elif code == 49:
                pass  # the background, which nothing sets
            elif code == 22:
                style = style - {1, 2}
            else:
                sys.exit(f"screenshot.py: SGR code {code} is not known: add it")


def draw(title, lines):
    columns = max(len(plain(line)) for line in lines)
    width, height = round(columns * COLUMN + 2 * MARGIN), BAR + len(lines) * ROW + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        "<!-- Made by tests/demo/demo.sh in a real terminal; a test compares it with what the programs print. -->",
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
    ]
    for i, color in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        out.append(f'<circle cx="{20 + 20 * i}" cy="17" r="6" fill="{color}"/>')
    out.append('<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" '
               f'font-size="14" fill="{PLAIN}" xml:space="preserve">')
    for i, line in enumerate(lines):
        for column, text, style in runs(line):
            look = "".join(f' fill="{COLORS[c]}"' for c in style if c in COLORS)
            look += ' font-weight="bold"' if 1 in style else ""
            look += ' opacity="0.6"' if 2 in style else ""
            out.append(f'<text x="{MARGIN + column * COLUMN:.1f}" y="{BAR + (i + 1) * ROW - 6}" '
                       f'textLength="{len(text) * COLUMN:.1f}" lengthAdjust="spacingAndGlyphs"{look}>{escape(text)}</text>')
    return "\n".join(out + ["</g>", "</svg>"]) + "\n"


def text_of(svg):
    """The lines of a picture, as its places say: not a copy that could say something else."""
    lines = {}
    for element in ET.fromstring(svg).iter(SVG + "text"):
        row = round((float(element.get("y")) + 6 - BAR) / ROW) - 1
        column = round((float(element.get("x")) - MARGIN) / COLUMN)
        lines[row] = lines.get(row, "").ljust(column) + element.text
    return "".join(lines.get(row, "") + "\n" for row in range(max(lines) + 1))


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--text":
        sys.stdout.write(text_of(pathlib.Path(sys.argv[2]).read_text()))
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        screen = [line.rstrip() for line in sys.stdin.read().rstrip().split("\n")]
        if screen == [""]:
            sys.exit("screenshot.py: the screen is empty")
        picture = draw(sys.argv[1], screen)
        if text_of(picture).splitlines() != [plain(line).rstrip() for line in screen]:
            sys.exit("screenshot.py: the picture does not read as the screen did")
        sys.stdout.write(picture)
    else:
        sys.exit(__doc__)
