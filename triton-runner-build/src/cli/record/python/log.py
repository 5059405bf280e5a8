"""One file of JSON lines for each process. What a killed process has written is whole up to its last line."""

import json
import os
import threading


class Log:

    def __init__(self, spool):
        self.folder = os.path.join(spool, "log")
        self.file = None
        self.problems = set()
        self.lock = threading.RLock()

    def started(self):
        """So that whoever reads knows of a Python that never imported triton."""
        os.makedirs(os.path.join(self.folder, "started"), exist_ok=True)
        open(os.path.join(self.folder, "started", str(os.getpid())), "w").close()

    def forked(self):
        # The file is the parent's.
        self.file = None
        self.lock = threading.RLock()

    def write(self, **line):
        text = json.dumps(line, allow_nan=False) + "\n"
        with self.lock:
            if self.file is None:
                # A process may have the number of one that is gone.
                name = "%d-%s.jsonl" % (os.getpid(), os.urandom(4).hex())
                self.file = os.open(os.path.join(self.folder, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(self.file, text.encode("utf-8"))

    def problem(self, what, error):
        """Recording goes wrong, and the program goes on."""
        text = "%s: %s: %s" % (what, type(error).__name__, error)
        with self.lock:
            if text in self.problems:
                return
            self.problems.add(text)
        try:
            self.write(event="problem", text=text)
        except OSError:
            pass


def write_whole(path, content):
    """A file that is there as a whole or not at all."""
    part = "%s.%d-%s.part" % (path, os.getpid(), os.urandom(4).hex())
    with open(part, "wb") as file:
        file.write(content)
    os.replace(part, path)
