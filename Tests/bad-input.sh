#!/usr/bin/env bash
# Runs Quickstart, and Benchmarks and CheckCell beside it, with input that they must refuse: status 1 for what is wrong with a
# file, 2 for the command line, one line on stderr, nothing on stdout. Then the exit statuses of CheckCell, which are part of
# what it says.
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

# refuses STATUS OPTIONS…
refuses() {
  local expected=$1 status=0
  shift
  "$program" "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -ne "$expected" ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ] || [ -s "$folder/stdout" ]; then
    echo "not refused with status $expected (status $status): $(basename "$program") $*"
    cat "$folder/stderr"
    failures=$((failures + 1))
  else
    echo "$(cat "$folder/stderr")"
  fi
}

refuses 1 --data "$folder/missing.txt"
refuses 1 --data "$folder"
refuses 1 --data "$folder/empty.txt"
refuses 1 --data "$folder/short.txt"
refuses 1 --data "$folder/binary.txt"
refuses 2 --hiden 3
refuses 2 --hidden
refuses 2 --hidden 0
refuses 2 --hidden -3
refuses 2 --layers 1.5
refuses 2 --embedding 99999999999999999999
refuses 2 --batch none
refuses 2 --window 0
refuses 2 --learning-rate 0
refuses 2 --learning-rate nan
refuses 2 --learning-rate -1
refuses 2 --steps 0
refuses 2 --cell lstmm
refuses 2 --seed -1
refuses 2 --temperature 0
refuses 2 --window 100000
refuses 2 --data -
refuses 2 surplus
refuses 2 --hidden 3 --hidden 4

program=$benchmarks
refuses 2 --filter nosuch
refuses 2 --filter ,
refuses 2 --filter "lstm-*-nosuch"
refuses 2 --threads 0
refuses 2 --seconds 0
refuses 1 --json "$folder"
refuses 1 --json "$folder/missing.json/"
refuses 1 --json "$folder/missing/results.json"
refuses 1 --compare "$folder/missing.json"
refuses 1 --compare "$folder"
refuses 1 --compare "$folder/empty.txt"
refuses 1 --compare "$folder/binary.txt"
refuses 1 --compare "$folder/foreign.json"

program=$checkcell
refuses 2 --cell lstmm
refuses 2 --cell
refuses 2 --cell ""
refuses 2 --cell LSTM
refuses 2 --cell lstm,gru
refuses 2 --break nosuch
refuses 2 --break
refuses 2 --break gates-swapped --cell rnn
refuses 2 --orders 0
refuses 2 --orders 9
refuses 2 --batch 0
refuses 2 --steps 0
refuses 2 --input 0
refuses 2 --hidden 1
refuses 2 --hidden 99999999999999999999
for size in --orders --batch --steps --input --hidden; do
  refuses 2 "$size" -3
  refuses 2 "$size" 1000000
  refuses 2 "$size" two
done
refuses 2 --seed -1
refuses 2 --seed 18446744073709551616
refuses 2 --fast=yes
refuses 1 --html "$folder"
refuses 1 --json "$folder"
refuses 1 --html "$folder/missing/report.html"
refuses 1 --json "$folder/report.json/"
refuses 2 --html ""
refuses 1 --json /proc/report.json
refuses 2 --html "$folder/both" --json "$folder/both"
refuses 2 --html "$folder/both" --json "$folder/../$(basename "$folder")/both"
refuses 2 surplus
refuses 2 --json -
refuses 2 --list --cell gru
# What a cell does not have cannot be broken in it, and every cell can be asked.
cells=$("$program" --list | sed -n '/^Cells/,/^$/s/^  \([a-z][a-z0-9-]*\).*/\1/p')
for cell in $cells; do
  refuses 2 --cell "$cell" --break nosuch
  refuses 2 --cell "$cell" --hidden 1
  refuses 1 --cell "$cell" --html "$folder"
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
