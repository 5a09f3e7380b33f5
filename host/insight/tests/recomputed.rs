//! Every number of the board against a second program (`tests/python/measures.py`), which has the facts and the definitions
//! and nothing of ours: a simulated month of two brands, in which the clocks of both change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // draws of small numbers
#![allow(clippy::print_stderr)] // a test program has no other way to say what is missing

mod month;

use jackfield_insight::measure::{Board, Dim, Filter, Number, Rows, Tally, Wait, facts_csv};
use libtest_mimic::{Arguments, Trial};
use month::{HOURS, UNTIL, house, month};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SEEDS: [u64; 3] = [1, 20_260_329, 77];
/// Of each seed; some seven thousand facts.
const CONVERSATIONS: usize = 700;
/// The views that both count.
const VIEWS: [&[Dim]; 8] = [
    &[],
    &[Dim::Brand],
    &[Dim::Channel],
    &[Dim::Team],
    &[Dim::Date],
    &[Dim::Hour],
    &[Dim::Brand, Dim::Hour],
    &[Dim::Channel, Dim::Team],
];

fn main() {
    let python = python();
    let there = python.is_some();
    let trial = |seed: u64| {
        let name = format!("an_independent_program_agrees_with_every_number_of_the_board_seed_{seed}");
        let python = python.clone();
        if !there {
            eprintln!(
                "skipped: {name}: no Python with zones; type: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt"
            );
        }
        let run = move || {
            agree(seed, &python.expect("a Python with zones"));
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!there)
    };
    let trials = SEEDS.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A Python that knows the zones: that of the checkout, else any.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = std::env::var_os("JACKFIELD_VENV").map_or_else(|| root.join(".venv"), PathBuf::from);
    let knows = |python: &PathBuf| {
        let asked = Command::new(python)
            .args(["-c", "import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')"])
            .output();
        asked.is_ok_and(|run| run.status.success())
    };
    [venv.join("bin/python"), PathBuf::from("python3")]
        .into_iter()
        .find(knows)
}

fn agree(seed: u64, python: &Path) {
    let facts = month(seed, CONVERSATIONS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.csv");
    std::fs::write(&path, facts_csv(&facts)).unwrap();
    let theirs = recompute(python, &path);
    let ours = figures(&Board::of(&Rows::read(&facts, &house(), UNTIL)));
    assert!(ours.len() > 5_000, "only {} figures", ours.len());
    for (name, value) in &ours {
        let other = theirs
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing there, {value} here"));
        let close = value == other
            || value
                .parse::<f64>()
                .ok()
                .zip(other.parse::<f64>().ok())
                .is_some_and(|(a, b)| name.is_fraction() && (a - b).abs() < 1e-9);
        assert!(close, "{name}: {value} here, {other} there");
    }
    assert_eq!(ours.len(), theirs.len(), "figures that are there and not here");
}

/// View, values, figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name(String, String, String);

impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} by {:?} of {:?}", self.2, self.0, self.1)
    }
}

impl Name {
    /// Counts and times agree to the digit, fractions but for their last digits.
    fn is_fraction(&self) -> bool {
        [".low", ".high", ".share"].iter().any(|end| self.2.ends_with(end))
    }
}

fn recompute(python: &Path, facts: &Path) -> BTreeMap<Name, String> {
    let hours: BTreeMap<&str, serde_json::Value> = HOURS
        .into_iter()
        .map(|(brand, zone, week, holidays)| {
            let week: BTreeMap<&str, &str> = week.iter().copied().collect();
            (
                brand,
                serde_json::json!({"zone": zone, "week": week, "holidays": holidays}),
            )
        })
        .collect();
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/measures.py"))
        .arg(facts)
        .arg(UNTIL.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(serde_json::to_string(&hours).unwrap().as_bytes())
        .unwrap();
    drop(stdin);
    let run = child.wait_with_output().unwrap();
    assert!(run.status.success(), "the other program failed");
    let text = String::from_utf8(run.stdout).unwrap();
    let lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines
        .map(|parts| {
            let [view, values, figure, number] = parts[..] else {
                panic!("{parts:?} are not four fields");
            };
            (
                Name(view.to_owned(), values.to_owned(), figure.to_owned()),
                number.to_owned(),
            )
        })
        .collect()
}

fn figures(board: &Board) -> BTreeMap<Name, String> {
    let mut all = BTreeMap::new();
    for dims in VIEWS {
        let view = dims.iter().map(|dim| dim.name()).collect::<Vec<_>>().join("/");
        for (key, tally) in board.by(dims, &Filter::new()) {
            for (figure, value) in of(&tally) {
                all.insert(Name(view.clone(), key.join("/"), figure), value);
            }
        }
    }
    all
}

fn of(tally: &Tally) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut tell = |name: &str, figure: &str, value: String| found.push((format!("{name}.{figure}"), value));
    for number in Number::ALL {
        let share = tally.share(number);
        if let Some((low, high)) = share.interval() {
            tell(number.name(), "of", share.of.to_string());
            tell(number.name(), "all", share.all.to_string());
            tell(number.name(), "low", low.to_string());
            tell(number.name(), "high", high.to_string());
        }
    }
    for wait in Wait::ALL {
        let Some(waits) = tally.waits.get(&wait) else { continue };
        tell(wait.name(), "ended", waits.ended.count().to_string());
        tell(wait.name(), "open", waits.open.count().to_string());
        for percent in [50_u32, 90, 99] {
            let found = waits.within(f64::from(percent) / 100.0);
            let shown = found.map_or_else(|| "unknown".to_owned(), |time| time.to_string());
            tell(wait.name(), &format!("p{percent}"), shown);
        }
        let curve = waits.curve();
        for (at, step) in [("last", curve.last()), ("middle", curve.get(curve.len() / 2))] {
            if let Some(step) = step {
                tell(wait.name(), &format!("{at}.share"), step.share.to_string());
                tell(wait.name(), &format!("{at}.low"), step.band.0.to_string());
                tell(wait.name(), &format!("{at}.high"), step.band.1.to_string());
            }
        }
    }
    found
}
