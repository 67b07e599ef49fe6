"""Starts the example `cad`, and records the requests that a client sends to it."""

import hashlib
import hmac
import json
import os
import subprocess
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

SECRET = "of the test"


class Server:
    """A running server with a separate database. Use it in a `with` statement.

    Without the URL of a PostgreSQL server, the database is a SQLite file.
    """

    def __init__(self, program, postgres=None):
        self.folder = tempfile.TemporaryDirectory()
        database = f"sqlite:{Path(self.folder.name) / 'cad.sqlite3'}"
        if postgres:
            database = f"{postgres}/clients_{os.getpid()}"
            create = f"CREATE DATABASE clients_{os.getpid()}"
            psql = ["psql", "--quiet", "--dbname", f"{postgres}/postgres", "--command", create]
            subprocess.run(psql, check=True)
        settings = {
            "CAD_ADDR": "127.0.0.1:0",
            "CAD_DATABASE": database,
            "CAD_SECRET": SECRET,
        }
        self.process = subprocess.Popen(
            [program], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
        )
        lines = (line.strip() for line in self.process.stdout)
        said = next((line for line in lines if line.startswith("listening on ")), None)
        if said is None:
            raise SystemExit("the server doesn't start")
        self.base = said.removeprefix("listening on ")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def version_1(self, community, path, data):
        """Calls an endpoint of version 1, which the client doesn't use."""
        body = {
            "id": community,
            "key": f"{community}-key",
            "type": path.rsplit("/", 1)[1].upper(),
            "data": data,
        }
        request = urllib.request.Request(self.base + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()


def secret_of(community, account):
    """The secret of an account, as the server derives it."""
    text = f"account\0{community}\0{account}".encode()
    return str(uuid.UUID(bytes=hmac.digest(SECRET.encode(), text, hashlib.sha256)[:16]))


class Recorder(urllib.request.BaseHandler):
    """Records requests and the statuses of their responses. Changes neither."""

    # Runs before the handler that turns statuses into exceptions.
    handler_order = 100

    def __init__(self):
        self.calls = []

    def http_response(self, request, response):
        url = urlsplit(request.full_url)
        self.calls.append(
            {
                "request": f"{request.get_method()} {url.path}",
                "query": dict(parse_qsl(url.query)),
                "body": request.data,
                "status": response.status,
                "retry_after": response.headers.get("Retry-After"),
                "policy": response.headers.get("RateLimit-Policy"),
                "time": time.monotonic(),
            }
        )
        return response

    def install(self):
        urllib.request.install_opener(urllib.request.build_opener(self))
        return self
