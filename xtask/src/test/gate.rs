//! The size gate: what a page has to load for a working panel.

use anyhow::Result;

use super::Tally;
use crate::build;
use crate::place::Place;

/// 100 KB with brotli, everything that is needed to work; the goal is 75.
const MOST: usize = 100_000;

/// Prints each file and compares the sum.
pub(super) fn panel(place: &Place) -> Result<Tally> {
    let files = build::shipped(place)?.files;
    println!("> panel size, with brotli");
    let mut sum = 0;
    for file in files.iter().filter(|file| file.needed()) {
        println!("  {:>7}  {}", file.brotli, file.name);
        sum += file.brotli;
    }
    let good = sum <= MOST;
    println!(
        "  {sum:>7}  in all; the gate is {MOST}: {}",
        if good { "passed" } else { "FAILED" }
    );
    Ok(Tally::check(good))
}
