#!/usr/bin/env bash
# Builds and runs the Swift of the documents, word for word. The blocks of a document are one program, in their order,
# and all programs are one package: that of the README's manifest, with a target added for each document. What the block
# after a Swift block shows as ```text has to be what the program prints there; a line "…" stands for any lines.
#
# Usage: documents.sh [NAME…], where NAME is that of a document (README, Training, …); all of them without.
# It builds in this package's own build folder, where the library is there already; TAPESTRY_BUILD_PATH names another one
# than .build.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
package=$folder/Mine

# The target of a document. The README's is the one that its manifest has; a plain "Modules" would be the name of a
# folder of SwiftPM's.
target_of() {
  if [ "$1" = README ]; then echo Mine; else echo "$1Document"; fi
}

# Takes a document apart: its program, the README's manifest, and for each block that prints something shown below it,
# the file FOLDER/shown/NAME/LINE with the line of that ```text and what is to be printed.
take_apart() {
  awk -v document="$1" -v name="$2" -v target="$(target_of "$2")" -v folder="$folder" -v package="$package" '
    function close_block() {
      if (kind == "swift" && block ~ /^\/\/ swift-tools-version/) {
        printf "%s", block > (folder "/manifests/" name)
        swift = 0
      } else if (kind == "swift") {
        program = package "/Sources/" target "/main.swift"
        printf "beginBlock(%d)\n#sourceLocation(file: \"%s\", line: %d)\n", start, document, start + 1 > program
        printf "%s#sourceLocation()\n", block > program
        swift = start
      } else if (kind == "text" && swift) {
        printf "%d\n%s", start, block > (folder "/shown/" name "/" swift)
      } else if (kind == "text") {
        printf "%s:%d: no Swift block is above this output\n", document, start > "/dev/stderr"
        failed = 1
      }
      if (kind != "swift") swift = 0
    }
    /^```/ && !inside { inside = 1; kind = substr($0, 4); start = FNR; block = ""; next }
    /^```$/ { inside = 0; close_block(); next }
    inside { block = block $0 "\n" }
    END {
      if (inside) { printf "%s:%d: a block without an end\n", document, start > "/dev/stderr"; failed = 1 }
      exit failed
    }' "$root/$1"
}

# Splits what a program printed into one file for each block: FOLDER/printed/NAME/LINE. The last line
# may lack its end, so what comes next ends it, and empty lines at the end of an output don't count.
split_output() {
  awk -v folder="$folder/printed/$1" '
    /^\001/ { block = substr($0, 2); next }
    block { print > (folder "/" block) }' "$folder/printed/$1/all"
}

# Succeeds if the printed lines are those shown, where "…" stands for any lines. Spaces at ends of lines don't count.
agree() {
  awk '
    function fits(i, j) {
      if (i > shownCount) return j > printedCount
      if (shown[i] != "…") return j <= printedCount && printed[j] == shown[i] && fits(i + 1, j + 1)
      for (; j <= printedCount + 1; j++) if (fits(i + 1, j)) return 1
      return 0
    }
    { sub(/ +$/, "") }
    FNR == NR { if (FNR > 1) shown[++shownCount] = $0; next }
    { printed[++printedCount] = $0 }
    END {
      while (printedCount > 0 && printed[printedCount] == "") printedCount--
      exit !fits(1, 1)
    }' "$1" "$2"
}

mkdir "$folder/manifests"
names=() targets=()
for document in README.md $(cd "$root" && ls docs/*.md); do
  grep -q '^```swift$' "$root/$document" || continue
  name=$(basename "$document" .md)
  mkdir -p "$package/Sources/$(target_of "$name")" "$folder/shown/$name" "$folder/printed/$name" "$folder/run/$name"
  take_apart "$document" "$name"
  # A block that ends the program is known by the last number. In a file of its own the import helps no block.
  cat > "$package/Sources/$(target_of "$name")/Blocks.swift" <<'SWIFT'
#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

func beginBlock(_ line: Int) {
    print("\n\u{1}\(line)")
    fflush(nil)
}
SWIFT
  if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then
    names+=("$name") targets+=("$(target_of "$name")")
  fi
done
[ ${#names[@]} -gt 0 ] || { echo "no document of that name has Swift: $*" >&2; exit 1; }

for manifest in "$folder"/manifests/*; do
  if ! diff "$folder/manifests/README" "$manifest" >&2; then
    echo "docs/$(basename "$manifest").md: another Package.swift than the README's" >&2
    exit 1
  fi
done
cp "$folder/manifests/README" "$package/Package.swift"

# The library is named by its own path, by which its build folder knows it.
cat >> "$package/Package.swift" <<SWIFT
package.dependencies = [.package(name: "Tapestry", path: "$root")]
package.targets += [$(printf '"%s", ' "${targets[@]}")].filter { \$0 != "Mine" }.map {
    .executableTarget(name: \$0, dependencies: [.product(name: "Tapestry", package: "Tapestry")])
}
for target in package.targets { target.swiftSettings = [.treatAllWarnings(as: .error)] }
SWIFT

build=${TAPESTRY_BUILD_PATH:-$root/.build}
mkdir -p "$build"
# A build folder remembers the plan of the package that was built there last, and SwiftPM takes it for that of the next.
forget_plan() { rm -f "$build/release.yaml"; }
trap 'forget_plan; rm -rf "$folder"' EXIT
forget_plan
options=(-c release --package-path "$package" --scratch-path "$(cd "$build" && pwd)")
swift build "${options[@]}"
programs=$(swift build "${options[@]}" --show-bin-path)

failures=0
for name in "${names[@]}"; do
  document=docs/$name.md
  if [ "$name" = README ]; then document=README.md; fi
  cd "$folder/run/$name"
  status=0
  "$programs/$(target_of "$name")" > "$folder/printed/$name/all" 2> "$folder/errors" || status=$?
  split_output "$name"
  if [ $status != 0 ]; then
    cat "$folder/errors" >&2
    last=$(tr -d '\001' <<< "$(grep $'^\001' "$folder/printed/$name/all" | tail -n 1)")
    echo "$document:$last: the program ends in this block with status $status" >&2
    failures=$((failures + 1))
    continue
  fi
  for shown in $(ls "$folder/shown/$name" | sort -n); do
    touch "$folder/printed/$name/$shown"
    if ! agree "$folder/shown/$name/$shown" "$folder/printed/$name/$shown"; then
      echo "$document:$(head -n 1 "$folder/shown/$name/$shown"): the block above prints something else" >&2
      diff <(tail -n +2 "$folder/shown/$name/$shown") "$folder/printed/$name/$shown" >&2 || true
      failures=$((failures + 1))
    fi
  done
  echo "$document: $(grep -c $'^\001' "$folder/printed/$name/all") blocks, $(ls "$folder/shown/$name" | wc -l) outputs"
done
[ $failures = 0 ]
