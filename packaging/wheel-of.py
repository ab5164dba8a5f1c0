#!/usr/bin/env python3
"""wheel-of.py WHEEL PROGRAM NAME FOLDER: the wheel again under another name with another program inside."""

import base64
import hashlib
import pathlib
import re
import sys
import zipfile

wheel, program, name, folder = sys.argv[1:]
stem = pathlib.Path(wheel).name
old = stem.split("-")[0]
out = pathlib.Path(folder) / (name + stem[len(old):])
records = []
with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
    record_name = None
    for entry in source.infolist():
        path = re.sub(rf"^{old}(-[^/]*\.(?:dist-info|data)/)", rf"{name}\1", entry.filename)
        data = source.read(entry)
        if path.endswith(".dist-info/RECORD"):
            record_name = path
            continue
        if path.endswith(".data/scripts/dynascope"):
            data = pathlib.Path(program).read_bytes()
        if path.endswith(".dist-info/METADATA"):
            data = re.sub(rb"(?m)^Name: .*$", b"Name: " + name.replace("_", "-").encode(), data, count=1)
        written = zipfile.ZipInfo(path, entry.date_time)
        written.external_attr = entry.external_attr
        written.compress_type = zipfile.ZIP_DEFLATED
        target.writestr(written, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        records.append(f"{path},sha256={digest},{len(data)}\n")
    target.writestr(record_name, "".join(records) + f"{record_name},,\n")
print(out)
