# SPDX-License-Identifier: Apache-2.0
"""terminal.py DIALOGUE COMMAND...: plays a dialogue with a command on a terminal of its own.

Lines of DIALOGUE:  expect REGEX   wait until the output since the last match has it
                    send TEXT      type TEXT; \\n, \\x03, \\x1a, \\x04 and the like stand for what they are
                    shell          the group that is in the foreground now is the shell's
                    job            wait until another group is in the foreground
                    resize R C     change the size of the window
                    end N          wait for the command's end with exit status N
Ends with 0 if everything came as expected; else with 1 and the transcript. 20 seconds for each line."""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE = 20


class Terminal:
    def __init__(self, command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        self.transcript = b""
        self.position = 0
        self.group = 0

    def read(self, until):
        """One piece of output; False at its end or when the time is over."""
        ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self.fd, 4096)
        except OSError:
            return False
        self.transcript += piece
        return bool(piece)

    def expect(self, pattern):
        until = time.monotonic() + PATIENCE
        while True:
            found = re.compile(pattern.encode(), re.S).search(self.transcript, self.position)
            if found:
                self.position = found.end()
                return
            if not self.read(until):
                raise AssertionError("%r did not come" % pattern)

    def send(self, text):
        os.write(self.fd, text.encode("latin-1").decode("unicode_escape").encode("latin-1"))

    def shell(self, _):
        self.group = os.tcgetpgrp(self.fd)

    def job(self, _):
        until = time.monotonic() + PATIENCE
        while os.tcgetpgrp(self.fd) == self.group:
            if time.monotonic() > until:
                raise AssertionError("no job came to the foreground")
            time.sleep(0.01)

    def resize(self, size):
        rows, columns = size.split()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))

    def end(self, status):
        until = time.monotonic() + PATIENCE
        while self.read(until):
            pass
        ended, found = os.waitpid(self.pid, os.WNOHANG)
        while not ended and time.monotonic() < until:
            time.sleep(0.01)
            ended, found = os.waitpid(self.pid, os.WNOHANG)
        if not ended:
            raise AssertionError("the command goes on")
        if os.waitstatus_to_exitcode(found) != int(status):
            raise AssertionError("it ended with %d, not with %s" % (os.waitstatus_to_exitcode(found), status))


def main():
    terminal = Terminal(sys.argv[2:])
    with open(sys.argv[1], encoding="utf-8") as dialogue:
        for line in dialogue.read().splitlines():
            verb, _, rest = line.partition(" ")
            try:
                getattr(terminal, verb)(rest)
            except AssertionError as wrong:
                print("at %r: %s\n--- transcript ---" % (line, wrong))
                print(terminal.transcript.decode("utf-8", "replace").replace("\r", ""))
                sys.exit(1)


if __name__ == "__main__":
    main()
