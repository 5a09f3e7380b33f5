//! The matrix in words, for the people who live by it.

use super::{Authority, Row};
use crate::gate::{Act, Amount};

/// One sentence for each row, and for each brand what nobody may.
pub fn describe(authority: &Authority) -> Vec<String> {
    let mut words: Vec<String> = authority.may.iter().map(row).collect();
    let mut brands: Vec<&str> = authority
        .may
        .iter()
        .flat_map(|row| &row.brands)
        .map(String::as_str)
        .collect();
    brands.sort_unstable();
    brands.dedup();
    for brand in brands {
        let allowed = |act: &Act| {
            authority.may.iter().any(|row| {
                row.brands.iter().any(|name| name == brand) && row.acts.contains(act) && !row.roles.is_empty()
            })
        };
        let nobody: Vec<&str> = Act::ALL
            .iter()
            .filter(|act| !allowed(act))
            .map(|act| act.words())
            .collect();
        if !nobody.is_empty() {
            words.push(format!("In {brand}, nobody may {}.", any_of(nobody.into_iter())));
        }
    }
    words.push("What is not named here is not allowed.".to_owned());
    words
}

fn row(row: &Row) -> String {
    let acts = any_of(row.acts.iter().map(|act| act.words()));
    let mut words = format!(
        "In {}, {} may {acts}",
        any_of(row.brands.iter().map(String::as_str)),
        any_of(row.roles.iter().map(String::as_str))
    );
    if !row.up_to.is_empty() {
        words.push_str(&format!(", up to {}", limit(row)));
    }
    if !row.when.is_always() {
        words.push_str(&format!(", when {}", row.when.words()));
    }
    words.push_str(match (row.second, row.up_to.is_empty()) {
        (true, _) => ", if a second person reads it.",
        (false, false) => "; where no amount is named, a second person reads it.",
        (false, true) => ".",
    });
    words
}

/// `a, b or c`.
pub(super) fn any_of<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    match all.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

pub(super) fn limit(row: &Row) -> String {
    let all: Vec<String> = row
        .up_to
        .iter()
        .map(|(currency, limit)| format!("{limit} {currency}"))
        .collect();
    any_of(all.iter().map(String::as_str))
}

pub(super) fn amount(amount: &Amount) -> String {
    let (whole, part) = (amount.cents / 100, amount.cents % 100);
    if part == 0 {
        format!("{whole} {}", amount.currency)
    } else {
        format!("{whole}.{part:02} {}", amount.currency)
    }
}
