"""The other side of bench-train.ts: the same model in PyTorch eager mode.

Reads one JSON command a line from stdin, answers one JSON line each:
  {"case": {...}, "threads": 2}   builds the model  -> {"ready": "2.13.0"}
  {"steps": 5}                    runs it 5 times   -> {"milliseconds": [...], "processor": [...], "peakBytes": ...}

A step is forward and backward; features are forward alone in inference mode, with plain linear layers, as after PEFT's
merge_and_unload. Texts are not padded, so attention needs no mask.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class LowRankLinear(nn.Module):
    """A frozen linear layer plus scale * B A x, as PEFT computes it."""

    def __init__(self, width_in, width_out, rank, trains_a):
        super().__init__()
        self.base = nn.Linear(width_in, width_out)
        self.base.requires_grad_(False)
        self.rank = rank
        if rank:
            self.a = nn.Parameter(torch.randn(rank, width_in) * 0.02, requires_grad=trains_a)
            self.b = nn.Parameter(torch.randn(width_out, rank) * 0.02)

    def forward(self, x):
        y = self.base(x)
        return y + 2.0 * F.linear(F.linear(x, self.a), self.b) if self.rank else y


class Layer(nn.Module):
    def __init__(self, case):
        super().__init__()
        width, trains_a = case["width"], case["trainsA"]
        rank = case["rank"] if case["does"] == "step" else 0
        inner = rank if case["everywhere"] else 0
        self.heads, self.pre_norm = case["heads"], case["family"] == "vit"
        self.query = LowRankLinear(width, width, rank, trains_a)
        self.key = LowRankLinear(width, width, inner, trains_a)
        self.value = LowRankLinear(width, width, rank, trains_a)
        self.output = LowRankLinear(width, width, inner, trains_a)
        self.up = LowRankLinear(width, 4 * width, inner, trains_a)
        self.down = LowRankLinear(4 * width, width, inner, trains_a)
        self.norm1 = nn.LayerNorm(width).requires_grad_(False)
        self.norm2 = nn.LayerNorm(width).requires_grad_(False)

    def attention(self, x):
        batch, tokens, width = x.shape
        q, k, v = (
            f(x).view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
            for f in (self.query, self.key, self.value)
        )
        context = F.scaled_dot_product_attention(q, k, v)
        return self.output(context.transpose(1, 2).reshape(batch, tokens, width))

    def mlp(self, x):
        return self.down(F.gelu(self.up(x)))

    def forward(self, x):
        if self.pre_norm:
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.mlp(x))


class TextInput(nn.Module):
    def __init__(self, case):
        super().__init__()
        self.words = nn.Embedding(case["vocabulary"], case["width"])
        self.positions = nn.Parameter(torch.randn(case["extent"], case["width"]) * 0.02)
        self.token_type = nn.Parameter(torch.randn(case["width"]) * 0.02)
        self.norm = nn.LayerNorm(case["width"])
        self.requires_grad_(False)
        self.data = torch.randint(case["vocabulary"], (case["batch"], case["extent"]))

    def forward(self):
        return self.norm(self.words(self.data) + self.positions + self.token_type)


class ImageInput(nn.Module):
    def __init__(self, case):
        super().__init__()
        size, patch, width = case["extent"], case["patch"], case["width"]
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.positions = nn.Parameter(torch.randn((size // patch) ** 2 + 1, width) * 0.02)
        self.requires_grad_(False)
        self.data = torch.rand(case["batch"], 3, size, size)

    def forward(self):
        patches = self.patches(self.data).flatten(2).transpose(1, 2)
        token = self.token.expand(patches.shape[0], -1, -1)
        return torch.cat([token, patches], 1) + self.positions


class Model(nn.Module):
    def __init__(self, case):
        super().__init__()
        is_vit = case["family"] == "vit"
        self.input = ImageInput(case) if is_vit else TextInput(case)
        self.layers = nn.ModuleList(Layer(case) for _ in range(case["layers"]))
        self.norm = nn.LayerNorm(case["width"]).requires_grad_(False) if is_vit else nn.Identity()
        self.classifier = nn.Linear(case["width"], case["classes"])
        self.labels = torch.randint(case["classes"], (case["batch"],))
        self.first_token = is_vit

    def features(self):
        x = self.input()
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        return x[:, 0] if self.first_token else x.mean(1)

    def forward(self):
        return F.cross_entropy(self.classifier(self.features()), self.labels)


def step(model):
    model.zero_grad(set_to_none=True)
    loss = model()
    loss.backward()
    loss.item()


@torch.inference_mode()
def features(model):
    model.features()


def timed(run, model):
    start, before = time.perf_counter(), time.process_time()
    run(model)
    return 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - before)


def main():
    model, run = None, step
    for line in sys.stdin:
        command = json.loads(line)
        if "case" in command:
            torch.set_num_threads(command["threads"])
            torch.manual_seed(1)
            model = Model(command["case"])
            run = step if command["case"]["does"] == "step" else features
            answer = {"ready": torch.__version__}
        else:
            milliseconds, processor = zip(*(timed(run, model) for _ in range(command["steps"])))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            answer = {"milliseconds": milliseconds, "processor": processor, "peakBytes": peak * 1024}
        print(json.dumps(answer), flush=True)


main()
