"""The sizes of the workloads, as in the Swift sources."""

# Recurrent layers by size: batch, steps, input, hidden.
RECURRENT = {"small": (16, 32, 32, 64), "medium": (32, 64, 64, 128), "large": (64, 128, 256, 256)}

# The character model: batch, steps, vocabulary, embedding, hidden; its learning rate and the bound of its gradient.
CHARACTERS = (32, 100, 65, 64, 256)
LEARNING_RATE, LARGEST_NORM = 0.002, 1.0

# Products [m, k] · [k, n]: m, k, n, and which operand lies transposed in memory.
PRODUCTS = {f"matmul-{n}": (n, n, n, "") for n in (32, 64, 128, 256, 512, 1024)}
PRODUCTS |= {f"matmul-{m}x128x512": (m, 128, 512, "") for m in (16, 32, 64, 128)}
PRODUCTS |= {
    "matmul-32x512x128-transposed-b": (32, 512, 128, "b"),
    "matmul-128x32x512-transposed-a": (128, 32, 512, "a"),
}

# How many multiplications a chain has.
CHAIN_LENGTH = 10_000

# Operations on 2²⁰ floats.
SQUARE = (1024, 1024)
