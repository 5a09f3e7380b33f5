//! A year of a contact centre in virtual time, every invariant looked at after every event.
//!
//! `cargo run --release -p jackfield-desk --example year [-- SEED [AGENTS [DAYS]]]`
#![allow(clippy::print_stdout)] // its output is its purpose
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // it shares the test's world
#![allow(dead_code)] // and does not plant faults

#[path = "../tests/simulator/world/mod.rs"]
mod world;

use std::time::Instant;
use world::time::MINUTE;
use world::{Fault, Plan, World};

fn main() -> Result<(), String> {
    let words: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let word = |n: usize, usual: u64| words.get(n).copied().unwrap_or(usual);
    let (agents, days) = (word(1, 200), word(2, 365));
    let plan = Plan {
        seed: word(0, 1),
        from: 0,
        days: days as i64,
        agents: agents as usize,
        // Two hundred agents, one person in three minutes: enough to do, and far too much in a peak.
        mean: 600 * MINUTE / agents.max(1) as i64,
        fault: Fault::None,
    };
    let begun = Instant::now();
    let (counts, [events, pairs, owners, deadlines]) = World::new(plan).run()?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{days} days, {agents} agents, seed {}: {} events in {seconds:.0} s",
        plan.seed, counts.events
    );
    println!(
        "  looked at {events} events, {pairs} pairs of waiting line and free agent, {owners} owners, {deadlines} deadlines"
    );
    println!("  {counts:#?}");
    Ok(())
}
