"""The site's Ed25519 key: a file of peermerge itself (identity.key of a home) or one made here, in the same form."""
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_HEAD = bytes([0x08, 0x01, 0x12, 0x40])  # libp2p's protobuf: type Ed25519, 64 bytes of private and public key
PUBLIC_HEAD = bytes([0x08, 0x01, 0x12, 0x20])
BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'


class SiteKey:
    def __init__(self, private):
        self._private = private
        self.public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.peer = _base58(bytes([0x00, 0x24]) + PUBLIC_HEAD + self.public)

    def sign(self, data):
        return self._private.sign(data)


def open_key(path):
    """Reads the key file; makes it, readable by its owner only, if there is none."""
    path = Path(path)
    if path.exists():
        data = path.read_bytes()
        if data[:4] != KEY_HEAD or len(data) != 68:
            raise SystemExit(f'{path}: not an Ed25519 key as peermerge keeps it')
        return SiteKey(Ed25519PrivateKey.from_private_bytes(data[4:36]))
    private = Ed25519PrivateKey.generate()
    key = SiteKey(private)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as file:
        file.write(KEY_HEAD + private.private_bytes_raw() + key.public)
    return key


def _base58(data):
    number, text = int.from_bytes(data, 'big'), ''
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return '1' * (len(data) - len(data.lstrip(b'\0'))) + text
