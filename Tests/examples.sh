#!/usr/bin/env bash
# Runs each example on the sample of its own, small: the same seed gives the same figures, and so does the model that was
# saved, without any other option. Then questions to a loaded model, and what programs must refuse: one line on stderr that
# says why, and the status 1 if it is a file's fault, 2 if it is the command line's.
set -u
scratch=()
[ -z "${TAPESTRY_SCRATCH_PATH:-}" ] || scratch=(--scratch-path "$TAPESTRY_SCRATCH_PATH")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
# Tensors that no program saved, and a model of the last example.
tensors=$(dirname "$0")/Goldens/models/pytorch.safetensors
other=
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
  # LongMemory takes no data.
  [ "$name" = LongMemory ] || refuses 1 'there is no such file' --data "$folder/missing"
  refuses 1 'it is not a safetensors file' --load "$folder/first"
  refuses 1 'there is no such folder' --save "$folder/no/such/folder"
  refuses 1 'there is no such folder' --json "$folder/no/such/folder"
  refuses 2 '--json: expected a path, got "-"' --json -
  refuses 2 '--save: expected a path, got "-"' --save -
  refuses 2 '--json: "figures" is the file of --save as well' --json figures --save ./figures
  refuses 2 "--json: \"$model\" is the file of --load as well" --json "$model" --load "$model"
  refuses 2 'unknown option "--modle"' --modle "$model"
  refuses 2 '--hidden: expected a whole number' --hidden 0
  # What contradicts the file, or would do nothing.
  refuses 2 "--hidden: 77 was given, but \"$model\" has" --load "$model" --hidden 77
  refuses 2 "${training[0]}: of no use with --load" --load "$model" "${training[@]}"
  refuses 2 "--save: of no use with --load" --load "$model" --save "$folder/copy"
  # A model of another program, and tensors of none.
  [ -z "$other" ] || refuses 1 "it holds a model of $(basename "$other"), not one of $name" --load "$other"
  refuses 1 "it holds tensors, but no model that --save of $name wrote" --load "$tensors"
  other=$model
}

