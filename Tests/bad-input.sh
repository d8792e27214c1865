#!/usr/bin/env bash
# Runs Quickstart, and Benchmarks and CheckCell beside it, with input that they must refuse: a non-zero status, one line
# on stderr, nothing on stdout. Then the exit statuses of CheckCell, which are part of what it says.
set -u
program=$1
benchmarks=$(dirname "$1")/Benchmarks
checkcell=$(dirname "$1")/CheckCell
# In the folder of a build the programs beside the given one may not have been asked for yet.
[ -x "$benchmarks" ] || swift build -c release --product Benchmarks || exit 1
[ -x "$checkcell" ] || swift build -c release --product CheckCell || exit 1
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

program=$checkcell
refuses --cell lstmm
refuses --cell
refuses --cell ""
refuses --cell LSTM
refuses --cell lstm,gru
refuses --break nosuch
refuses --break
refuses --break gates-swapped --cell rnn
refuses --orders 0
refuses --orders 9
refuses --batch 0
refuses --steps 0
refuses --input 0
refuses --hidden 1
refuses --hidden 99999999999999999999
for size in --orders --batch --steps --input --hidden; do
  refuses "$size" -3
  refuses "$size" 1000000
  refuses "$size" two
done
refuses --seed -1
refuses --seed 18446744073709551616
refuses --fast=yes
refuses --html "$folder"
refuses --json "$folder"
refuses --html "$folder/missing/report.html"
refuses --json "$folder/report.json/"
refuses --html ""
refuses --json /proc/report.json
refuses --html "$folder/both" --json "$folder/both"
refuses surplus
# What a cell does not have cannot be broken in it, and every cell can be asked.
cells=$("$program" --list | sed -n '/^Cells/,/^$/s/^  \([a-z][a-z0-9-]*\).*/\1/p')
for cell in $cells; do
  refuses --cell "$cell" --break nosuch
  refuses --cell "$cell" --hidden 1
  refuses --cell "$cell" --html "$folder"
done

# The status, and a text that must be on stdout: ends_with STATUS TEXT OPTIONS…
ends_with() {
  local expected=$1 text=$2 status=0
  shift 2
  "$program" "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -ne "$expected" ] || ! grep -qF "$text" "$folder/stdout" || [ -s "$folder/stderr" ]; then
    echo "status $status, not $expected, or without \"$text\": $(basename "$program") $*"
    cat "$folder/stderr"
    failures=$((failures + 1))
  fi
}

[ "$(wc -w <<< "$cells")" -ge 37 ] || { echo "--list shows too few cells: $cells"; failures=$((failures + 1)); }
for cell in $cells; do
  ends_with 0 "CORRECT" --cell "$cell" --fast
  ends_with 1 "WRONG" --cell "$cell" --fast --break wrong-sign
done
for cell in lstm gru gru-reset-after rnn rnn-relu; do
  ends_with 0 "$cell" --list
  ends_with 0 "CORRECT" --cell "$cell" --orders 2 --html "$folder/$cell.html" --json "$folder/$cell.json"
  ends_with 0 "CORRECT" --cell "$cell" --fast --seed 7
  grep -q '"verdict": "correct"' "$folder/$cell.json" && grep -q '</html>' "$folder/$cell.html" ||
    { echo "$cell: no report in the files"; failures=$((failures + 1)); }
done
ends_with 1 "First deviation: forget" --break gates-swapped
ends_with 1 "First deviation: forget" --break weights-transposed
ends_with 1 "First deviation: reset" --cell gru --break bias-missing
ends_with 1 "First deviation: returned state hidden" --break stale-state
ends_with 1 "cell.input.weights [forget]         wrong" --break detached-gate
ends_with 1 "cell.input.weights [forget]         wrong" --break wrong-sign --fast
ends_with 1 "cell.recurrent.weights [reset]      wrong" --cell gru-reset-after --break wrong-second-order --orders 2
ends_with 0 "CORRECT" --break wrong-second-order
ends_with 1 "input [t = 2]                       wrong" --break truncated-time
exit "$((failures > 0))"
