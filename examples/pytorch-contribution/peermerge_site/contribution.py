"""Payload, header, envelope and file of a contribution."""
import hashlib
import json
from pathlib import Path

import numpy

from . import dag_cbor

CHUNK_BYTES = 1_048_576
SIGNATURE_DOMAIN = b'peermerge/contribution/1\0'


def payload_bytes(tensors):
    """A safetensors file of float32 tensors, written as peermerge does: names ascending, header padded to eight bytes."""
    header, parts, at = {}, [], 0
    for name in sorted(tensors, key=lambda text: text.encode('utf-16-be')):
        data = numpy.ascontiguousarray(tensors[name], dtype='<f4')
        header[name] = {'dtype': 'F32', 'shape': list(data.shape), 'data_offsets': [at, at + data.nbytes]}
        parts.append(data.tobytes())
        at += data.nbytes
    text = json.dumps(header, separators=(',', ':'), ensure_ascii=False).encode()
    text += b' ' * (-len(text) % 8)
    return len(text).to_bytes(8, 'little') + text + b''.join(parts)


def header_of(charter_digest, peer, payload, **said):
    """said: sequence, generation, base, frozen, count, classCounts."""
    chunks = [payload[at:at + CHUNK_BYTES] for at in range(0, len(payload), CHUNK_BYTES)]
    return {
        'v': 1, 'kernel': 1, 'consortium': charter_digest, 'charter': charter_digest, 'peer': peer, 'task': 0,
        'kind': 'adapter', 'anchor': None, 'noise': 0, 'masked': False, **said,
        'payload': {'digest': _hex(payload), 'size': len(payload), 'chunks': [_hex(chunk) for chunk in chunks]},
    }


def write_contribution(path, header, payload, key):
    """Signs the exact header bytes; returns the id of the contribution, their digest."""
    header_bytes = dag_cbor.encode(header)
    envelope = dag_cbor.encode({'header': header_bytes, 'signature': key.sign(SIGNATURE_DOMAIN + header_bytes)})
    Path(path).write_bytes(dag_cbor.encode({'v': 1, 'envelope': envelope, 'payload': payload}))
    return _hex(header_bytes)


def _hex(data):
    return hashlib.sha256(data).hexdigest()
