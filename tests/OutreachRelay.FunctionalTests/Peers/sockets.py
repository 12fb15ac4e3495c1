"""Listening sockets that outlive the programs that serve them, as systemd keeps them.

hold PATH PORT...    binds the ports on loopback and gives the sockets to whoever connects to the Unix socket PATH
pass PATH COMMAND... fetches them and becomes COMMAND, with LISTEN_FDS as in sd_listen_fds(3)
"""
import os
import socket
import sys

FIRST = 3


def hold(path, ports):
    sockets = []
    for port in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(port)))
        listener.listen(4096)
        sockets.append(listener)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen()
    print("holding", flush=True)
    while True:
        with door.accept()[0] as visitor:
            socket.send_fds(visitor, [b"."], [s.fileno() for s in sockets])


def give(path, command):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(path)
        _, descriptors, _, _ = socket.recv_fds(door, 1, 16)
    # Out of the way first, so that no move overwrites one that is still to be moved.
    high = [os.dup2(descriptor, 100 + i) for i, descriptor in enumerate(descriptors)]
    for i, descriptor in enumerate(high):
        os.dup2(descriptor, FIRST + i, inheritable=True)
        os.close(descriptor)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = str(len(high))
    os.environ["LISTEN_FDNAMES"] = ":".join(["smtp", "http"][: len(high)])
    os.execvp(command[0], command)


if sys.argv[1] == "hold":
    hold(sys.argv[2], sys.argv[3:])
else:
    give(sys.argv[2], sys.argv[3:])