# await_handler PROCESS: waits until it catches signals, as long as that takes on a busy machine. Where the system does not
# tell, a second has to do.
await_handler() {
  local caught
  if ! [ -e "/proc/$1/status" ]; then sleep 1; fi
  for _ in {1..200}; do
    caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2> /dev/null) || return 0
    if [ -z "$caught" ] || (( (16#$caught >> 14) & 1 )); then return 0; fi
    sleep 0.1
  done
}

# stops OPTIONS…: a training of the program of the last example, which would go on for long, is interrupted. What was learned
# is saved, and a line says so.
stops() {
  local status=0 process
  rm -f "$folder/stopped" "$folder/figures"
  "$program" "$@" --save "$folder/stopped" --json "$folder/figures" > "$folder/stdout" 2> "$folder/stderr" &
  process=$!
  await_handler "$process"
  sleep 0.5
  # As Ctrl-C does it; but the shell lets what runs beside it ignore that signal until it is asked for.
  kill -TERM "$process"
  wait "$process" || status=$?
  if [ "$status" -ne 0 ] || ! grep -q '^Interrupted: what follows' "$folder/stdout" || ! [ -s "$folder/figures" ]; then
    fail "status $status, or not told as interrupted: $(basename "$program") $*"
    cat "$folder/stdout" "$folder/stderr"
  fi
  grep -q "0/0" "$folder/stderr" && fail "$(basename "$program"): progress of nothing"
  says . --load "$folder/stopped"
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

# refuses STATUS TEXT OPTIONS…: the program of the last example refuses them with the status, for a reason that has the text.
refuses() {
  local status=0
  "$program" "${@:3}" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -ne "$1" ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ] || ! grep -qF -e "$2" "$folder/stderr"; then
    fail "status $status, not $1, or no \"$2\" in one line: $(basename "$program") ${*:3}"
    cat "$folder/stderr"
  fi
}

# A question to a loaded model needs neither its data nor figures.
example TextGeneration --epochs 1 -- --hidden 32
says "^hel" --load "$model" --prompt hel --length 9
says '^No --data is given: the model is judged on a story that ships inside' --load "$model" --json "$folder/third"
refuses 2 '--prompt: expected a text, got ""' --load "$model" --prompt ""
# Nothing of a loaded model is trained, so a signal ends the program.
"$program" --load "$model" --length 1000000 > /dev/null 2>&1 &
sleep 0.5
kill -TERM $!
wait $!
[ $? -eq 143 ] || fail "TextGeneration: a signal does not end what a loaded model writes"
"$program" --text hello --hidden 8 --epochs 2 --save "$folder/hello" > /dev/null 2>&1 || fail "TextGeneration --text hello"
says "^hel" --load "$folder/hello" --prompt hel --length 9
says "^e" --load "$folder/hello" --length 9
refuses 2 '--prompt: "q" is not in the vocabulary' --load "$folder/hello" --prompt hellq
says "^Characters of the given text" --load "$folder/hello" --text hello
grep -q "held out\|Held-out\|learn from" "$folder/stdout" && fail "TextGeneration: of a given text nothing is held out"
refuses 2 'the sample text inside the program: line 1: "T" is not in the vocabulary' --load "$folder/hello" --json "$folder/third"
printf 'hello\nhell\n' > "$folder/lines"
refuses 1 '"'"$folder/lines"'": line 1: "\n" is not in the vocabulary' --load "$folder/hello" --data "$folder/lines"
refuses 2 '--text: line 1: "w" is not in the vocabulary' --load "$folder/hello" --text hewl
refuses 2 '--text: of no use with --data' --text hello --data "$folder/lines"
refuses 2 '--top-k: of no use with --temperature 0' --load "$folder/hello" --temperature 0 --top-k 2
refuses 2 '--text: expected a text of at least 2 characters, found 1' --text h
printf 'hello' > "$folder/short"
refuses 1 '"'"$folder/short"'": expected a text of at least 11 characters, found 5' --data "$folder/short"
stops --epochs 100000 --hidden 64 --length 9

example Forecasting --epochs 20 -- --members 1
awk 'BEGIN { print "month,sold,returned"; for (i = 0; i < 300; i++) print i "," 50 + i % 12 "," i % 7 }' > "$folder/series.csv"
says '^column "returned" of .*: 300 values' --data "$folder/series.csv" --load "$model"
says '^column "sold" of .*: 300 values' --data "$folder/series.csv" --column sold --load "$model"
refuses 2 '--column: of no use without --data' --column sold
says '^No --data is given: the model is judged on a series that is made up' --load "$model"
awk 'BEGIN { print "sold,label"; for (i = 0; i < 300; i++) print i % 7 "," (i % 50 == 7) }' > "$folder/labelled.csv"
refuses 1 'label: the last column looks like labels, beside other numbers: give --column for the series' --data "$folder/labelled.csv"
refuses 2 '--season: 6 was given' --load "$model" --season 6
awk 'BEGIN { print "sold"; for (i = 0; i < 200; i++) print exp(i / 20) * (2 + i % 3) }' > "$folder/growth.csv"
"$program" --data "$folder/growth.csv" --epochs 1 --save "$folder/growth" > "$folder/stdout" 2>&1 && grep -q "logarithm" "$folder/stdout" ||
  fail "Forecasting: no logarithm of what grows in proportion"
refuses 1 'has values not above 0, and the loaded model takes logarithms' --load "$folder/growth" --data "$folder/series.csv" --column returned

head -n 30 "$folder/series.csv" > "$folder/short"
refuses 1 '"'"$folder/short"'": the series is too short: of its 29 values 18 remain' --data "$folder/short"
refuses 2 '--window, --season and --horizon: the series is too short' --window 300
stops --epochs 100000 --hidden 512
refuses 2 '--seed: of no use with --load and --data' --load "$model" --data "$folder/series.csv" --seed 2

example SentimentClassification --epochs 1 --
says "^p\|^n" --load "$model" --classify "the plot is witty"
says '^Not in the vocabulary.*: "zyx", "qua"$' --load "$model" --classify "the zyx plot is qua zyx"
printf 'the film is dull\tnegative\nthe film is lively\tpositive\n' > "$folder/test.tsv"
says "LSTM in both directions" --load "$model" --test "$folder/test.tsv" --json "$folder/third"
grep -q "No --data" "$folder/stdout" && fail "SentimentClassification: with --test no sample is used"
says '^No --data is given: the model is judged on reviews that are made up' --load "$model"
refuses 2 '--validation: of no use with --load without --data' --load "$model" --validation "$folder/test.tsv"
refuses 2 '--classify: there are no words in " "' --classify " "
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'a b c\t0\nd e f\t1\n'; done > "$folder/digits.tsv"
"$program" --data "$folder/digits.tsv" --epochs 1 --hidden 4 --save "$folder/digits" > /dev/null 2>&1 || fail "SentimentClassification --data"
says "^[01] " --load "$folder/digits" --classify "a b"
says "LSTM in both directions" --load "$folder/digits" --test "$folder/digits.tsv"
refuses 2 'give --data or --test' --load "$folder/digits"
printf 'sentence\tlabel\n' > "$folder/short"
refuses 1 '"'"$folder/short"'": expected sentences, found only a header' --load "$folder/digits" --test "$folder/short"
printf 'a b\t0\nc d\t1\n' > "$folder/short"
refuses 1 '"'"$folder/short"'": expected at least 10 sentences' --data "$folder/short"
printf 'a b\t0\nc d\t\n' > "$folder/short"
refuses 1 '"'"$folder/short"'": line 2: the sentence has no label' --data "$folder/short"
printf 'a b\t0\nc d\t0\n' > "$folder/short"
refuses 1 '"'"$folder/short"'": expected 2 to 20 different labels, found only "0" in 2 sentences' --data "$folder/short"
refuses 2 '--seed: of no use with --load and --classify without' --load "$model" --classify "a plot" --seed 2
stops --epochs 100000 --patience 100000

example SequenceTagging --epochs 1 --
says "^captain" --load "$model" --tag "captain austin beat milan"
says '^Not in the vocabulary.*: "zyx"$' --load "$model" --tag "captain zyx beat milan"
says '^No --data is given: the model is judged on sentences that are made up' --load "$model"
refuses 2 '--tag: expected a text, got ""' --tag ""
refuses 2 '--sentences: of no use with --data' --sentences 40 --data "$folder/lines"
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'in O\nrome B-town\n\n'; done > "$folder/towns"
refuses 1 'does not give the tag "B-town"' --load "$model" --data "$folder/towns"
# With this seed the tag is among the sentences that are held out.
for i in 1 2 3 4 5 6 7 8 9 10; do printf 'a O\nb B-team\n\n'; done > "$folder/zoo"
printf 'z B-zoo\n\n' >> "$folder/zoo"
refuses 1 'does not give the tag "B-zoo"' --load "$model" --data "$folder/zoo" --seed 2
head -n 9 "$folder/zoo" > "$folder/short"
refuses 1 '"'"$folder/short"'": expected at least 10 sentences (a tenth to stop by, a tenth held out), found 3' --data "$folder/short"
sed 's/B-.*/O/' "$folder/towns" > "$folder/nameless"
refuses 1 '"'"$folder/nameless"'": expected names among the 8 sentences to learn from, found only the tag O' --data "$folder/nameless"
refuses 2 '--seed: of no use with --load and --tag without' --load "$model" --tag milan --seed 2
stops --epochs 100000 --patience 100000

example LongMemory --steps 40 -- --length 20 --cells rnn,lstm
says "^adding, length 30" --load "$model" --length 30 --cells lstm
refuses 2 '--cells: gru was given, but' --load "$model" --cells lstm,gru
refuses 2 '--problem: parity was given, but' --load "$model" --problem parity
stops --steps 100000 --length 20

example AnomalyDetection --steps 40 --
says '^column "returned" of .*: 300 values' --data "$folder/series.csv" --load "$model"
refuses 2 '--column: of no use without --data' --column sold
refuses 2 '--label: of no use without --data' --label returned
says '^No --data is given: the model is judged on a series that is made up' --load "$model"
advice='give --column for the series, --label for labels'
refuses 1 "label: the last column looks like labels, beside other numbers: $advice" --data "$folder/labelled.csv"
# The columns that the model learned from are saved with it; other ones are followed, with a word.
awk 'BEGIN { print "x,y,bad"; for (i = 0; i < 300; i++) print i % 7 "," i % 5 "," (i == 250) }' > "$folder/columns.csv"
says '^column "x" of' --data "$folder/columns.csv" --column x --label bad --steps 5 --window 20 \
  --save "$folder/columns" --json "$folder/first"
says '^column "x" of' --data "$folder/columns.csv" --load "$folder/columns" --json "$folder/asked"
cmp "$folder/first" "$folder/asked" || fail "AnomalyDetection: a loaded model does not remember --column and --label"
grep -q "^Areas under" "$folder/stdout" || fail "AnomalyDetection: a loaded model does not remember --label"
grep -q "trained on\|training were" "$folder/stdout" &&
  fail "AnomalyDetection: the columns of the training are called others"
says '^The model was trained on the column "x", not on "y".$' \
  --data "$folder/columns.csv" --load "$folder/columns" --column y
says '^column "bad" of' --data "$folder/columns.csv" --load "$folder/columns" --column bad
grep -q '^The labels of its training were in the column "bad", which is the series now.$' "$folder/stdout" ||
  fail "AnomalyDetection: labels that are the series are called something else"
awk -F, -v OFS=, '{ print $1, (NR == 1 ? "y" : $3) }' "$folder/columns.csv" > "$folder/new.csv"
says '^The labels of its training were in the column "bad", not in "y".$' \
  --data "$folder/new.csv" --load "$folder/columns" --label y
refuses 2 '--label: "x" is the column that the model was trained on' \
  --data "$folder/columns.csv" --load "$folder/columns" --label x
# without REASON PROGRAM: of a file that awk's program makes, the model uses no labels, and says why.
without() {
  awk -F, -v OFS=, "$2" "$folder/columns.csv" > "$folder/new.csv"
  says "^The labels of its training were in the column \"bad\", $1\.$" --data "$folder/new.csv" --load "$folder/columns"
  grep -q '^column "x" of' "$folder/stdout" || fail "AnomalyDetection: without labels another column is read"
  grep -q "^Areas under" "$folder/stdout" && fail "AnomalyDetection: labels are used that were called unusable"
}
without 'not in any column of this file' '{ print $1, $2 }'
without 'which is not used: line 4: bad: expected 0 or 1, found "2"' 'NR == 4 { $3 = 2 } { print }'
without 'which is not used: line 4: bad: expected 0 or 1, found ""' 'NR == 4 { $3 = "" } { print }'
one='expected labels 0 and 1 in the last 3 of 10 rows, which are searched, found only 0'
without "which is not used: bad: $one" 'NR > 200 { $3 = 0 } { print }'
# Where nobody knows labels yet, the model is of use all the same.
without 'which is empty in this file' 'NR > 1 { $3 = "" } { print }'
refuses 1 'line 2: bad: expected 0 or 1, found ""' --data "$folder/new.csv" --load "$folder/columns" --label bad
refuses 1 'the header has "month", "sold", "returned" (the model was trained on it, and no --column names another one)' \
  --data "$folder/series.csv" --load "$folder/columns"
# Models that were saved without their columns are read as before.
LC_ALL=C sed 's/\\"column\\":\\"x\\"/\\"bolumn\\":\\"x\\"/; s/\\"label\\":\\"bad\\"/\\"mabel\\":\\"bad\\"/' \
  "$folder/columns" > "$folder/old"
cmp -s "$folder/columns" "$folder/old" && fail "AnomalyDetection: the columns are not in the file"
says '^column "returned" of' --data "$folder/series.csv" --load "$folder/old"
# What is an anomaly can be asked anew of a loaded model, and the same question has the same answer.
says . --load "$model" --seed 2 --quantile 0.9 --patience 5 --json "$folder/asked"
cmp -s "$folder/asked" "$folder/third" && fail "AnomalyDetection: --quantile and --patience change nothing"
"$program" --steps 40 --seed 2 --quantile 0.9 --patience 5 --json "$folder/first" > /dev/null 2>&1
cmp "$folder/first" "$folder/asked" || fail "AnomalyDetection: a loaded model has other anomalies at the same --quantile"
head -n 30 "$folder/series.csv" > "$folder/short"
refuses 1 '"'"$folder/short"'": expected at least 194 values for a window of 96, found 29' --data "$folder/short"
refuses 2 '--window: expected at least 10002 values for a window of 5000, found 4000' --window 5000
awk 'BEGIN { print "x,bad"; for (i = 0; i < 300; i++) print i % 7 ",0" }' > "$folder/usual.csv"
refuses 2 '--label: "bad" is the column of --column as well' --data "$folder/usual.csv" --label bad --column bad
refuses 1 '"'"$folder/usual.csv"'": bad: expected labels 0 and 1' --data "$folder/usual.csv" --label bad
refuses 1 'there is no column "bda", the header has "x", "bad"' --data "$folder/usual.csv" --label bda
# The only value farther off than the one of the validation part, whose error is the threshold.
awk 'BEGIN { print "x"; for (i = 0; i < 300; i++) print i == 180 ? 50 : i == 250 ? 200 : i % 7 }' > "$folder/outlier.csv"
says '^1 anomaly; the strongest first' --data "$folder/outlier.csv" --steps 5 --window 20 --quantile 1
stops --steps 10000000

example Translation --epochs 1 --
says "→" --load "$model" --sentence "he finds the red book."
says '^Not in the vocabulary.*: "zyx"$' --load "$model" --sentence "he finds the zyx."
grep -q "held out\|No --data" "$folder/stdout" && fail "Translation: a sentence for a loaded model does not need any pairs"
says '^No --data is given: the model is judged on pairs that are made up' --load "$model"
printf 'a b\tc d\n' > "$folder/short"
refuses 1 '"'"$folder/short"'": expected at least 20 different sentences' --data "$folder/short"
refuses 2 '--seed: of no use with --load and --sentence without' --load "$model" --sentence "he finds the red book." --seed 2
stops --epochs 100000
exit "$failures"
