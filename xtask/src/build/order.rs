//! The order of a module's functions. Nothing depends on it but the size of the packed file: brotli looks for what it has
//! seen before, and finds more of it when functions that resemble one another stand side by side. On the panel of
//! November 2026 that is 93.4 KB as wasm-opt left it and 91.2 KB in this order.
//!
//! wasm-opt moves functions about by their names, so this gives them names, in order; they are gone afterwards.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use wasm_encoder::{NameMap, NameSection, Section as _};
use wasmparser::{Parser, Payload, TypeRef};

/// Stretches of this many bytes are compared: about two instructions.
const STRETCH: usize = 4;
/// A stretch that more functions have than these says nothing about any two of them.
const COMMON: usize = 60;
/// Makes very short functions less attractive: every other one resembles them a little.
const SHORT: u64 = 60;

/// The module with names by which `wasm-opt --reorder-functions-by-name` puts like beside like.
pub(super) fn named_by_likeness(module: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0_u32, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.context("wasm-opt wrote no module")? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let mut names = vec![String::new(); bodies.len()];
    for (at, function) in chain(&bodies).into_iter().enumerate() {
        if let Some(name) = names.get_mut(function) {
            *name = format!("f{at:06}");
        }
    }
    let mut map = NameMap::new();
    for import in 0..imported {
        map.append(import, &format!("!{import:06}"));
    }
    for (index, name) in (imported..).zip(&names) {
        map.append(index, name);
    }
    let mut section = NameSection::new();
    section.functions(&map);
    let mut out = module.to_vec();
    section.append_to(&mut out);
    Ok(out)
}

/// Begins with the longest function and goes on, each time, to the one that resembles it most.
fn chain(bodies: &[&[u8]]) -> Vec<usize> {
    let stretches: Vec<BTreeSet<&[u8]>> = bodies.iter().map(|body| body.windows(STRETCH).collect()).collect();
    let mut where_found: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (function, own) in stretches.iter().enumerate() {
        for stretch in own {
            where_found.entry(stretch).or_default().push(function);
        }
    }
    // What few have in common says more. Whole numbers: the order is the same on every machine.
    let weight = |found: &[usize]| u64::from((bodies.len() / found.len().max(1)).max(2).ilog2());
    where_found.retain(|_, found| (2..=COMMON).contains(&found.len()));
    let mut left: BTreeSet<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = (0..bodies.len())
        .rev()
        .max_by_key(|at| bodies.get(*at).map_or(0, |body| body.len()));
    while let Some(now) = next {
        left.remove(&now);
        order.push(now);
        let mut alike: BTreeMap<usize, u64> = BTreeMap::new();
        for found in stretches
            .get(now)
            .into_iter()
            .flatten()
            .filter_map(|stretch| where_found.get(stretch))
        {
            for other in found.iter().filter(|other| left.contains(other)) {
                *alike.entry(*other).or_default() += weight(found);
            }
        }
        let best = alike.into_iter().rev().max_by_key(|(other, score)| {
            let length = stretches.get(*other).map_or(0, BTreeSet::len) as u64;
            score * score * 1000 / (length + SHORT)
        });
        next = best.map(|(other, _)| other).or_else(|| left.first().copied());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_its_place_and_like_stands_beside_like() {
        let one: Vec<u8> = (0..80).collect();
        let other: Vec<u8> = (100..180).collect();
        let (mut one_too, mut other_too) = (one.clone(), other.clone());
        one_too.truncate(70);
        other_too.truncate(70);
        let bodies: [&[u8]; 4] = [&one, &other, &one_too, &other_too];
        assert_eq!(chain(&bodies), [0, 2, 1, 3]);
        assert!(chain(&[]).is_empty());
    }
}
