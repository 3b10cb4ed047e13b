"""LoRA on linear layers of any torch model, by forward hooks: y = W x + b + scale · B (A x), A frozen."""
import math

import torch
from safetensors import safe_open


def find_linears(model, backbone, modules):
    """Layers by the names of the file's tensors, told by their weights: what the classes of transformers call them changes."""
    linears = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    found = {}
    with safe_open(f'{backbone}/model.safetensors', framework='pt') as file:
        for name in modules:
            weight = file.get_tensor(f'{name}.weight').float()
            found[name] = next(layer for layer in linears if layer.weight.shape == weight.shape and torch.equal(layer.weight.float(), weight))
    return found


class LoraB(torch.nn.Module):
    """Trained B and measured A G Aᵀ of one layer; `mask` says which rows are tokens of samples rather than filling."""

    def __init__(self, linear, a, adapter, mask, start=None):
        super().__init__()
        self.register_buffer('a', torch.from_numpy(a))
        self.b = torch.nn.Parameter(torch.zeros(linear.out_features, a.shape[0]) if start is None else start.clone())
        rank = adapter['rank']
        self.scale = adapter['alpha'] / (math.sqrt(rank) if adapter['scaling'] == 'rslora' else rank)
        self.mask = mask
        self.gram = None
        linear.register_forward_hook(self._add)

    def measure(self):
        rank = self.a.shape[0]
        self.gram = torch.zeros(rank, rank, dtype=torch.float64)

    def _add(self, linear, inputs, output):
        z = inputs[0] @ self.a.T  # (…, rank)
        if self.gram is not None:
            rows = z.detach().reshape(-1, z.shape[-1])
            keep = self.mask()
            rows = (rows if keep is None else rows[keep.reshape(-1).bool()]).double().cpu()
            self.gram += rows.T @ rows
        return output + self.scale * (z @ self.b.T)

    def packed_gram(self):
        """The lower triangle by rows."""
        rank = self.gram.shape[0]
        return self.gram[tuple(torch.tril_indices(rank, rank))].float().numpy()
