#!/usr/bin/env bash
# Feeds a reader of files with inputs that libFuzzer makes up, guided by which code they reach: a crash, an address that
# is not the reader's, an allocation of more than 64 MiB or a second without an end fails.
#
#     Tests/fuzz.sh FORMAT RUNS [FOLDER]
#
# FORMAT is one of safetensors, npy, npz, inflate, deflate (whose output must be undone), json, csv, tsv and semicolons
# (tables whose format is told by what is in them). FOLDER keeps the inputs from one time to the next; what fails is left
# in it. TAPESTRY_SCRATCH_PATH is another folder to build in.
set -euo pipefail
cd "$(dirname "$0")/.."
format=${1:?a format} runs=${2:?a number of runs} folder=${3:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder/inputs"

scratch=()
[ -z "${TAPESTRY_SCRATCH_PATH:-}" ] || scratch=(--scratch-path "$TAPESTRY_SCRATCH_PATH")
swift build "${scratch[@]}" --target TapestryAutograd > /dev/null
products=$(swift build "${scratch[@]}" --show-bin-path)
program=$products/fuzz
if [ ! -x "$program" ] || [ -n "$(find Sources/TapestryFiles Tests/Fuzz Sources/TapestryAutograd Sources/TapestryArrays -newer "$program" -name '*.swift' -print -quit)" ]; then
  package=$(basename "$PWD" | tr '[:upper:]' '[:lower:]')
  swiftc -O -wmo -parse-as-library -sanitize=fuzzer,address -use-ld=lld -module-name Fuzz -package-name "$package" \
    -swift-version 6 -I "$products/Modules" \
    -Xcc -fmodule-map-file="$products/CTapestryKernels.build/module.modulemap" \
    $(find Sources/TapestryFiles Tests/Fuzz -name '*.swift') \
    $(find "$products"/{TapestryAutograd,TapestryArrays,CTapestryKernels}.build -name '*.o') -o "$program"
fi

export TAPESTRY_FUZZ_FORMAT=$format
# What the runtime allocates once is no leak.
export ASAN_OPTIONS=detect_leaks=0
TAPESTRY_FUZZ_SEEDS=$folder/inputs "$program"
"$program" -runs="$runs" -max_len=4096 -timeout=20 -malloc_limit_mb=64 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="$folder/" "$folder/inputs" 2> "$folder/log" || {
  tail -n 40 "$folder/log" >&2
  exit 1
}
grep -E 'number_of_executed_units|average_exec_per_sec|peak_rss_mb' "$folder/log"
