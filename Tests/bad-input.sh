#!/usr/bin/env bash
# Runs Quickstart, and Benchmarks beside it, with input that they must refuse: a non-zero status, one line on stderr,
# nothing on stdout.
set -u
program=$1
benchmarks=$(dirname "$1")/Benchmarks
# In the folder of a build the program beside the given one may not have been asked for yet.
[ -x "$benchmarks" ] || swift build -c release --product Benchmarks || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: > "$folder/empty.txt"
printf 'abc' > "$folder/short.txt"
printf 'ab\xff\xfe cd' > "$folder/binary.txt"
printf '{"results": []}' > "$folder/foreign.json"
failures=0

refuses() {
  local status=0
  "$program" "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -eq 0 ] || [ "$status" -ge 128 ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ] || [ -s "$folder/stdout" ]; then
    echo "not refused cleanly (status $status): $(basename "$program") $*"
    cat "$folder/stderr"
    failures=$((failures + 1))
  else
    echo "$(cat "$folder/stderr")"
  fi
}

refuses --data "$folder/missing.txt"
refuses --data "$folder"
refuses --data "$folder/empty.txt"
refuses --data "$folder/short.txt"
refuses --data "$folder/binary.txt"
refuses --hiden 3
refuses --hidden
refuses --hidden 0
refuses --hidden -3
refuses --layers 1.5
refuses --embedding 99999999999999999999
refuses --batch none
refuses --window 0
refuses --learning-rate 0
refuses --learning-rate nan
refuses --learning-rate -1
refuses --steps 0
refuses --cell lstmm
refuses --seed -1
refuses --temperature 0
refuses --window 100000
refuses surplus
refuses --hidden 3 --hidden 4

program=$benchmarks
refuses --filter nosuch
refuses --filter ,
refuses --filter "lstm-*-nosuch"
refuses --threads 0
refuses --seconds 0
refuses --json "$folder"
refuses --json "$folder/missing.json/"
refuses --json "$folder/missing/results.json"
refuses --compare "$folder/missing.json"
refuses --compare "$folder"
refuses --compare "$folder/empty.txt"
refuses --compare "$folder/binary.txt"
refuses --compare "$folder/foreign.json"
exit "$((failures > 0))"
