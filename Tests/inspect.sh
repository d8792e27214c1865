#!/usr/bin/env bash
# Runs Inspect, the program that is given, on files of every format, some under other names, and on files that it must
# refuse: status 1, one line on stderr, nothing on stdout.
set -u
cd "$(dirname "$0")/.."
program=$1
numpy=Tests/Goldens/numpy
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# shows FILE LINE…: each line must be one of those that are printed, whatever the spaces in it are.
shows() {
  local file=$1 status=0
  shift
  "$program" "$file" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  for line in "$@"; do
    if [ "$status" -ne 0 ] || [ -s "$folder/stderr" ] || ! tr -s ' ' < "$folder/stdout" | grep -qF -- "$line"; then
      echo "$file (status $status): no line \"$line\" in"
      cat "$folder/stdout" "$folder/stderr"
      failures=$((failures + 1))
    fi
  done
}

# refuses STATUS TEXT ARGUMENTS…
refuses() {
  local expected=$1 text=$2 status=0
  shift 2
  "$program" "$@" > "$folder/stdout" 2> "$folder/stderr" || status=$?
  if [ "$status" -ne "$expected" ] || [ "$(wc -l < "$folder/stderr")" -ne 1 ] || [ -s "$folder/stdout" ] ||
    ! grep -qF -- "$text" "$folder/stderr"; then
    echo "not refused with \"$text\" (status $status): $*"
    cat "$folder/stdout" "$folder/stderr"
    failures=$((failures + 1))
  else
    cat "$folder/stderr"
  fi
}

