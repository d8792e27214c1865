#!/usr/bin/env bash
# Runs each example on the sample of its own, small: the same seed gives the same figures, and so does the model that was
# saved, without any other option. Then questions to a loaded model, and what programs must refuse: a non-zero status, one
# line on stderr that says why.
set -u
scratch=()
[ -z "${TAPESTRY_SCRATCH_PATH:-}" ] || scratch=(--scratch-path "$TAPESTRY_SCRATCH_PATH")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
fail() { echo "$1"; failures=$((failures + 1)); }

# example NAME TRAINING… -- MODEL…: the options of training, which a loaded model does without, and those of the model,
# which the file has.
example() {
  local name=$1 training=()
  shift
  while [ "$1" != -- ]; do training+=("$1") && shift; done
  shift
  model=$folder/$name
  swift build -c release "${scratch[@]}" --product "$name" || { fail "$name: does not build"; return; }
  program=$(swift build -c release "${scratch[@]}" --show-bin-path)/$name
  "$program" "${training[@]}" "$@" --seed 2 --json "$folder/first" --save "$model" \
    > "$folder/output" 2> "$folder/progress" ||
    { fail "$name: status $?"; cat "$folder/output" "$folder/progress"; return; }
  head -n 12 "$folder/output"
  "$program" "${training[@]}" "$@" --seed 2 --json "$folder/second" > /dev/null 2>&1
  cmp "$folder/first" "$folder/second" || fail "$name: the same seed gave other figures"
  "$program" --seed 2 --json "$folder/third" --load "$model" > /dev/null 2>&1
  cmp "$folder/first" "$folder/third" || fail "$name: the saved model gave other figures"
  says . "$@" --seed 2 --load "$model"
  refuses "$program" --data "$folder/missing"
  refuses "$program" --load "$folder/first"
  refuses "$program" --save "$folder/no/such/folder"
  # What contradicts the file, or would do nothing.
  refuses_for "--hidden: 77 was given, but \"$model\" has" --load "$model" --hidden 77
  refuses_for "${training[0]}: of no use with --load" --load "$model" "${training[@]}"
}

# says PATTERN OPTIONS…: the program of the last example prints a line that has the pattern.
says() {
  local status=0
  "$program" "${@:2}" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -ne 0 ] || ! grep -q -e "$1" "$folder/stdout"; then
    fail "status $status, or no \"$1\": $(basename "$program") ${*:2}"
    cat "$folder/stdout" "$folder/stderr"
  fi
}

# refuses_for TEXT OPTIONS…: the program of the last example refuses them for a reason that has the text.
refuses_for() {
  refuses "$program" "${@:2}"
  grep -qF -e "$1" "$folder/stderr" || { fail "no \"$1\": $(basename "$program") ${*:2}"; cat "$folder/stderr"; }
}

refuses() {
  local status=0
  "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -eq 0 ] || [ "$status" -ge 128 ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ]; then
    fail "not refused cleanly (status $status): $(basename "$1") ${*:2}"
    cat "$folder/stderr"
  fi
}

# A question to a loaded model needs neither its data nor figures.
example TextGeneration --epochs 1 -- --hidden 32
says "^hel" --load "$model" --prompt hel --length 9
"$program" --text hello --hidden 8 --epochs 2 --save "$folder/hello" > /dev/null 2>&1 || fail "TextGeneration --text hello"
says "^hel" --load "$folder/hello" --prompt hel --length 9
says "^e" --load "$folder/hello" --length 9
refuses_for '--prompt: "q" is not in the vocabulary' --load "$folder/hello" --prompt hellq
refuses_for 'the sample text inside the program: line 1: "T" is not in the vocabulary' --load "$folder/hello" --json "$folder/third"
printf 'hello\nhell\n' > "$folder/lines"
refuses_for '"'"$folder/lines"'": line 1: "\n" is not in the vocabulary' --load "$folder/hello" --data "$folder/lines"
refuses_for '--text: line 1: "w" is not in the vocabulary' --load "$folder/hello" --text hewl
refuses_for '--text: of no use with --data' --text hello --data "$folder/lines"

