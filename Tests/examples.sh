#!/usr/bin/env bash
# Runs each example on the sample of its own, small: the same seed gives the same figures, and so does the model that was
# saved. Then data that they must refuse: a non-zero status, one line on stderr.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
fail() { echo "$1"; failures=$((failures + 1)); }

example() {
  local name=$1
  shift
  swift build -c release --product "$name" || { fail "$name: does not build"; return; }
  local program
  program=$(swift build -c release --show-bin-path)/$name
  "$program" "$@" --seed 2 --json "$folder/first" --save "$folder/model" > "$folder/output" 2> "$folder/progress" ||
    { fail "$name: status $?"; cat "$folder/output" "$folder/progress"; return; }
  head -n 12 "$folder/output"
  "$program" "$@" --seed 2 --json "$folder/second" > /dev/null 2>&1
  cmp "$folder/first" "$folder/second" || fail "$name: the same seed gave other figures"
  "$program" "$@" --seed 2 --json "$folder/third" --load "$folder/model" > /dev/null 2>&1
  cmp "$folder/first" "$folder/third" || fail "$name: the saved model gave other figures"
  refuses "$program" --data "$folder/missing"
  refuses "$program" --load "$folder/first"
  refuses "$program" --save "$folder/no/such/folder"
}

refuses() {
  local status=0
  "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -eq 0 ] || [ "$status" -ge 128 ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ]; then
    fail "not refused cleanly (status $status): $(basename "$1") ${*:2}"
    cat "$folder/stderr"
  fi
}

example TextGeneration --epochs 1 --hidden 32 --length 40
example Forecasting --epochs 20 --members 1
example SentimentClassification --epochs 1
example SequenceTagging --epochs 1
example LongMemory --length 20 --steps 40 --cells rnn,lstm
example AnomalyDetection --steps 40
example Translation --epochs 1
exit "$failures"
