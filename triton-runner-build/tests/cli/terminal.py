"""Runs a program in a terminal and writes what it shows.

    python3 terminal.py COLUMNS PROMPT KEYS PROGRAM ARGUMENT...

When PROMPT has been shown, KEYS are pressed (as Python writes them in a string); both may be empty.
"""

import fcntl
import os
import pty
import struct
import sys
import termios
import time

columns, prompt, keys, *program = sys.argv[1:]
keys = keys.encode().decode("unicode_escape").encode()
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(columns), 0, 0))
    os.execv(program[0], program)
shown = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # The program has ended.
        break
    if not data:
        break
    shown += data
    if keys and prompt.encode() in shown:
        time.sleep(0.2)
        os.write(terminal, keys)
        keys = b""
os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
