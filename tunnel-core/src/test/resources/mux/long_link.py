"""A long link between two network namespaces: a TUN device in each, and packets that arrive half a round trip later, at no more than a rate.

usage: long_link.py NAMESPACE_A NAMESPACE_B ROUND_TRIP_MS BYTES_PER_SECOND

The ends have 10.77.0.1 and 10.77.0.2. A queue of 100 ms stands before the link; what does not fit is dropped, as by a router. Ends when its input ends.
For kernels that have no netem; needs root.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
MTU = 9000
QUEUE_SECONDS = 0.1


def tun(namespace, address):
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open("/var/run/netns/" + namespace, os.O_RDONLY)
    if libc.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(handle)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"long0", IFF_TUN_NO_PI))
    subprocess.check_call(["ip", "addr", "add", address, "dev", "long0"])
    subprocess.check_call(["ip", "link", "set", "long0", "mtu", str(MTU), "up"])
    return device


class Direction:
    def __init__(self, source, target, delay, rate):
        self.source = source
        self.target = target
        self.delay = delay
        self.rate = rate
        self.free_at = 0.0
        self.under_way = collections.deque()

    def read(self, now):
        while True:
            try:
                packet = os.read(self.source, MTU + 64)
            except BlockingIOError:
                return
            if self.free_at - now > QUEUE_SECONDS:
                continue
            self.free_at = max(now, self.free_at) + len(packet) / self.rate
            self.under_way.append((self.free_at + self.delay, packet))

    def deliver(self, now):
        while self.under_way and self.under_way[0][0] <= now:
            try:
                os.write(self.target, self.under_way.popleft()[1])
            except OSError:
                pass  # the other end is not up, or full: lost


def main():
    first, second, round_trip, rate = sys.argv[1:]
    a = tun(first, "10.77.0.1/24")
    b = tun(second, "10.77.0.2/24")
    delay = int(round_trip) / 2000
    directions = [Direction(a, b, delay, int(rate)), Direction(b, a, delay, int(rate))]
    print("ready", flush=True)
    while True:
        now = time.monotonic()
        due = [d.under_way[0][0] for d in directions if d.under_way]
        timeout = max(0.0, min(due) - now) if due else 1.0
        readable = select.select([a, b, 0], [], [], timeout)[0]
        if 0 in readable and not os.read(0, 1):
            return
        now = time.monotonic()
        for direction in directions:
            if direction.source in readable:
                direction.read(now)
            direction.deliver(now)


main()
