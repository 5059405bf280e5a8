#!/usr/bin/env python3
"""Holds the pinned wheels of Triton for a machine against the package index, and looks into each.

    scripts/check-pins.py [--machine aarch64] [--whole VERSION] [VERSION…]

For each pin: the index that pip is configured with serves a file of that name with that SHA-256, and the wheel holds
`libtriton.so`, `ptxas` and the other compilers that its version has, each an ELF file for that machine. Only the ends of a wheel and the first bytes
of those files are fetched. `--whole` downloads one wheel of a version too, and hashes what came. Ends with 1 where
anything differs.
"""

import argparse
import hashlib
import importlib.util
import io
import pathlib
import struct
import sys
import tomllib
import urllib.request
import zipfile

HERE = pathlib.Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("update_pins", HERE / "update-pins.py")
PINS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PINS)

# `e_machine` of elf.h.
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
REQUIRED = ["triton/_C/libtriton.so", "triton/backends/nvidia/bin/ptxas"]
COMPILERS = ["triton/backends/nvidia/bin/ptxas-blackwell"]


class Remote(io.RawIOBase):
    """A file behind an address, read a piece at a time."""

    PIECE = 1 << 20

    def __init__(self, address, size):
        self.address, self.size, self.place, self.pieces = address, size, 0, {}

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.place

    def seek(self, offset, whence=io.SEEK_SET):
        self.place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        return self.place

    def piece(self, number):
        if number not in self.pieces:
            first, last = number * self.PIECE, min((number + 1) * self.PIECE, self.size) - 1
            request = urllib.request.Request(self.address, headers={"Range": "bytes=%d-%d" % (first, last)})
            with urllib.request.urlopen(request) as answer:
                if answer.status != 206:
                    sys.exit("%s: its server gives no parts of files" % self.address)
                self.pieces[number] = answer.read()
        return self.pieces[number]

    def readinto(self, buffer):
        number, offset = divmod(self.place, self.PIECE)
        if self.place >= self.size:
            return 0
        part = self.piece(number)[offset:offset + len(buffer)]
        buffer[:len(part)] = part
        self.place += len(part)
        return len(part)


def inside(wheel, machine):
    """What is wrong with a wheel's content."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for name in REQUIRED + [name for name in COMPILERS if name in names]:
            if name not in names:
                yield "it has no %s" % name
                continue
            with archive.open(name) as file:
                head = file.read(20)
            if head[:4] != b"\x7fELF":
                yield "%s is no ELF file" % name
            elif (found := struct.unpack_from("<H", head, 18)[0]) != ELF_MACHINES[machine]:
                yield "%s is for ELF machine %d and not %d" % (name, found, ELF_MACHINES[machine])


def check(version, key, pin, machine):
    """What is wrong with a pin, and where the index has its file."""
    answer = PINS.ask(version, key.split("-")[0][2:], machine)
    if answer is None:
        return ["the index has no such wheel"], None
    name, sha256, address = answer
    wrong = []
    if name != pin["file"]:
        wrong.append("the index serves %s" % name)
    if sha256 != pin["sha256"]:
        wrong.append("the index says SHA-256 %s" % sha256)
    if (size := PINS.size(address)) != pin["size"]:
        wrong.append("it has %d bytes and not %d" % (size, pin["size"]))
    return wrong, address


def whole(address, pin, machine):
    """The same of all of its bytes."""
    with urllib.request.urlopen(address) as answer:
        content = answer.read()
    if (found := hashlib.sha256(content).hexdigest()) != pin["sha256"]:
        yield "what came has SHA-256 %s" % found
    yield from inside(io.BytesIO(content), machine)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--machine", default="aarch64", choices=ELF_MACHINES)
    parser.add_argument("--whole", metavar="VERSION")
    parser.add_argument("versions", nargs="*")
    arguments = parser.parse_args()
    failed, seen = False, {}
    for version, pins in tomllib.loads(PINS.TABLE.read_text()).items():
        if arguments.versions and version not in arguments.versions:
            continue
        last = None
        for key, pin in pins.items():
            if not key.endswith("-" + arguments.machine):
                continue
            wrong, address = check(version, key, pin, arguments.machine)
            # Several Pythons can have one wheel.
            if address and pin["sha256"] not in seen:
                remote = io.BufferedReader(Remote(address, pin["size"]), 1 << 16)
                seen[pin["sha256"]] = list(inside(remote, arguments.machine))
            wrong += seen.get(pin["sha256"], [])
            last = (address, pin)
            failed |= bool(wrong)
            print(version, key, "; ".join(wrong) or "ok", flush=True)
        if last is None:
            print(version, "has no wheel for", arguments.machine)
        elif version == arguments.whole and last[0]:
            wrong = list(whole(*last, arguments.machine))
            failed |= bool(wrong)
            print(version, last[1]["file"], "in whole:", "; ".join(wrong) or "ok", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
