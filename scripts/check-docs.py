#!/usr/bin/env python3
"""Links of every page: files and pictures that are there, headings that are there, and no page that the book leaves out."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page):
    """A page without its blocks of code, in which brackets are no links."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)


def anchors(page):
    heads = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
pages = [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]
wrong, links = [], 0
for page in pages:
    for link in LINK.findall(text_of(page)):
        if "://" in link:
            continue
        links += 1
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            wrong.append(f"{page.relative_to(ROOT)}: {link} is not there")
        elif anchor and anchor not in anchors(target):
            wrong.append(f"{page.relative_to(ROOT)}: {path} has no heading #{anchor}")
book = {(ROOT / "docs" / link).resolve() for link in LINK.findall(text_of(ROOT / "docs" / "SUMMARY.md"))}
for page in (ROOT / "docs").rglob("*.md"):
    if page.name != "SUMMARY.md" and page.resolve() not in book:
        wrong.append(f"{page.relative_to(ROOT)}: SUMMARY.md does not have it")
print(f"{len(pages)} pages, {links} links, {len(wrong)} wrong")
sys.exit("\n".join(wrong) or 0)
