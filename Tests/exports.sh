#!/usr/bin/env bash
# Runs what the library exports in the programs that it is for, ONNX Runtime and XLA, in a virtual environment that it makes
# in FOLDER: exports.sh [FOLDER]. Needs Python 3.10 or later and a package index. TAPESTRY_SCRATCH_PATH is another folder to
# build in.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.build/exports}
mkdir -p "$folder/files"
folder=$(cd "$folder" && pwd)
if [ ! -x "$folder/python/bin/python" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet "onnx~=1.19" "onnxruntime~=1.23" "jax~=0.7" "numpy>=2"
fi

scratch=()
[ -z "${TAPESTRY_SCRATCH_PATH:-}" ] || scratch=(--scratch-path "$TAPESTRY_SCRATCH_PATH")
rm -f "$folder"/files/*
# The tests run the files in the library of ONNX Runtime as well.
library=$(find "$folder/python" -name 'libonnxruntime.so*' -o -name 'libonnxruntime*.dylib' | head -n 1)
TAPESTRY_EXPORTS=$folder/files TAPESTRY_ONNXRUNTIME=$library swift test "${scratch[@]}" --filter ExportTests

for format in onnx stablehlo; do
  echo "$format:"
  "$folder/python/bin/python" -B Tests/Exports/check.py "$format" "$folder/files"
done
