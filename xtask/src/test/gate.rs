//! The size gates: what a page has to load for a working panel, and for a working desk.

use anyhow::Result;

use super::Tally;
use crate::build;
use crate::place::Place;

/// The most that a page loads, with brotli, everything that is needed to work.
///
/// The panel stands in other people's pages, beside what they load themselves: 100 KB, the goal is 75. The desk is a page
/// of its own that an agent opens once a day; what it has more (the gate's findings, approvals, clocks, policies) may cost
/// as much again as half a panel, and less than any console of its peers.
const MOST: [(&str, usize); 2] = [("panel", 100_000), ("desk", 150_000)];

/// Prints each file and compares the sums.
pub(super) fn panel(place: &Place) -> Result<Tally> {
    let files = build::shipped(place)?.files;
    let mut tally = Tally::default();
    for (program, most) in MOST {
        println!("> {program} size, with brotli");
        let mut sum = 0;
        for file in files.iter().filter(|file| file.needed(program)) {
            println!("  {:>7}  {}", file.brotli, file.name);
            sum += file.brotli;
        }
        let good = sum <= most;
        println!(
            "  {sum:>7}  in all; the gate is {most}: {}",
            if good { "passed" } else { "FAILED" }
        );
        tally.add(Tally::check(good));
    }
    Ok(tally)
}
