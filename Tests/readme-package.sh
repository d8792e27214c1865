#!/usr/bin/env bash
# Builds and runs the Swift of the README, word for word: its package manifest, and its other blocks one after the other
# as one program. Usage: readme-package.sh FOLDER, where FOLDER is new and gets the package.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
mkdir -p "$folder/Mine/Sources/Mine"
ln -s "$root" "$folder/Tapestry"

# Block k of the README's Swift goes to its own file.
awk -v folder="$folder" '/^```swift$/ { inside = 1; block++; next } /^```$/ { inside = 0 } inside { print > (folder "/" block) }' \
  "$root/README.md"
for block in $(ls "$folder" | grep -E '^[0-9]+$' | sort -n); do
  if grep -q "swift-tools-version" "$folder/$block"; then
    cp "$folder/$block" "$folder/Mine/Package.swift"
  else
    cat "$folder/$block" >> "$folder/Mine/Sources/Mine/main.swift"
  fi
done
swift run -c release --package-path "$folder/Mine" Mine
