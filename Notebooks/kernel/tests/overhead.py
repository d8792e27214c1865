"""Measures how long a cell takes beside its work: the median of twenty runs of each.

    cd Notebooks/kernel && ../.venv/bin/python -m tests.overhead
"""

import time
from statistics import median

from .session import Session

RUNS = 20
#: Each is run with its number in the place of NUMBER, so that no cell has been seen before.
CELLS = {
    "a number": "let aNUMBER = NUMBER",
    "a line printed": "print(a0, NUMBER)",
    "a tensor shown": "Tensor<Float>([[NUMBER, 2], [3, 4]])",
    "a cell of one's own": """
struct CellNUMBER<Scalar: DifferentiableScalar>: RecurrentCell {
    enum Gate: String, CaseIterable, Codable { case forget, write }
    var input: GateProjection<Gate, Scalar>
    var recurrent: GateProjection<Gate, Scalar>
    init(inputSize: Int, hiddenSize: Int) {
        input = GateProjection(inputSize, hiddenSize)
        recurrent = GateProjection(hiddenSize, hiddenSize, bias: false)
    }
    func initialState(batchSize: Int) -> Tensor<Scalar> { .zeros([batchSize, recurrent.unitCount]) }
    func step(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
        let z = input(x) + recurrent(h)
        let next = (sigmoid(z[.forget]) * h + tanh(z[.write])).named("hidden")
        return (next, next)
    }
}""",
    "a model with its gradient": """
struct ModelNUMBER: Module { var layer: LSTM<Float>, head: Linear<Float> }
let modelNUMBER = ModelNUMBER(layer: LSTM(inputSize: 3, hiddenSize: 4), head: Linear(inputSize: 4, outputSize: 2))
let gradientNUMBER = gradient(at: modelNUMBER) { $0.head($0.layer(.ones([2, 5, 3])).outputs).sum() }""",
}


def main():
    """Prints a line for each cell, and one for a kernel's start."""
    started = time.perf_counter()
    session = Session()
    session.run("1")
    print(f"start and first cell: {time.perf_counter() - started:.2f} s")
    for name, text in CELLS.items():
        durations = []
        for number in range(RUNS):
            started = time.perf_counter()
            result = session.run(text.replace("NUMBER", str(number)))
            durations.append(time.perf_counter() - started)
            if result.error:
                raise SystemExit(result.error)
        print(f"{name}: {median(durations):.2f} s ({min(durations):.2f} to {max(durations):.2f})", flush=True)
    session.close()


if __name__ == "__main__":
    main()
