"""The parts of `generate.py`; `README.md` describes the format of what they write."""
