# SPDX-License-Identifier: Apache-2.0
"""mixed.py threads|subprocess|fork|spawn|asyncio|signals|http|sqlite|pty|mmap: a Python target."""
import asyncio
import ctypes
import http.server
import mmap
import multiprocessing
import os
import pty
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request


def threads():
    results, lock = queue.Queue(), threading.Lock()

    def work(number):
        with open("/etc/passwd", "rb") as file:
            file.read()
        with lock:
            results.put(number)

    started = [threading.Thread(target=work, args=(i,)) for i in range(32)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    print("sum", sum(results.get() for _ in started))


def children():
    print(subprocess.run(["/bin/echo", "out"], capture_output=True, check=True).stdout)
    print(subprocess.run("cat; exit 3", shell=True, input=b"in", capture_output=True))
    print(subprocess.Popen(["/bin/true"], close_fds=False).wait(), os.system("exit 4") >> 8)
    print(os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", "exit 5"], {}), 0)[1]))
    try:
        subprocess.run(["/nonexistent/program"])
    except FileNotFoundError as missing:
        print(missing.strerror)
    sys.exit(9)


def square(number):
    return number * number


def processes(method):
    with multiprocessing.get_context(method).Pool(3) as pool:
        print(method, sum(pool.map(square, range(100))))
        # Otherwise it goes by the clock whether the workers are killed or have ended.
        pool.close()
        pool.join()


async def conversation():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()

    async def ask(number):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"question %d\n" % number)
        line = await reader.readline()
        writer.close()
        return line

    print(sorted(await asyncio.gather(*(ask(n) for n in range(10)))))
    child = await asyncio.create_subprocess_exec("/bin/echo", "child", stdout=asyncio.subprocess.PIPE)
    print(await child.communicate())
    server.close()


def signals():
    seen = []
    # Before the thread begins: join() returns before the thread is gone for the kernel, and the signal could go to it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    read, write = os.pipe()
    timer = threading.Timer(0.2, lambda: os.write(write, b"x"))
    timer.start()
    print(os.read(read, 1), len(seen) > 2)
    timer.join()
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(signal.sigwait({signal.SIGUSR1}), signal.sigtimedwait({signal.SIGUSR2}, 0))
    time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)


def web():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"path " + self.path.encode())

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        for number in range(3):
            print(urllib.request.urlopen("http://127.0.0.1:%d/%d" % (server.server_port, number)).read())
        server.shutdown()


def database():
    connection = sqlite3.connect("mixed.db")
    connection.execute("create table t (a integer primary key, b text)")
    connection.executemany("insert into t (b) values (?)", ((str(n),) for n in range(1000)))
    connection.commit()
    print(connection.execute("select count(*), max(a) from t").fetchone())
    connection.close()


def terminal():
    pid, fd = pty.fork()
    if pid == 0:
        print("terminal", os.isatty(0), os.tcgetpgrp(0) == os.getpgrp())
        sys.exit(0)
    text = b""
    try:
        while chunk := os.read(fd, 1000):
            text += chunk
    except OSError:
        pass
    print(text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def memory():
    with open("mixed.map", "w+b") as file:
        file.truncate(8192)
        with mmap.mmap(file.fileno(), 8192) as page:
            page[4096:4100] = b"page"
            page.flush()
        file.seek(4096)
        print(file.read(4), ctypes.CDLL(None).getpid() == os.getpid())


if __name__ == "__main__":
    {
        "threads": threads,
        "subprocess": children,
        "fork": lambda: processes("fork"),
        "spawn": lambda: processes("spawn"),
        "asyncio": lambda: asyncio.run(conversation()),
        "signals": signals,
        "http": web,
        "sqlite": database,
        "pty": terminal,
        "mmap": memory,
    }[sys.argv[1]]()
