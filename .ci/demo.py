"""Tries what the README tells a newcomer to do: starts the demo, runs every GraphQL block of the README against it,
and waits for a customer's message and for the answer's way to the customer's phone.

    python3 .ci/demo.py README.md cargo run --release -- demo --listen 127.0.0.1:0
"""

import base64
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import urllib.request

# Seconds. The build of the release is the most of it.
BUILD_TIMEOUT = 1500
TRY_TIMEOUT = 60


class Socket:
    """As much of a WebSocket client as speaks graphql-transport-ws with a server on this machine."""

    def __init__(self, url, token):
        address = url.removeprefix("http://")
        host, port = address.split(":")
        self.stream = socket.create_connection((host, int(port)))
        self.reader = self.stream.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /graphql HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        self.stream.sendall(head.encode())
        answer = self.reader.readline()
        assert b" 101 " in answer, f"the WebSocket was refused: {answer!r}"
        while self.reader.readline().strip():
            pass
        self.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        acknowledged = self.receive()
        assert acknowledged["type"] == "connection_ack", acknowledged

    def send(self, message):
        payload = json.dumps(message).encode()
        assert len(payload) < 65536
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.stream.sendall(struct.pack("!BBH", 0x81, 0x80 | 126, len(payload)) + mask + masked)

    def receive(self):
        """The next message of the protocol; pings are answered."""
        while True:
            opcode, length = self.reader.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self.reader.read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self.reader.read(8))
            payload = self.reader.read(length)
            if opcode & 0x0F == 8:
                raise AssertionError(f"the WebSocket was closed: {payload!r}")
            if opcode & 0x0F != 1:
                continue
            message = json.loads(payload)
            if message["type"] != "ping":
                return message
            self.send({"type": "pong"})

    def subscribe(self, query):
        """The items of a subscription, as they come."""
        self.send({"id": "1", "type": "subscribe", "payload": {"query": query}})
        while True:
            message = self.receive()
            assert message["type"] == "next", message
            assert "errors" not in message["payload"], message["payload"]
            yield message["payload"]["data"]


def post(url, query, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = json.dumps({"query": query}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/graphql", body, headers)) as answer:
        result = json.load(answer)
    assert "errors" not in result, result["errors"]
    for payload in result["data"].values():
        assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return result["data"]


def blocks(readme, operation):
    with open(readme, encoding="utf-8") as file:
        found = re.findall(r"^```graphql\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)
    chosen = [block for block in found if block.startswith(operation)]
    assert chosen, f"{readme} has no {operation}"
    return chosen


def introduction(demo):
    """What the demo prints once it runs: the addresses of the service and of the phone, and a login."""
    text = ""
    for line in demo.stdout:
        text += line
        if "Ctrl+C" in line:
            break
    print(text)
    found = re.search(r"Recado runs at +(\S+)\n.*phone +(\S+)\n.*Log in as (\S+) with password (\S+)", text, re.DOTALL)
    assert found, "the demo did not say where it runs and how to log in"
    return found.groups()


def try_everything(readme, demo):
    url, phone, email, password = introduction(demo)
    signal.alarm(TRY_TIMEOUT)

    login = "mutation { login(input: { email: %s, password: %s }) { accessToken } }"
    token = post(url, login % (json.dumps(email), json.dumps(password)))["login"]["accessToken"]
    (subscription,) = blocks(readme, "subscription")
    items = Socket(url, token).subscribe(subscription)
    wait_for(items, "a customer's message", lambda message: message["direction"] == "INBOUND")
    for query in blocks(readme, "query"):
        print("query:", json.dumps(post(url, query, token), ensure_ascii=False)[:300])
    (mutation,) = blocks(readme, "mutation")
    print("send:", json.dumps(post(url, mutation, token), ensure_ascii=False))
    sent = wait_for(items, "the answer", lambda message: message["direction"] == "OUTBOUND")
    wait_for_phone(phone, re.search(r'phone: "\+(\d+)"', mutation)[1], sent["content"]["body"])


def wait_for(items, what, wanted):
    for item in items:
        (message,) = item.values()
        if wanted(message):
            print(f"subscription: {what}: {json.dumps(message, ensure_ascii=False)}")
            return message


def wait_for_phone(simulator, number, text):
    """Polls, because the simulated phone has no feed; the alarm ends it."""
    while True:
        with urllib.request.urlopen(f"{simulator}/simulator/customers/{number}/messages") as answer:
            shown = json.load(answer)["messages"]
            if any(message["text"] == text and not message["from_customer"] for message in shown):
                print(f"the phone +{number} shows it")
                return
        signal.sigtimedwait([], 0.1)


def main():
    readme, *command = sys.argv[1:]
    signal.alarm(BUILD_TIMEOUT)
    # A group of its own, so that the signal reaches the demo behind cargo as Ctrl+C on a terminal would.
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        try_everything(readme, demo)
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        status = demo.wait(timeout=30)
    assert status == 0, f"the demo ended with {status} after Ctrl+C"
    print("stopped in order")


if __name__ == "__main__":
    main()
