//! Groups of texts against labels: copies that were made, and grievances that people sorted.

use crate::cases::copy;
use crate::series::folder;
use jackfield_insight::draw::Draw;
use jackfield_insight::incident::{Book, Post, likeness};
use std::collections::BTreeMap;

/// Texts and labels of `banking77/train.csv`; a text may be quoted.
pub(crate) fn banking() -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(folder()?.join("banking77/train.csv")).ok()?;
    let mut rows = Vec::new();
    let mut open = String::new();
    for line in text.lines().skip(1) {
        open.push_str(line);
        // A quoted text may have line ends in it.
        if open.matches('"').count() % 2 == 1 {
            open.push(' ');
            continue;
        }
        if let Some((text, label)) = open.rsplit_once(',') {
            rows.push((text.trim_matches('"').replace("\"\"", "\""), label.to_owned()));
        }
        open.clear();
    }
    Some(rows)
}

/// B-cubed precision and recall of the groups of such texts, in a drawn order, each by somebody else.
pub(crate) fn cubed(rows: &[(String, String)], seed: u64) -> (f64, f64, usize) {
    let mut draw = Draw::new(seed);
    let mut order: Vec<(u64, usize)> = (0..rows.len()).map(|at| (draw.word(), at)).collect();
    order.sort_unstable();
    let mut book = Book::default();
    let mut placed = Vec::new();
    for (minute, (_, at)) in order.into_iter().enumerate() {
        let post = Post {
            id: at.to_string(),
            at: minute as i64 * 60_000,
            person: at.to_string(),
            text: rows[at].0.clone(),
        };
        placed.push((book.add(post).post, rows[at].1.as_str()));
    }
    let (mut both, mut groups, mut labels) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (post, label) in &placed {
        let group = book.group_of(*post);
        *both.entry((group, *label)).or_insert(0.0) += 1.0;
        *groups.entry(group).or_insert(0.0) += 1.0;
        *labels.entry(*label).or_insert(0.0) += 1.0;
    }
    let (mut precision, mut recall) = (0.0, 0.0);
    for ((group, label), count) in &both {
        let count: f64 = *count;
        precision += count * count / groups[group];
        recall += count * count / labels[label];
    }
    let all = placed.len() as f64;
    (precision / all, recall / all, groups.len())
}

/// The share of made copies that are still alike, and of texts that are alike to one of 300 others.
pub(crate) fn copies(texts: &[String], seed: u64) -> (f64, f64) {
    let mut draw = Draw::new(seed);
    let (mut found, mut wrong) = (0.0, 0.0);
    for text in texts {
        found += f64::from(u8::from(likeness(text, &copy(text, &mut draw)) >= 0.33));
        let other = (0..300).any(|_| {
            let other = &texts[draw.below(texts.len() as u64) as usize];
            other != text && likeness(text, other) >= 0.33
        });
        wrong += f64::from(u8::from(other));
    }
    (found / texts.len() as f64, wrong / texts.len() as f64)
}

/// Complaints longer than fifty letters, out of `complaints/complaints.csv`.
pub(crate) fn complaints(most: usize) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(folder()?.join("complaints/complaints.csv")).ok()?;
    let long = text.lines().skip(1).filter(|line| line.chars().count() > 70);
    let texts = long
        .filter_map(|line| line.split_once(','))
        .map(|(_, rest)| rest.rsplitn(3, ',').last().unwrap_or(rest));
    let mut texts: Vec<String> = texts
        .map(|text| text.trim_matches('"').to_owned())
        .filter(|t| t.chars().count() > 50)
        .collect();
    texts.sort();
    texts.dedup();
    texts.truncate(most);
    Some(texts)
}
