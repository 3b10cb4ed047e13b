"""Canonical dag-cbor: shortest integers and lengths, map keys by length and then by bytes, floats always in 64 bits."""
import math
import struct


def encode(value):
    if value is None:
        return b'\xf6'
    if isinstance(value, bool):
        return b'\xf5' if value else b'\xf4'
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f'{value} has no dag-cbor')
        return b'\xfb' + struct.pack('>d', value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, (list, tuple)):
        return _head(4, len(value)) + b''.join(encode(item) for item in value)
    if isinstance(value, dict):
        entries = sorted((encode(key), encode(item)) for key, item in value.items())
        return _head(5, len(value)) + b''.join(key + item for key, item in entries)
    raise TypeError(f'{type(value).__name__} has no dag-cbor')


def _head(major, number):
    """Keys sort by their encoding, as the head of a longer text is the greater one."""
    if number < 24:
        return bytes([major << 5 | number])
    for step, (width, code) in enumerate(((1, 'B'), (2, 'H'), (4, 'I'), (8, 'Q'))):
        if number < 256 ** width:
            return bytes([major << 5 | 24 + step]) + struct.pack('>' + code, number)
    raise ValueError(f'{number} has no dag-cbor')
