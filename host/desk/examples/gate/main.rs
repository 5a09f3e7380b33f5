//! How often the gate stands in the way, and what it costs, on texts of your own.
//!
//! `cargo run --release --example gate -- FILE...` reads each line as one reply; of a `.csv` or `.tsv` file, the longest
//! field of each row. `JACKFIELD_DICTIONARIES` names a folder with Hunspell files (`en.aff`, `en.dic`); without it
//! spelling is not looked at. What is measured against is a plain search for the same words in the same text.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing
)] // it is run by hand, and says what it found

use aho_corasick::AhoCorasick;
use jackfield_desk::gate::{Context, Dictionaries, Draft, Gate, Rule, Severity, Voice};
use jackfield_protocol::{Counting, Visibility};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("Name files with one text on each line: cargo run --release --example gate -- FILE...");
        std::process::exit(2);
    }
    let voice: Voice = toml::from_str(include_str!("voice.toml")).unwrap();
    let dictionaries = dictionaries();
    println!(
        "dictionaries: {}",
        dictionaries.languages().collect::<Vec<_>>().join(", ")
    );
    let words: Vec<String> = voice.forbidden.iter().flat_map(|list| list.words.clone()).collect();
    let plain = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(&words)
        .unwrap();
    let gate = Gate::new(voice.clone(), Arc::new(dictionaries));
    let bare = Gate::new(voice, Arc::default());
    for file in files {
        match std::fs::read_to_string(&file) {
            Ok(text) => measure(&file, &texts(&file, &text), [&gate, &bare], &plain),
            Err(why) => eprintln!("{file}: {why}"),
        }
    }
}

fn draft(text: &str) -> Draft {
    Draft {
        text: text.to_owned(),
        visibility: Visibility::Public,
        counting: Counting::Characters,
        max_length: None,
        prefix: String::new(),
        signature: 0,
    }
}

fn measure(file: &str, texts: &[String], gates: [&Gate; 2], plain: &AhoCorasick) {
    let context = Context::default();
    let drafts: Vec<Draft> = texts.iter().map(|text| draft(text)).collect();
    let mut by_rule: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut of: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    let (mut blocked, mut asked) = (0, 0);
    for draft in &drafts {
        let findings = gates[0].check(draft, &context);
        blocked += usize::from(findings.iter().any(|finding| finding.severity == Severity::Block));
        asked += usize::from(findings.iter().any(|finding| finding.severity >= Severity::Ask));
        let mut rules: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
        rules.dedup();
        for rule in rules {
            *by_rule.entry(rule).or_default() += 1;
        }
        for finding in findings {
            let words: String = draft
                .text
                .chars()
                .skip(finding.span.0)
                .take(finding.span.1 - finding.span.0)
                .collect();
            of.entry(finding.rule).or_default().push(words);
        }
    }
    let share = |count: usize| 100.0 * count as f64 / drafts.len().max(1) as f64;
    println!("\n{file}: {} texts", drafts.len());
    println!(
        "  blocked {blocked} ({:.2} %), asked or blocked {asked} ({:.2} %)",
        share(blocked),
        share(asked)
    );
    for (rule, count) in &by_rule {
        let mut some: Vec<&String> = of[rule].iter().collect();
        some.sort();
        some.dedup();
        let step = some.len().div_ceil(8).max(1);
        let some: Vec<&str> = some.into_iter().step_by(step).map(String::as_str).collect();
        println!(
            "  {:<26} {count:>6} ({:>5.2} %)  {}",
            rule.words(),
            share(*count),
            some.join(" | ")
        );
    }
    let floor = time(|| drafts.iter().map(|draft| plain.find_iter(&draft.text).count()).sum());
    for (name, gate) in [("without spelling", gates[1]), ("with dictionaries", gates[0])] {
        let ours = time(|| drafts.iter().map(|draft| gate.check(draft, &context).len()).sum());
        let each = |nanos: f64| nanos / 1000.0 / drafts.len().max(1) as f64;
        println!(
            "  {name}: {:.1} us a text; a plain search {:.2} us; ratio {:.0}",
            each(ours),
            each(floor),
            ours / floor
        );
    }
}

/// The shortest of five runs, in nanoseconds.
fn time(mut run: impl FnMut() -> usize) -> f64 {
    let one = |()| {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_nanos() as f64
    };
    [(); 5].map(one).into_iter().fold(f64::MAX, f64::min)
}

fn dictionaries() -> Dictionaries {
    let mut made = Dictionaries::default();
    let Ok(folder) = std::env::var("JACKFIELD_DICTIONARIES") else {
        return made;
    };
    for language in ["en", "de", "fr", "es", "it", "nl"] {
        let read = |ending: &str| std::fs::read_to_string(format!("{folder}/{language}.{ending}"));
        if let (Ok(aff), Ok(dic)) = (read("aff"), read("dic"))
            && let Err(why) = made.add(language, &aff, &dic)
        {
            eprintln!("{why}");
        }
    }
    made
}

/// Lines; of a table, the longest field of each row.
fn texts(file: &str, text: &str) -> Vec<String> {
    let separator = match file.rsplit('.').next() {
        Some("csv") => Some(','),
        Some("tsv") => Some('\t'),
        _ => None,
    };
    let Some(separator) = separator else {
        return text
            .lines()
            .map(str::to_owned)
            .filter(|line| !line.trim().is_empty())
            .collect();
    };
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.chars() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if separator == ',' => quoted = !quoted,
            '\n' if !quoted => rows.push(vec![String::new()]),
            c if c == separator && !quoted => row.push(String::new()),
            c => row.last_mut().unwrap().push(c),
        }
    }
    let longest = |row: Vec<String>| {
        row.into_iter()
            .max_by_key(|field| field.chars().count())
            .unwrap_or_default()
    };
    rows.into_iter()
        .skip(1)
        .map(longest)
        .filter(|text| !text.trim().is_empty())
        .collect()
}
