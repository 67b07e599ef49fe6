"""Runs the commands of README.md that start the example `cad` and call it, and compares the answers.

The commands run as they are written, except that the build uses the versions in `Cargo.lock`. The answer to a
call is the first text block after it, or the first sentence "The response is `…`".
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

START = "cargo run --example cad"
ADDRESS = "http://127.0.0.1:8080"
BLOCKS = re.compile(r"^```(sh|text)\n(.*?)^```$|The response is `(.*?)`", re.DOTALL | re.MULTILINE)


def check(condition, message):
    if not condition:
        sys.exit(f"README.md: {message}")


def calls(text):
    """The `curl` commands and their answers."""
    found = []
    for kind, block, answer in BLOCKS.findall(text):
        if kind == "sh" and block.startswith("curl "):
            found.append([block, None])
        elif kind != "sh" and found and found[-1][1] is None:
            found[-1][1] = (answer or block).strip()
    return found


def start(database):
    # On Unix, the server replaces the process of `cargo`.
    return subprocess.Popen(
        START.replace("cargo run", "cargo run --locked").split(),
        env={**os.environ, "CAD_DATABASE": f"sqlite:{database}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def stop(server):
    """Stops the server and returns its exit code."""
    server.terminate()
    try:
        return server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def main():
    text = Path("README.md").read_text(encoding="utf-8")
    expected = calls(text)
    check(f"```sh\n{START}\n```" in text, f"`{START}` is missing")
    check(text.count(f"curl {ADDRESS}") == len(expected) > 0, "a `curl` command isn't in a block")
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "cad.sqlite3")
        try:
            listening = next((line for line in server.stdout if "listening on" in line), "")
            check(listening.strip() == f"listening on {ADDRESS}", f"the server doesn't start: {listening}")
            # A full pipe would stop the server.
            threading.Thread(target=server.stdout.read, daemon=True).start()
            for command, answer in expected:
                check(answer is not None, f"the answer is missing:\n{command}")
                called = subprocess.run(
                    ["bash", "-c", command], stdout=subprocess.PIPE, text=True, timeout=30
                )
                found = called.stdout.strip()
                print(f"{command}{found}", flush=True)
                check(called.returncode == 0, f"curl failed with {called.returncode}")
                check(found == answer, f"the documented answer is: {answer}")
        finally:
            code = stop(server)
    check(code == 0, f"the server stopped with {code}")


main()
