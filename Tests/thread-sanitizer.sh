#!/usr/bin/env bash
# Runs the suites in which threads share something under the thread sanitizer, and fails on a race. For Linux.
# Usage: thread-sanitizer.sh [FOLDER], where FOLDER keeps what was built.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/.build/thread-sanitizer}
# Package.swift keeps the files of these and nothing else.
suites='ConcurrencyTests TapeTests TapeReferenceTests ProfileTests RecurrentProfileTests WithoutRecordingTests ThreadTests
RecurrentThreadTests DataLoaderTests'

cd "$root"
export TAPESTRY_THREAD_SUITES_ONLY=1
swift build --build-tests --sanitize=thread --scratch-path "$folder"
compiler=$(dirname "$(readlink -f "$(command -v swift)")")/clang
"$compiler" -O1 -shared -fPIC -o "$folder/mutex.so" Tests/thread-sanitizer-mutex.c

# Which accesses meet is a matter of luck, so there are several runs.
for _ in 1 2 3 4 5; do
  LD_PRELOAD="$folder/mutex.so" TSAN_OPTIONS="halt_on_error=0 exitcode=66" \
    "$folder/debug/TapestryPackageTests.xctest" --testing-library swift-testing 2>&1 | tee "$folder/log"
done
for suite in $suites; do
  grep -q "Suite $suite passed" "$folder/log" || { echo "$suite was not run" >&2; exit 1; }
done