u64() { printf '%b' "$(printf '%016x' "$1" | sed 's/\(..\)/\\x\1 /g' | awk '{for (i = NF; i > 0; i--) printf "%s", $i}')"; }
# safetensors HEADER BYTES
safetensors() { u64 "${#1}"; printf '%s' "$1"; head -c "$2" /dev/zero; }
# npy HEADER: of version 1
npy() { printf '\x93NUMPY\x01\x00'; printf '%b' "\\x$(printf '%02x' "${#1}")\\x00"; printf '%s' "$1"; }

shows $numpy/special.npz "NumPy archive, 2 arrays, 6 elements, 44 bytes" "special [5] float64 -0 4.94066e-324" \
  "\"∇ äöü\" [] float32 1 1 1 0"
shows $numpy/stored.npz "\"b1 little C (2, 3, 4) 1\" [2, 3, 4] bool 0.333333 0" "\"f4 little F (0,) 3\" [0] float32 0"
cp $numpy/deflated.npz "$folder/archive.txt"
shows "$folder/archive.txt" "NumPy archive, 94 arrays" "\"i2 big F (2, 3) 1\" [2, 3] int16 -9 16 3.5 0"
{ npy "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 1)}"; printf '\x3f\x80\x00\x00\x7f\x80\x00\x00'; } > "$folder/a"
shows "$folder/a" "NumPy array, 1 array, 2 elements, 8 bytes" "array [2, 1] float32 1 1 1 1"
safetensors '{"__metadata__":{"by":"a\nb"},"w":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}' 16 > "$folder/b"
shows "$folder/b" "safetensors, 1 array, 2 elements, 16 bytes" "w [2] int64 0 0 0 0" 'by = "a\nb"'
printf '{"name": "LSTM", "sizes": [1, 2], "rate": 1e-3}' > "$folder/c"
shows "$folder/c" "JSON, object of 3" 'name "LSTM"' "sizes array of 2" "rate 1e-3"
printf 'month,count\n"a, b",3\nc,nan\nd,\n' > "$folder/d"
shows "$folder/d" "comma-separated values, 3 rows, 2 columns" "month text 0" "count number 1 3 3 3 1"
printf '1\t2\n3\t4\n' > "$folder/e"
shows "$folder/e" "tab-separated values, 2 rows, 2 columns" "2 number 0 2 4 3 0"

safetensors '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"q":{"dtype":"F8_E4M3","shape":[2,3],"data_offsets":[4,10]}}' 10 > "$folder/f"
shows "$folder/f" "safetensors, 1 array, 1 element, 4 bytes; 1 array of types that are not read, 6 bytes" \
  "q [2, 3] F8_E4M3 not read" "w [1] float32 0 0 0 0"
shows $numpy/unsupported.npz "NumPy archive, 1 array, 3 elements, 24 bytes; 10 arrays of types that are not read" \
  "texts [2] <U10 not read" "objects [2] |O not read" "latin [2] [('é', '|i1'), ('', '|V3'), ('z', '<f4')] not read" \
  "weights [3] float64 0 2 1 0"
{ npy "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}"; head -c 8 /dev/zero; } > "$folder/complex"
shows "$folder/complex" "NumPy array, 0 arrays, 0 elements, 0 bytes; 1 array of types that are not read, 8 bytes" \
  "array [1] <c8 not read"
printf 'month;"share;, of all"\nMay;12\nJune;3\n' > "$folder/g"
shows "$folder/g" "semicolon-separated values, 2 rows, 2 columns" "month text 0" "\"share;, of all\" number 0 3 12 7.5 0"
printf '1.234,5;2.345,6\n' > "$folder/thousands"
shows "$folder/thousands" "semicolon-separated values with decimal commas, 1 row, 2 columns" "1 number 0 1234.5 1234.5"
printf 'host;load\n192.168.100.200;2\n192.168.100.201;3\n' > "$folder/addresses"
shows "$folder/addresses" "semicolon-separated values, 2 rows, 2 columns" "host text 0" "load number 0 2 3 2.5"
# In a table with decimal commas points stand between thousands, and those are groups of three digits.
printf 'host;load\n192.168.1.1;2,5\n1.2.3.4;3\n' > "$folder/dotted"
shows "$folder/dotted" "semicolon-separated values with decimal commas, 2 rows, 2 columns" "host text 0" \
  "load number 0 2.5 3"
printf '<unk>,1\n<s>,2\n' > "$folder/vocabulary"
shows "$folder/vocabulary" "comma-separated values, 2 rows, 2 columns" "1 text 0" "2 number 0 1 2 1.5 0"
printf '1,5;2;"x"\n;3,25;"a, b, c, d"\n' > "$folder/h"
shows "$folder/h" "semicolon-separated values with decimal commas, 2 rows, 3 columns" "1 number 1 1.5 1.5 1.5 0" \
  "2 number 0 2 3.25 2.625 0" "3 text 0"
printf 'a;b\n1.5;2,5\n' > "$folder/i"
shows "$folder/i" "semicolon-separated values, 1 row, 2 columns" "a number 0 1.5 1.5 1.5 0" "b text 0"
printf '"a;b;c",d\n1,2\n' > "$folder/j"
shows "$folder/j" "comma-separated values, 1 row, 2 columns" "a;b;c number"

# Tables are read row by row: all rows at once would take twice as much.
yes 1,2 | head -n 2000000 > "$folder/long.csv"
if ! (ulimit -v 300000 && "$program" "$folder/long.csv") > "$folder/stdout" 2>&1; then
  echo "a long table takes more than 300 MB:"
  cat "$folder/stdout"
  failures=$((failures + 1))
fi

# steersNothing FILE: whatever is printed, no byte of it is for the terminal. All files have such bytes where texts are.
steersNothing() {
  "$program" "$1" > "$folder/stdout" 2>&1
  if [ ! -s "$folder/stdout" ] || LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$folder/stdout"; then
    echo "$1 steers the terminal:"
    cat -v "$folder/stdout"
    failures=$((failures + 1))
  fi
}
clear=$'\u009b2J' escaped='\u001b[2J'"$clear"
# tensor NAME TYPE
tensor() { printf '"%s":{"dtype":"%s","shape":[1],"data_offsets":[0,4]}' "$1" "$2"; }
hostile() { (LC_ALL=C; safetensors "$@") > "$folder/hostile"; steersNothing "$folder/hostile"; }
hostile "{\"__metadata__\":{\"$escaped\":\"$escaped\"},$(tensor "$escaped" F32)}" 4
hostile "{$(tensor "$escaped" F32)}" 3
hostile "{$(tensor w "$escaped")}" 4
hostile "{$(tensor "$escaped" F32),$(tensor "$escaped" F32)}" 4
hostile "{$(tensor "$escaped" BOOL)}" 4
for shape in 1 2; do
  { npy "{'descr': [('"$'\x1b[2J\x9b'"2J', '<f4')], 'fortran_order': False, 'shape': ($shape,)}"; printf 1234; } > "$folder/hostile"
  steersNothing "$folder/hostile"
done
npy "{'descr': '"$'\x1b[2J'"', 'fortran_order': False, 'shape': ()}" > "$folder/hostile"
steersNothing "$folder/hostile"
printf '{"%s": "%s"}' "$escaped" "$escaped" > "$folder/hostile"
steersNothing "$folder/hostile"
printf '{"%s": 1, "%s": 2}' "$escaped" "$escaped" > "$folder/hostile"
steersNothing "$folder/hostile"
printf '\x1b[2J%s,b\n1,2\n' "$clear" > "$folder/hostile"
steersNothing "$folder/hostile"

refuses 2 "expected FILE, got nothing"
refuses 2 "unexpected argument" a b
refuses 2 "unknown option" --all a
refuses 2 "--limit: expected" --limit 0 a
refuses 1 "there is no such file" "$folder/missing"
refuses 1 "it is a directory" "$folder"
refuses 1 '/dev/null": it is a device or a pipe, not a file on a disk' /dev/null
mkfifo "$folder/pipe"
refuses 1 'pipe": it is a device or a pipe, not a file on a disk' "$folder/pipe"
for name in empty empty.npy empty.npz empty.safetensors empty.json; do
  : > "$folder/$name"
  refuses 1 "it is empty" "$folder/$name"
done
printf 'one line\nanother\n' > "$folder/text"
refuses 1 "it is neither safetensors" "$folder/text"
printf 'a,b\n\xff,c\n' > "$folder/latin.csv"
refuses 1 "line 2: it is not UTF-8 text" "$folder/latin.csv"
printf 'a,b\n1,2,3\n' > "$folder/ragged.csv"
refuses 1 "line 2: expected 2 fields, found 3" "$folder/ragged.csv"
printf 'a,b\n1,2\t3\n' > "$folder/commas.tsv"
seems="the table seems to have commas between fields, not tabs, which its name stands for"
refuses 1 "line 2: expected 1 field, found 2; $seems" "$folder/commas.tsv"
markup="it is XML, SVG or HTML, which is none of the formats that are read"
printf '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0,0,1,1">\n</svg>\n' > "$folder/picture.svg"
refuses 1 "$markup" "$folder/picture.svg"
printf '\xef\xbb\xbf\n <!DOCTYPE html>\n<p>a, b</p>\n' > "$folder/page.csv"
refuses 1 "$markup" "$folder/page.csv"
printf 'a,b\n"1,2\n' > "$folder/open.csv"
refuses 1 "line 2: a quotation mark that is never closed" "$folder/open.csv"
printf '{"a": 1, "a": 2}' > "$folder/twice.json"
refuses 1 'byte 9: the name "a" stands there twice' "$folder/twice.json"
printf '[%.0s' $(seq 100) > "$folder/deep.json"
refuses 1 "nested deeper than 64 levels" "$folder/deep.json"
head -c 3000 $numpy/deflated.npz > "$folder/cut.npz"
refuses 1 "it has no end of a ZIP archive" "$folder/cut.npz"
sed '0,/special/s//SPECIAL/' $numpy/special.npz > "$folder/renamed.npz"
refuses 1 "its own header differs from the central directory" "$folder/renamed.npz"
head -c 20 "$folder/a" > "$folder/cut.npy"
refuses 1 "header: the file ends in the middle of it" "$folder/cut.npy"
npy "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967297)}" > "$folder/large"
refuses 1 "its shape is [4294967296, 4294967297], which its 0 bytes of <f8 don't fill" "$folder/large"
npy "{'descr': '|O', 'fortran_order': False, 'shape': ()}" > "$folder/objects"
refuses 1 "its objects are no pickle that ends" "$folder/objects"
npy "{'descr': '<q8', 'fortran_order': False, 'shape': ()}" > "$folder/unknown"
refuses 1 '"<q8" is no type of elements' "$folder/unknown"
safetensors '{"w":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}' 1 > "$folder/unknown"
refuses 1 'array "w": its dtype is "F8", which the format does not have' "$folder/unknown"
safetensors '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 7 > "$folder/short"
refuses 1 'array "w": its data_offsets are [0, 8]' "$folder/short"
{ u64 9223372036854775807; printf '{}'; } > "$folder/header.safetensors"
refuses 1 "it is not a safetensors file, and begins with the bytes ff ff ff ff ff ff ff 7f" "$folder/header.safetensors"
safetensors '{"m":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}' 0 > "$folder/two"
printf '\x02' >> "$folder/two"
refuses 1 'two": array "m": element 0 is 2, which is no truth value' "$folder/two"
exit "$((failures > 0))"