example Forecasting --epochs 20 -- --members 1
awk 'BEGIN { print "month,sold,returned"; for (i = 0; i < 300; i++) print i "," 50 + i % 12 "," i % 7 }' > "$folder/series.csv"
says '^column "returned" of .*: 300 values' --data "$folder/series.csv" --load "$model"
says '^column "sold" of .*: 300 values' --data "$folder/series.csv" --column sold --load "$model"
refuses_for '--column: of no use without --data' --column sold
refuses_for '--season: 6 was given' --load "$model" --season 6
awk 'BEGIN { print "sold"; for (i = 0; i < 200; i++) print exp(i / 20) * (2 + i % 3) }' > "$folder/growth.csv"
"$program" --data "$folder/growth.csv" --epochs 1 --save "$folder/growth" > "$folder/stdout" 2>&1 && grep -q "logarithm" "$folder/stdout" ||
  fail "Forecasting: no logarithm of what grows in proportion"
refuses_for '--load: the model takes logarithms' --load "$folder/growth" --data "$folder/series.csv" --column returned

example SentimentClassification --epochs 1 --
says "^p\|^n" --load "$model" --classify "the plot is witty"
says '^Not in the vocabulary.*: "zyx", "qua"$' --load "$model" --classify "the zyx plot is qua zyx"
printf 'the film is dull\tnegative\nthe film is lively\tpositive\n' > "$folder/test.tsv"
says "LSTM in both directions" --load "$model" --test "$folder/test.tsv" --json "$folder/third"
refuses_for '--validation: of no use with --load without --data' --load "$model" --validation "$folder/test.tsv"
refuses_for '--classify: there are no words in " "' --classify " "
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'a b c\t0\nd e f\t1\n'; done > "$folder/digits.tsv"
"$program" --data "$folder/digits.tsv" --epochs 1 --hidden 4 --save "$folder/digits" > /dev/null 2>&1 || fail "SentimentClassification --data"
says "^[01] " --load "$folder/digits" --classify "a b"
says "LSTM in both directions" --load "$folder/digits" --test "$folder/digits.tsv"
refuses_for 'give --data or --test' --load "$folder/digits"

example SequenceTagging --epochs 1 --
says "^captain" --load "$model" --tag "captain austin beat milan"
says '^Not in the vocabulary.*: "zyx"$' --load "$model" --tag "captain zyx beat milan"
refuses_for '--sentences: of no use with --data' --sentences 40 --data "$folder/lines"
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'in O\nrome B-town\n\n'; done > "$folder/towns"
refuses_for 'does not give the tag "B-town"' --load "$model" --data "$folder/towns"
# With this seed the tag is among the sentences that are held out.
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'a O\nb B-team\n\n'; done > "$folder/zoo"
printf 'z B-zoo\n\n' >> "$folder/zoo"
refuses_for 'does not give the tag "B-zoo"' --load "$model" --data "$folder/zoo" --seed 2

example LongMemory --steps 40 -- --length 20 --cells rnn,lstm
says "^adding, length 30" --load "$model" --length 30 --cells lstm
refuses_for '--cells: gru was given, but' --load "$model" --cells lstm,gru
refuses_for '--problem: parity was given, but' --load "$model" --problem parity

example AnomalyDetection --steps 40 --
says '^column "returned" of .*: 300 values' --data "$folder/series.csv" --load "$model"
refuses_for '--column: of no use without --data' --column sold
refuses_for '--label: of no use without --data' --label returned
refuses_for '--quantile: 0.9 was given, but' --load "$model" --quantile 0.9

example Translation --epochs 1 --
says "→" --load "$model" --sentence "he finds the red book."
says '^Not in the vocabulary.*: "zyx"$' --load "$model" --sentence "he finds the zyx."
grep -q "held out" "$folder/stdout" && fail "Translation: a sentence for a loaded model does not need any pairs"
exit "$failures"
