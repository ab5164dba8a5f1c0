#!/usr/bin/env python3
"""notices.py TARGET [FEATURES]: the licences of everything that is built in, as a text on standard output.

Fails where a crate's licence is not one of those below. What only builds, tests or runs on other systems is left out.
"""

import json
import pathlib
import re
import subprocess
import sys

ACCEPTED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "WTFPL", "Zlib", "bzip2-1.0.6",
}
FILES = re.compile(r"(?i)(licen[cs]e|copying|notice|unlicense)")


def is_accepted(expression):
    """Whether an SPDX expression (or the older A/B) can be met by licences above."""
    words = re.findall(r"\(|\)|OR|AND|/|[A-Za-z0-9.+-]+(?: WITH [A-Za-z0-9.+-]+)?", expression)
    meaning = {"(": "(", ")": ")", "OR": "or", "/": "or", "AND": "and"}
    return eval(" ".join(meaning.get(word, str(word in ACCEPTED)) for word in words))


def built_in(metadata):
    """The packages that end in the program, itself left out."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root, seen = metadata["resolve"]["root"], set()
    waiting = [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if normal and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    packages = {package["id"]: package for package in metadata["packages"]}
    return sorted((packages[i] for i in seen), key=lambda p: (p["name"], p["version"]))


def main():
    target, *features = sys.argv[1:]
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    command += [f"--features={','.join(features)}"] if features else []
    packages = built_in(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    texts, refused = {}, []
    print(f"What dynascope is built from, for {target}: {len(packages)} crates, then the texts of their licences.\n")
    for package in packages:
        name = f"{package['name']} {package['version']}"
        licence = package["license"] or "not stated"
        folder = pathlib.Path(package["manifest_path"]).parent
        found = sorted(path for path in folder.iterdir() if path.is_file() and FILES.match(path.name))
        if not is_accepted(licence):
            refused.append(f"{name}: {licence}")
        authors = ", ".join(package["authors"]) or package["repository"] or "authors not stated"
        print(f"{name}: {licence}" + ("" if found else f"; its package has no text; {authors}"))
        for path in found:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(" ".join(text.split()), (text, []))[1].append(name)
    for text, names in texts.values():
        print(f"\n{'=' * 100}\n{', '.join(dict.fromkeys(names))}\n\n{text}")
    if refused:
        sys.exit("notices: not among the accepted licences:\n" + "\n".join(refused))


main()
