"""The golden cases of `layers.json`: one module for each family."""
