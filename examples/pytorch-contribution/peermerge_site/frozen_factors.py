"""The frozen A of every module from the charter's seed, bit for bit as every other site draws it."""
import hashlib
import struct

import numpy

MASK = 0xFFFFFFFF


def frozen_a(seed, module, rank, width):
    """(rank, width), uniform within ±1/√width."""
    text = '\n'.join(['peermerge/frozen/1', seed, module, 'lora_A'])
    draw = _sfc32(hashlib.sha256(text.encode()).digest())
    count = rank * width
    uniform = numpy.fromiter((_uniform(draw) for _ in range(count)), dtype=numpy.float64, count=count)
    return ((2 * uniform - 1) * (1 / numpy.sqrt(numpy.float64(width)))).astype(numpy.float32).reshape(rank, width)


def frozen_digest(factors):
    """sha2-256 over the number of tensors, then names and tensors, names ascending. `factors`: module -> A."""
    digest = hashlib.sha256(_text('peermerge/frozen/1') + struct.pack('<I', len(factors)))
    named = {f'frozen/{module}/lora_A': a for module, a in factors.items()}
    for name in sorted(named, key=lambda text: text.encode('utf-16-be')):  # by code units
        a = named[name]
        digest.update(_text(name) + struct.pack('<III', 2, *a.shape) + a.astype('<f4').tobytes())
    return digest.hexdigest()


def _text(value):
    data = value.encode()
    return struct.pack('<I', len(data)) + data


def _uniform(draw):
    high = draw() >> 5
    return (high * 67108864 + (draw() >> 6)) / 9007199254740992


def _sfc32(seed):
    a, b, c, counter = struct.unpack('<4I', seed[:16])

    def draw():
        nonlocal a, b, c, counter
        result = a + b + counter & MASK
        counter = counter + 1 & MASK
        a = b ^ b >> 9
        b = c + (c << 3) & MASK
        c = (c << 21 & MASK | c >> 11) + result & MASK
        return result

    for _ in range(16):
        draw()
    return draw
