"""Reads charter.json and computes its digest, which is also the id of the consortium."""
import hashlib
import json
from pathlib import Path

from . import dag_cbor


def read_charter(path):
    """The charter as it is hashed: defaults filled in, numbers as JavaScript has them (1.0 is the integer 1)."""
    charter = _whole_numbers(json.loads(Path(path).read_text(encoding='utf-8')))
    adapter = charter['adapter']
    if adapter['kind'] == 'lora':
        adapter.setdefault('scaling', 'standard')
    else:
        adapter.setdefault('bases', 'gram-schmidt')
    return charter


def charter_digest(charter):
    return hashlib.sha256(dag_cbor.encode(charter)).hexdigest()


def assert_can_contribute(charter, peer):
    """Raises what this example cannot do; a node would say `not-a-member`, `missing-tensor` and the like."""
    adapter, grams = charter['adapter'], charter.get('grams', {'form': 'projected'})
    if adapter['kind'] != 'lora' or adapter['trains'] != 'B':
        raise SystemExit(f"this example trains B of lora, the charter's adapter is {adapter}")
    if grams['form'] != 'projected' or charter.get('wire', {'factors': 'F32', 'grams': 'F32'}) != {'factors': 'F32', 'grams': 'F32'}:
        raise SystemExit(f'this example sends projected Grams in float32, the charter wants {grams}, {charter.get("wire")}')
    if peer not in [member['id'] for member in charter['members']]:
        raise SystemExit(f'{peer} is no member; send this peer id to the founder, who lists it in the charter')


def carries_grams(charter):
    return charter['rule'] != 'mean' or 'grams' in charter


def _whole_numbers(value):
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2 ** 53:
        return int(value)
    return value
