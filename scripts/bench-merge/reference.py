#!/usr/bin/env python3
"""The merges of bench-merge in float64: one JSON request per line in, one JSON answer per line out.

Reads the payloads, merges by `method` (solve: numpy's direct solve; pinv: torch.pinverse, as the published LoRM code),
rounds to float32, hashes the result, and says how far it is from the result file. One module at a time, as ours.
"""
import hashlib, json, struct, sys, time
import numpy as np
import torch

torch.set_num_threads(1)


class File:
    """A safetensors file, read tensor by tensor."""

    def __init__(self, path):
        self.data = np.memmap(path, np.uint8, "r")
        (length,) = struct.unpack("<Q", self.data[:8].tobytes())
        self.entries = json.loads(self.data[8 : 8 + length].tobytes())
        self.start = 8 + length

    def __contains__(self, name):
        return name in self.entries

    def __getitem__(self, name):
        entry = self.entries[name]
        first, last = entry["data_offsets"]
        return self.data[self.start + first : self.start + last].view("<f4").reshape(entry["shape"])


triangles = {}


def unpack(packed, size):
    if size not in triangles:
        triangles[size] = np.tril_indices(size)
    rows, cols = triangles[size]
    full = np.zeros(packed.shape[:-1] + (size, size))
    full[..., rows, cols] = packed
    full[..., cols, rows] = packed
    return full


def right_divide(numerator, gram, method):
    """numerator · gram⁻¹, also for stacks of matrices."""
    if method == "pinv":
        return (torch.from_numpy(numerator) @ torch.pinverse(torch.from_numpy(gram))).numpy()
    return np.swapaxes(np.linalg.solve(gram, np.swapaxes(numerator, -1, -2)), -1, -2)


def gram_of(file, module, size, spec):
    form = spec.get("grams", {}).get("form", "projected")
    packed = file[f"gram/{module['name']}"].astype(np.float64)
    if form == "top-k":
        vectors = file[f"gram/{module['name']}.vectors"].astype(np.float64)
        rest = float(file[f"gram/{module['name']}.rest"][0])
        return ((vectors.T * (packed - rest)) @ vectors + rest * np.eye(size))[None]
    return unpack(packed.reshape(-1, size * (size + 1) // 2), size)


def merge_projected(files, name, module, a, spec, method):
    """LoRM's B-step from the Grams of the inputs, A being frozen.

    pinv: as the published code, B = [sum B_i A G_i] A' [A (sum G_i) A']^+; solve: from A G_i A', which is smaller. Both with our ridge.
    """
    rank = len(a)
    numerator = denominator = ridges = ridged = 0
    for file in files:
        gram = gram_of(file, module, module["in"], spec)[0]
        factor = file[name].astype(np.float64)
        projected = a @ gram @ a.T
        ridge = spec["ridge"] * np.trace(projected) / rank
        ridges, ridged = ridges + ridge, ridged + ridge * factor
        numerator = numerator + ((factor @ a) @ gram if method == "pinv" else factor @ projected)
        denominator = denominator + (gram if method == "pinv" else projected)
    if method == "pinv":
        numerator, denominator = numerator @ a.T, a @ denominator @ a.T
    return right_divide(numerator + ridged, denominator + ridges * np.eye(rank), method)


def merge_module(files, names, module, spec, method, frozen):
    adapter = spec["adapter"]
    if adapter.get("trains") == "B" and "grams" in spec:
        a = frozen[f"frozen/{module['name']}/lora_A"].astype(np.float64)
        return [merge_projected(files, names[0], module, a, spec, method)]
    size = module["in"] if adapter.get("trains") == "A" else adapter["rank"]
    numerator = denominator = 0
    diagonal = np.arange(size)
    for file in files:
        gram = gram_of(file, module, size, spec)
        gram[:, diagonal, diagonal] += spec["ridge"] * np.trace(gram, axis1=1, axis2=2)[:, None] / size
        factors = np.stack([file[name] for name in names]).astype(np.float64)
        numerator = numerator + factors @ gram
        denominator = denominator + gram
    return right_divide(numerator, denominator, method)


def merge_classifier(files, statistics, spec, method):
    if not statistics:
        return {n: sum(f[n].astype(np.float64) for f in files) / len(files) for n in ("classifier/weight", "classifier/bias")}
    cross = sum(f["classifier/cross"].astype(np.float64) for f in statistics)
    gram = sum(unpack(f["classifier/gram"].astype(np.float64), len(cross)) for f in statistics)
    d = len(cross) - 1
    gram[range(d), range(d)] += spec["classifier"]["ridge"] * np.trace(gram[:d, :d]) / d
    solution = right_divide(np.ascontiguousarray(cross.T), gram, method)
    return {"classifier/weight": solution[:, :-1], "classifier/bias": solution[:, -1]}


def merge(manifest, method):
    spec = manifest["spec"]
    files = [File(p["file"]) for p in sorted(manifest["payloads"], key=lambda p: p["id"])]
    adapters = [f for f in files if "classifier/weight" in f]
    frozen = File(manifest["frozen"])
    out = {}
    for module in spec["modules"]:
        names = [n for n in adapters[0].entries if n.startswith(f"adapter/{module['name']}/")]
        if spec["rule"] == "mean":
            for name in names:
                out[name] = sum(f[name].astype(np.float64) for f in adapters) / len(adapters)
        else:
            out.update(zip(names, merge_module(adapters, names, module, spec, method, frozen)))
    out.update(merge_classifier(adapters, [f for f in files if "classifier/gram" in f], spec, method))
    return {name: value.astype(np.float32) for name, value in out.items()}


def relative(ours, theirs):
    return float(np.linalg.norm(ours.astype(np.float64) - theirs) / np.linalg.norm(theirs))


for line in sys.stdin:
    request = json.loads(line)
    with open(request["manifest"]) as f:
        manifest = json.load(f)
    start = time.perf_counter()
    merged = merge(manifest, request["method"])
    digest = hashlib.sha256()
    for name in sorted(merged):
        digest.update(merged[name].tobytes())
    ms = (time.perf_counter() - start) * 1000
    ours = File(request["result"])
    assert set(ours.entries) - {"__metadata__"} == merged.keys(), "different tensors"
    print(json.dumps({"ms": ms, "relativeError": max(relative(ours[n], merged[n]) for n in merged)}), flush=True)
