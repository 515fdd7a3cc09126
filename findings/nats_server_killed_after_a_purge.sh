#!/bin/sh
# nats-server 2.9.10 (Debian 12: 2.9.10-1+b3), nats-py 2.11.0: a work queue is emptied by a purge, then the server is killed.
# Expected: the stream counts on from the number of its last message, as it does where its messages were acknowledged. Seen: it
# counts from 1 again, while its consumer still knows what was delivered, and passes over as many new messages as there were
# old ones: they are stored, and nobody gets them. Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download --quiet nats-server=2.9.10-1+b3 >"$folder/apt.log" 2>&1 && dpkg-deb -x nats-server_*.deb "$folder/nats")
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet nats-py==2.11.0
cat >"$folder/purge.py" <<'END'
import asyncio
import logging
import socket
import subprocess
import sys

import nats
from nats.js.api import RetentionPolicy, StreamConfig

folder = sys.argv[1]
logging.disable(logging.CRITICAL)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open(f"{folder}/server.conf", "w") as file:
    file.write(f'host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: "{folder}/store" }}\n')


async def start():
    server = subprocess.Popen([f"{folder}/nats/usr/sbin/nats-server", "-c", f"{folder}/server.conf"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            return server, await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
        except Exception:
            await asyncio.sleep(0.05)
    raise SystemExit("the server did not start")


async def run():
    server, connection = await start()
    stream = connection.jetstream()
    await stream.add_stream(StreamConfig(name="JOBS", subjects=["jobs.*"], retention=RetentionPolicy.WORK_QUEUE))
    jobs = await stream.pull_subscribe("jobs.*", durable="workers")
    for _ in range(50):
        await stream.publish("jobs.a", b"job")
    for _ in range(40):
        for message in await jobs.fetch(1):
            await message.ack_sync()
    await stream.purge_stream("JOBS", subject="jobs.a")
    last = (await stream.stream_info("JOBS")).state.last_seq
    server.kill()
    server.wait()
    server, connection = await start()
    stream = connection.jetstream()
    jobs = await stream.pull_subscribe("jobs.*", durable="workers")
    await stream.publish("jobs.a", b"a new job")
    state = (await stream.stream_info("JOBS")).state
    try:
        got = len(await jobs.fetch(1, timeout=2))
    except nats.errors.TimeoutError:
        got = 0
    server.kill()
    print(f"last message before: {last}, of a new one after: {state.last_seq}; stored: {state.messages}, given away: {got}")
    assert last == 50, "the stream was not emptied as it was"
    assert state.last_seq == 1 and state.messages == 1 and got == 0, "nats-server behaves otherwise now"


asyncio.run(run())
END
"$folder/venv/bin/python" "$folder/purge.py" "$folder"
