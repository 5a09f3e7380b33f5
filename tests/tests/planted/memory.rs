//! The memory of guests, read from outside: found in the image of the host's process by a mark that each guest leaves in
//! its own memory and that stands nowhere else.
//!
//! A guest does not wipe what it frees, so what passed through it is there until something else takes its place. What
//! is read is everything that a guest could read: all pages of its instance that can be read and written, side by side.

use std::io::{Read, Seek, SeekFrom};

/// The memory of each guest that has the mark in it.
pub(crate) fn of_guests(process: u32, mark: &[u8]) -> Vec<Vec<u8>> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    // From, to, and whether a guest's image is in it.
    let mut regions: Vec<(u64, u64, bool)> = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        // The guest's image is a file in memory, the rest of its pages have no name.
        let name = words.nth(3).unwrap_or_default();
        let image = name.starts_with("/memfd:");
        if !rights.starts_with("rw") || !(name.is_empty() || image) {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let number = |text: &str| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (number(from), number(to));
        match regions.last_mut() {
            Some(last) if last.1 == from => (last.1, last.2) = (to, last.2 || image),
            _ => regions.push((from, to, image)),
        }
    }
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = Vec::new();
    for (from, to, _) in regions.into_iter().filter(|region| region.2) {
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // A region may be gone by now.
        let read = memory
            .seek(SeekFrom::Start(from))
            .and_then(|_| memory.read_exact(&mut bytes));
        if read.is_ok() && bytes.windows(mark.len()).any(|window| window == mark) {
            // Nobody has touched these.
            let touched = bytes.chunks(4096).filter(|page| page.iter().any(|byte| *byte != 0));
            found.push(touched.collect::<Vec<_>>().concat());
        }
    }
    found
}
