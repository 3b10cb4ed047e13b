#!/usr/bin/env python3
"""The merges of bench-merge.ts in numpy: one JSON request per line in, one JSON answer per line out.

Reads the payloads, merges in float64 by `method` (solve: direct solve; pinv: pseudo-inverse), rounds to float32, hashes
the result, and says how far it is from the result file.
"""
import hashlib, json, struct, sys, time
import numpy as np


def read(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header, data = json.loads(f.read(length)), f.read()
    return {
        name: np.frombuffer(data[e["data_offsets"][0] : e["data_offsets"][1]], "<f4").reshape(e["shape"])
        for name, e in header.items()
        if name != "__metadata__"
    }


def unpack(packed, size):
    full = np.zeros(packed.shape[:-1] + (size, size))
    rows, cols = np.tril_indices(size)
    full[..., rows, cols] = packed
    full[..., cols, rows] = packed
    return full


def right_divide(numerator, gram, method):
    """numerator · gram⁻¹, also for stacks of matrices."""
    if method == "pinv":
        return numerator @ np.linalg.pinv(gram)
    return np.swapaxes(np.linalg.solve(gram, np.swapaxes(numerator, -1, -2)), -1, -2)


def weighted(files, name, grams, request):
    rank, rho = request["rank"], request["ridge"]
    factors = [np.stack([f[n] for n in name]).astype(np.float64) for f in files]
    grams = [unpack(f[grams].astype(np.float64).reshape(len(name), -1), rank) for f in files]
    grams = [g + rho * np.trace(g, axis1=-2, axis2=-1)[:, None, None] / rank * np.eye(rank) for g in grams]
    return right_divide(sum(x @ g for x, g in zip(factors, grams)), sum(grams), request["method"])


def merge(request):
    files = [read(path) for path in request["files"]]
    adapters = [f for f in files if "classifier/weight" in f]
    statistics = [f for f in files if "classifier/gram" in f]
    trained = [name for name in adapters[0] if name.startswith("adapter/")]
    out = {}
    if request["rule"] == "mean":
        for name in trained:
            out[name] = sum(f[name].astype(np.float64) for f in adapters) / len(adapters)
    else:
        modules = {}
        for name in trained:
            modules.setdefault(name.split("/")[1], []).append(name)
        for module, names in modules.items():
            for name, value in zip(names, weighted(adapters, names, f"gram/{module}", request)):
                out[name] = value
    if statistics:
        cross = sum(f["classifier/cross"].astype(np.float64) for f in statistics)
        gram = sum(unpack(f["classifier/gram"].astype(np.float64), len(cross)) for f in statistics)
        d = len(cross) - 1
        gram[range(d), range(d)] += request["classifier"]["ridge"] * np.trace(gram[:d, :d]) / d
        solution = right_divide(cross.T, gram, request["method"])
        out["classifier/weight"], out["classifier/bias"] = solution[:, :-1], solution[:, -1]
    else:
        for name in ("classifier/weight", "classifier/bias"):
            out[name] = sum(f[name].astype(np.float64) for f in adapters) / len(adapters)
    return {name: value.astype(np.float32) for name, value in out.items()}


for line in sys.stdin:
    request = json.loads(line)
    start = time.perf_counter()
    merged = merge(request)
    digest = hashlib.sha256()
    for name in sorted(merged):
        digest.update(merged[name].tobytes())
    ms = (time.perf_counter() - start) * 1000
    ours = read(request["result"])
    assert ours.keys() == merged.keys(), "different tensors"
    error = max(
        float(np.linalg.norm(ours[n].astype(np.float64) - merged[n]) / np.linalg.norm(merged[n])) for n in merged
    )
    print(json.dumps({"ms": ms, "relativeError": error}), flush=True)
