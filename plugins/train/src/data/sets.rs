//! One reader for each set.

use super::csv::records;
use super::{Data, Part, Sample, part_of};
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};

fn sample(text: &str, class: usize, group: &str) -> Sample {
    Sample {
        text: text.to_owned(),
        class,
        group: group.to_owned(),
    }
}

/// TweetEval's tasks: `emotion`, `offensive`, `irony`, `sentiment` (validation only).
pub fn tweeteval(data: &Data, task: &str, part: Part) -> Result<Vec<Sample>> {
    let name = if part == Part::Train { "train" } else { "val" };
    let texts = data.text(&format!("tweeteval/{task}/{name}_text.txt"))?;
    let labels = data.text(&format!("tweeteval/{task}/{name}_labels.txt"))?;
    let class = |label: &str| label.trim().parse().context("a label of tweeteval is no number");
    texts
        .lines()
        .zip(labels.lines())
        .map(|(text, label)| Ok(sample(text, class(label)?, "")))
        .collect()
}

/// Tweets with negative 0, neutral 1, positive 2. Every second message of TweetEval's validation part stands in this
/// pool as well, written in another way: whatever has the same letters as one of them is left out.
pub fn semeval(data: &Data) -> Result<Vec<Sample>> {
    let text = data.text("semeval2017_4a/train.tsv")?;
    let class = |label: &str| ["negative", "neutral", "positive"].iter().position(|l| *l == label);
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    let mut seen: BTreeSet<String> = tweeteval(data, "sentiment", Part::Validation)?
        .iter()
        .map(|one| letters(&one.text))
        .collect();
    Ok(lines
        .filter_map(|(label, text)| Some(sample(&unescape(text), class(label)?, "")))
        .filter(|one| seen.insert(letters(&one.text)))
        .collect())
}

/// The first letters of a text without names and links: what two copies of it have in common.
fn letters(text: &str) -> String {
    let words = text
        .split_whitespace()
        .filter(|word| !word.starts_with('@') && !word.contains("://"));
    words
        .flat_map(str::chars)
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .take(40)
        .collect()
}

/// `\u2019` as the character it is.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..4)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        if let (Some(c), Some(rest)) = (code, part.get(4..)) {
            plain.push(c);
            plain.push_str(rest);
        } else {
            plain.push_str("\\u");
            plain.push_str(part);
        }
    }
    plain
        .replace("\\\"\"", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

/// Banking questions of 77 kinds. The set has no validation part: one in seven of its train part is it.
pub fn banking(data: &Data, part: Part) -> Result<(Vec<Sample>, usize)> {
    let rows = records(&data.text("banking77/train.csv")?);
    let names: Vec<String> = serde_json::from_str(&data.text("banking77/categories.json")?)?;
    let samples = rows.iter().skip(1).filter_map(|row| match row.as_slice() {
        [text, name] => Some(sample(text, names.iter().position(|n| n == name)?, "")),
        _ => None,
    });
    let mine = |one: &Sample| (part_of(&one.text, 7) == 0) == (part == Part::Validation);
    Ok((samples.filter(mine).collect(), names.len()))
}

/// What somebody asks of an assistant, 150 kinds; and what nobody could help with, in the last list.
pub fn clinc(data: &Data, part: Part) -> Result<(Vec<Sample>, Vec<String>)> {
    let all: BTreeMap<String, Vec<(String, String)>> = serde_json::from_str(&data.text("oos-eval/data_full.json")?)?;
    let list = |key: &str| {
        all.get(key)
            .with_context(|| format!("oos-eval/data_full.json has no {key}"))
    };
    let mut names: Vec<&str> = list("train")?.iter().map(|(_, intent)| intent.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let (known, unknown) = if part == Part::Train {
        ("train", "oos_train")
    } else {
        ("val", "oos_val")
    };
    let samples = list(known)?
        .iter()
        .filter_map(|(text, intent)| Some(sample(text, names.binary_search(&intent.as_str()).ok()?, "")));
    Ok((
        samples.collect(),
        list(unknown)?.iter().map(|(text, _)| text.clone()).collect(),
    ))
}

/// SMS: 1 is spam. What differs only in digits, signs and case is one message.
pub fn sms(data: &Data) -> Result<Vec<Sample>> {
    let text = data.text("sms-spam/train.tsv")?;
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let mut seen = BTreeSet::new();
    Ok(lines
        .filter(|(_, text)| seen.insert(plain(text)))
        .map(|(label, text)| sample(text, usize::from(label == "spam"), ""))
        .collect())
}

/// Posts to brands and posts to nobody: 1 is a complaint; the group is the domain.
pub fn complaints(data: &Data) -> Result<Vec<Sample>> {
    let rows = records(&data.text("complaints/complaints.csv")?);
    Ok(rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [_, text, label, domain] => Some(sample(text, usize::from(label == "1"), domain)),
            _ => None,
        })
        .collect())
}

/// Requests to a shop, made from templates.
pub fn bitext(data: &Data) -> Result<Vec<Sample>> {
    let rows = records(&data.text("bitext-intents/Bitext_Sample_Customer_Service_Training_Dataset.csv")?);
    Ok(rows
        .iter()
        .skip(1)
        .filter_map(|row| Some(sample(row.first()?, 0, row.get(6)?)))
        .collect())
}

/// Tweets in a disaster: 1 is about it.
pub fn crisis(data: &Data) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for event in ["2012_Sandy_Hurricane", "2013_Oklahoma_Tornado"] {
        let rows = records(&data.text(&format!("crisislex/T6/{event}.csv"))?);
        samples.extend(rows.iter().skip(1).filter_map(|row| match row.as_slice() {
            [_, text, label] => Some(sample(text, usize::from(label == "on-topic"), event)),
            _ => None,
        }));
    }
    Ok(samples)
}

/// Languages: the class is the place of its code in `codes`. Sentences, or pairs of words.
pub fn languages(data: &Data, pairs: bool, codes: &[&str]) -> Result<Vec<Sample>> {
    let name = if pairs {
        "lingua_wordpairs_16x250"
    } else {
        "lingua_sentences_16x250"
    };
    let text = data.text(&format!("langid/{name}.tsv"))?;
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    Ok(lines
        .filter_map(|(code, text)| Some(sample(text, codes.iter().position(|c| *c == code)?, code)))
        .collect())
}
