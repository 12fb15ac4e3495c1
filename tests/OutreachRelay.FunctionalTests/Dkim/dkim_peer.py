"""Signs or verifies all messages of a directory with dkimpy; keys come from a file, never from DNS.

Usage: dkim_peer.py verify DIRECTORY KEYS            prints "NAME True" or "NAME False" for each message
       dkim_peer.py sign DIRECTORY KEY SELECTOR ALG  puts a signature on top of each message
KEYS holds lines of a record's name, a space and its text.
"""
import base64
import logging
import pathlib
import sys

import dkim

mode, directory, key_file, *options = sys.argv[1:]
files = sorted(pathlib.Path(directory).glob("*.eml"))


def verify():
    records = dict(line.split(" ", 1) for line in pathlib.Path(key_file).read_text().splitlines())
    log = logging.getLogger("dkim")
    log.addHandler(logging.StreamHandler(sys.stderr))
    for file in files:
        passed = dkim.verify(file.read_bytes(), logger=log, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip(".")].encode())
        print(file.name, passed)


def sign():
    selector, algorithm = (option.encode() for option in options)
    key = pathlib.Path(key_file).read_bytes()
    if algorithm.startswith(b"ed25519"):
        # The last 32 octets of the PKCS#8 form are the key.
        key = base64.b64encode(base64.b64decode(b"".join(key.split(b"\n")[1:-2]))[-32:])
    forms = [(header, body) for header in (b"simple", b"relaxed") for body in (b"simple", b"relaxed")]
    for number, file in enumerate(files):
        message = file.read_bytes()
        signature = dkim.sign(message, selector, b"example.com", key, canonicalize=forms[number % 4], signature_algorithm=algorithm)
        file.write_bytes(signature + message)


{"verify": verify, "sign": sign}[mode]()
