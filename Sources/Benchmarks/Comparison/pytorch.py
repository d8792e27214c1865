"""The workloads of `Benchmarks` in PyTorch, by the same names; prints one JSON object {name: median seconds}."""

import json
import sys
import time

import torch


def lstm(batch, steps, inputs, hidden):
    layer = torch.nn.LSTM(inputs, hidden)
    x = torch.randn(steps, batch, inputs)

    def run():
        layer.zero_grad(set_to_none=True)
        outputs, _ = layer(x)
        (outputs * outputs).mean().backward()

    return run


def character_model():
    embedding, layer, output = torch.nn.Embedding(65, 64), torch.nn.LSTM(64, 256), torch.nn.Linear(256, 65)
    parameters = [p for module in (embedding, layer, output) for p in module.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.002)
    inputs, targets = torch.randint(65, (100, 32)), torch.randint(65, (100, 32))

    def run():
        optimizer.zero_grad(set_to_none=True)
        logits = output(layer(embedding(inputs))[0])
        torch.nn.functional.cross_entropy(logits.reshape(-1, 65), targets.reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return run


def chain(tracked):
    def run():
        x = torch.ones(4, 4, requires_grad=True)
        factor = x if tracked else torch.ones(4, 4)
        product = x
        for _ in range(1000):
            product = product * factor
        product.sum().backward()

    return run


WORKLOADS = {
    "lstm-small-plain": (lambda: lstm(16, 32, 32, 64), 1),
    "lstm-medium-plain": (lambda: lstm(32, 64, 64, 128), 1),
    "lstm-large-plain": (lambda: lstm(64, 128, 256, 256), 1),
    "charlm": (character_model, 1),
    "chain-multiply": (lambda: chain(False), 1000),
    "chain-multiply-tracked": (lambda: chain(True), 1000),
}


def median_seconds(name, budget=3.0):
    prepare, operations = WORKLOADS[name]
    run = prepare()
    for _ in range(3):
        run()
    times = []
    while len(times) < 5 or (sum(times) < budget and len(times) < 1000):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] / operations


if __name__ == "__main__":
    names, threads = sys.argv[2:], int(sys.argv[1])
    torch.set_num_threads(threads)
    print(json.dumps({name: median_seconds(name) for name in names}))
