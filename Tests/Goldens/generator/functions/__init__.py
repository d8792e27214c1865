"""The golden cases of `functions.json`: one module for each section of the list of operations in `Tests/README.md`."""
