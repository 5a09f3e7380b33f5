#!/bin/sh
# Starts the stand-in `standin-NAME` as it was built last (cargo build -p jackfield-conform --bins), for conform.toml:
#   stand-in = ["sh", "../../conform/standin.sh", "NAME"]
# The kit starts one for each case and gives it five seconds; cargo alone would take some of them.
here=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
program="${CARGO_TARGET_DIR:-$here/target}/debug/standin-$1"
[ -x "$program" ] && exec "$program"
exec cargo run --quiet --manifest-path "$here/Cargo.toml" --package jackfield-conform --bin "standin-$1"
