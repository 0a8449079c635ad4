#!/usr/bin/env python3
"""Restarts a job, and prints its states until it runs again; then what it uses.

    python3 examples/client/restart.py JOB
"""
import http.client
import json
import os
import socket
import sys
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

SOCKET = os.environ.get("FOSTER_SOCKET", "/run/foster/foster.sock")


class FosterConnection(http.client.HTTPConnection):
    """HTTP over foster's Unix socket."""

    def __init__(self):
        super().__init__("foster")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCKET)


def request(method, path, body=None):
    """One answer; None for a refusal, which is printed."""
    connection = FosterConnection()
    connection.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    answer = json.load(response)
    if response.status >= 400:
        sys.exit(answer["message"])
    return answer


def states(job, since):
    """The states of a job, as they change."""
    connection = FosterConnection()
    query = urlencode({"job": job, "type": "state", "since": since})
    connection.request("GET", f"/v1/events?{query}")
    for line in connection.getresponse():
        yield json.loads(line)


if len(sys.argv) != 2:
    sys.exit("usage: restart.py JOB")
name = sys.argv[1]
path = f"/v1/jobs/{quote(name, safe='')}"

before = request("GET", path)
print(f"{name}: {before['state']}, process {before['main'] or 'none'}")

since = datetime.now(timezone.utc).isoformat()
after = request("POST", f"{path}/restart", {"fresh": True})["status"]
for entry in states(name, since):
    if entry["type"] != "state":
        continue
    print(f"{entry['from']} -> {entry['to']}")
    if entry["to"] == "running":
        break

usage = request("GET", f"/v1/usage?{urlencode({'match': name})}")
print(f"{name}: {after['state']}, process {after['main']}, {usage[0]['tasks']} tasks")
