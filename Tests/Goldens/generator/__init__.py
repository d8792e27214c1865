"""The parts of `generate.py`; `Tests/README.md` describes the format of what they write."""
