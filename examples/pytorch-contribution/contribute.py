"""Trains LoRA B on a site's own samples with PyTorch and writes a signed contribution to a peermerge consortium.

    python contribute.py --key site.key --peer-id                 # once: the peer id for the founder
    python contribute.py --key site.key --charter charter.json --backbone ./vit --data ./images --out 1.contribution
"""
import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModel

from peermerge_site.charter import assert_can_contribute, carries_grams, charter_digest, read_charter
from peermerge_site.contribution import header_of, payload_bytes, write_contribution
from peermerge_site.frozen_factors import frozen_a, frozen_digest
from peermerge_site.lora import LoraB, find_linears
from peermerge_site.samples import load_images, load_texts
from peermerge_site.site_key import open_key


def main():
    options = parse_options()
    key = open_key(options.key)
    if options.peer_id:
        print(key.peer)
        return
    charter = read_charter(options.charter)
    assert_can_contribute(charter, key.peer)
    torch.manual_seed(options.seed)
    model = SiteModel(charter, options.backbone, options.start)
    samples, labels = load_samples(charter, options)
    train(model, charter['training'], samples, labels)
    tensors = model.tensors()
    if carries_grams(charter):
        tensors |= measure(model, samples, charter['training']['batchSize'])
    generation, base = start_of(options.start)
    counts = torch.bincount(labels, minlength=len(charter['classes'])).tolist()
    payload = payload_bytes(tensors)
    header = header_of(charter_digest(charter), key.peer, payload, sequence=options.sequence, generation=generation + 1, base=base,
                       frozen=frozen_digest(model.frozen), count=len(labels), classCounts=counts)
    contribution = write_contribution(options.out, header, payload, key)
    print(json.dumps({'id': contribution, 'out': options.out, 'count': len(labels), 'bytes': len(payload)}))


class SiteModel(torch.nn.Module):
    """The frozen backbone with LoRA on the charter's modules, and the classifier on its features."""

    def __init__(self, charter, backbone, start):
        super().__init__()
        adapter, modules = charter['adapter'], charter['modules']
        state = {} if start is None else load_file(Path(start, 'merge.safetensors'))
        self.backbone = AutoModel.from_pretrained(backbone, dtype=torch.float32).eval().requires_grad_(False)
        self.frozen = {m['name']: frozen_a(adapter['seed'], m['name'], adapter['rank'], m['in']) for m in modules}
        linears = find_linears(self.backbone, backbone, self.frozen)
        self.mask = None
        self.options = {'interpolate_pos_encoding': True} if charter['input']['kind'] == 'image' else {}
        self.lora = torch.nn.ModuleList(
            LoraB(linears[name], a, adapter, lambda: self.mask, state.get(f'adapter/{name}/lora_B')) for name, a in self.frozen.items())
        self.classifier = torch.nn.Linear(charter['backbone']['hiddenSize'], len(charter['classes']))
        for parameter, name in ((self.classifier.weight, 'classifier/weight'), (self.classifier.bias, 'classifier/bias')):
            parameter.data = state.get(name, torch.zeros_like(parameter))
        pooling = Path(backbone, '1_Pooling', 'config.json')
        modules = Path(backbone, 'modules.json')
        self.is_mean = pooling.exists() and json.loads(pooling.read_text()).get('pooling_mode_mean_tokens', False)
        types = [module['type'].split('.')[-1] for module in json.loads(modules.read_text())] if modules.exists() else []
        self.is_normalized = ('Pooling', 'Normalize') in zip(types, types[1:])

    def forward(self, inputs):
        self.mask = inputs.get('attention_mask')
        hidden = self.backbone(**inputs, **self.options).last_hidden_state  # (batch, tokens, width)
        features = hidden[:, 0]
        if self.is_mean:
            weights = self.mask[..., None].float()
            features = (hidden * weights).sum(1) / weights.sum(1)
        if self.is_normalized:
            features = torch.nn.functional.normalize(features) * features.shape[1] ** 0.5
        return self.classifier(features)

    def tensors(self):
        named = {f'adapter/{name}/lora_B': lora.b for name, lora in zip(self.frozen, self.lora)}
        named |= {'classifier/weight': self.classifier.weight, 'classifier/bias': self.classifier.bias}
        return {name: tensor.detach().numpy() for name, tensor in named.items()}


def train(model, suggested, samples, labels):
    """Mean cross entropy by AdamW, with the charter's suggestions."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=suggested['learningRate'], weight_decay=suggested['weightDecay'])
    for epoch in range(suggested['epochs']):
        total = 0.0
        for batch in torch.randperm(len(labels)).split(suggested['batchSize']):
            loss = torch.nn.functional.cross_entropy(model({name: t[batch] for name, t in samples.items()}), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        print(f'epoch {epoch + 1}: loss {total / len(labels):.4f}', file=sys.stderr)


@torch.no_grad()
def measure(model, samples, batch_size):
    """One more pass under the trained adapter: A G Aᵀ of every module, G the sum over all rows (tokens) of all samples."""
    for lora in model.lora:
        lora.measure()
    for batch in torch.arange(len(next(iter(samples.values())))).split(batch_size):
        model({name: tensor[batch] for name, tensor in samples.items()})
    return {f'gram/{name}': lora.packed_gram() for name, lora in zip(model.frozen, model.lora)}


def load_samples(charter, options):
    if charter['input']['kind'] == 'image':
        return load_images(options.data, options.backbone, charter['classes'], charter['input']['side'])
    return load_texts(options.data, options.backbone, charter['classes'], charter['input']['maxTokens'], options.text_column, options.label_column)


def start_of(bundle):
    """Generation and digest of the merge that training starts from: a bundle's, or none."""
    if bundle is None:
        return 0, None
    claim = json.loads(Path(bundle, 'merge.json').read_text())
    return claim['generation'], claim['digest']


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--key', required=True, help='key file; made if there is none (a home\'s identity.key will do)')
    parser.add_argument('--peer-id', action='store_true', help='print the peer id and stop')
    parser.add_argument('--charter', help='charter.json of the consortium')
    parser.add_argument('--backbone', help='directory of the backbone that the charter names')
    parser.add_argument('--data', help='folder of class/image, or a .csv or .jsonl of texts')
    parser.add_argument('--out', help='contribution file to write')
    parser.add_argument('--start', help='bundle to start from: its merge.json and merge.safetensors')
    parser.add_argument('--sequence', type=int, default=1, help='1, 2, 3 … for this key, never one twice')
    parser.add_argument('--text-column', default='text')
    parser.add_argument('--label-column', default='label')
    parser.add_argument('--seed', type=int, default=0, help='of the order of samples')
    options = parser.parse_args()
    needed = [] if options.peer_id else [name for name in ('charter', 'backbone', 'data', 'out') if getattr(options, name) is None]
    if needed:
        parser.error('needed: ' + ', '.join(f'--{name}' for name in needed))
    return options


if __name__ == '__main__':
    main()
