#!/bin/sh
# Starts the stand-in NAME as it was built last (cargo build -p jackfield-conform --bins), for conform.toml:
#   stand-in = ["sh", "../../conform/standin.sh", "NAME"]
# It is the program `standin-NAME`, or `jackfield-standin network NAME` where there is none.
# The kit starts one for each case and gives it five seconds; cargo alone would take some of them.
here=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
built="${CARGO_TARGET_DIR:-$here/target}/debug"
name="standin-$1"
set -- network "$1"
if [ -f "$here/plugins/conform/src/bin/$name.rs" ]; then
    set --
else
    name=jackfield-standin
fi
[ -x "$built/$name" ] && exec "$built/$name" "$@"
exec cargo run --quiet --manifest-path "$here/Cargo.toml" --package jackfield-conform --bin "$name" -- "$@"
