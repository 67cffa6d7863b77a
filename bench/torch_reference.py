"""The cases of bench/cases.ts in PyTorch: python torch_reference.py CASES.json THREADS [kind]; one JSON line a case."""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

cases = json.load(open(sys.argv[1]))
torch.set_num_threads(int(sys.argv[2]))
only = sys.argv[3] if len(sys.argv) > 3 else None
torch.manual_seed(0)


def timed(repeats, f):
    f()
    seconds = []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        f()
        seconds.append((time.perf_counter() - start, time.process_time() - cpu))
    return seconds


def in_unit(seconds, unit):
    return {"values": [unit(wall) for wall, _ in seconds], "cpu": [unit(cpu) for _, cpu in seconds]}


def matmul(size, form):
    a, b = torch.randn(size, size), torch.randn(size, size)
    a = a.T if form[0] == "T" else a
    b = b.T if form[1] == "T" else b
    inner = max(1, round(5e8 / (2 * size**3)))

    def run():
        for _ in range(inner):
            a @ b

    return in_unit(timed(7, run), lambda s: 2 * size**3 * inner / s / 1e9)


def weights(m):
    d, mlp = m["d"], m["mlp"]
    new = lambda *shape: (0.02 * torch.randn(*shape)).requires_grad_()
    blocks = [
        {
            "norm1": torch.ones(d).requires_grad_(),
            "norm2": torch.ones(d).requires_grad_(),
            **{name: new(d, d) for name in "qkvo"},
            "gate": new(mlp, d),
            "up": new(mlp, d),
            "down": new(d, mlp),
        }
        for _ in range(m["layers"])
    ]
    end = {"embed": new(m["vocab"], d), "norm": torch.ones(d).requires_grad_(), "head": new(m["vocab"], d)}
    return blocks, end


def parameters(blocks, end):
    return [w for block in blocks for w in block.values()] + list(end.values())


def rms(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * w


def tables(positions, d_head):
    angles = torch.outer(positions.float(), 10000 ** (-torch.arange(0, d_head, 2).float() / d_head))
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rope(x, cos, sin):
    x1, x2 = x.chunk(2, -1)
    return x * cos + torch.cat([-x2, x1], -1) * sin


def block(x, w, heads, cos, sin, cache=None):
    b, s, d = x.shape
    split = lambda y: y.view(b, s, heads, d // heads).transpose(1, 2)
    h = rms(x, w["norm1"])
    q, k, v = (split(F.linear(h, w[name])) for name in "qkv")
    q, k = rope(q, cos, sin), rope(k, cos, sin)
    if cache is not None:
        if cache:
            k, v = torch.cat([cache["k"], k], 2), torch.cat([cache["v"], v], 2)
        cache["k"], cache["v"] = k, v
    y = F.scaled_dot_product_attention(q, k, v, is_causal=s > 1)
    x = x + F.linear(y.transpose(1, 2).reshape(b, s, d), w["o"])
    h = rms(x, w["norm2"])
    return x + F.linear(F.silu(F.linear(h, w["gate"])) * F.linear(h, w["up"]), w["down"])


def layer(c):
    m = c["model"]
    blocks, _ = weights(m)
    x = torch.randn(c["batch"], c["pos"], m["d"])
    cos, sin = tables(torch.arange(c["pos"]), m["d"] // m["heads"])
    with torch.no_grad():
        return in_unit(timed(6, lambda: block(x, blocks[0], m["heads"], cos, sin)), lambda s: 1000 * s)


def train(c):
    m = c["model"]
    blocks, end = weights(m)
    optimizer = torch.optim.AdamW(parameters(blocks, end), lr=1e-3, weight_decay=0)
    tokens = torch.randint(m["vocab"], (c["batch"], c["pos"]))
    targets = torch.randint(m["vocab"], (c["batch"] * c["pos"],))
    cos, sin = tables(torch.arange(c["pos"]), m["d"] // m["heads"])

    def step():
        x = F.embedding(tokens, end["embed"])
        for w in blocks:
            x = block(x, w, m["heads"], cos, sin)
        logits = F.linear(rms(x, end["norm"]), end["head"])
        loss = F.cross_entropy(logits.view(-1, m["vocab"]), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    step()
    return in_unit(timed(6, step), lambda s: 1000 * s)


def decode(c):
    m = c["model"]
    blocks, end = weights(m)
    prompts = torch.randint(m["vocab"], (c["batch"], 16))

    def run():
        caches = [{} for _ in blocks]
        tokens, at = prompts, 0
        for _ in range(c["pos"]):
            cos, sin = tables(torch.arange(at, at + tokens.shape[1]), m["d"] // m["heads"])
            at += tokens.shape[1]
            x = F.embedding(tokens, end["embed"])
            for w, cache in zip(blocks, caches):
                x = block(x, w, m["heads"], cos, sin, cache)
            tokens = F.linear(rms(x[:, -1:], end["norm"]), end["head"]).argmax(-1)

    with torch.no_grad():
        return in_unit(timed(6, run), lambda s: c["batch"] * c["pos"] / s)


for i, c in enumerate(cases):
    if only and c["kind"] != only:
        continue
    results = matmul(c["size"], c["form"]) if c["kind"] == "matmul" else {"layer": layer, "train": train, "decode": decode}[c["kind"]](c)
    print(json.dumps({"case": i, **results}), flush=True)
