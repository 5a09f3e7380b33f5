//! Business time against two others: the Python package businesstimedelta, and a clock on the wall that is read minute
//! by minute (`tests/python/business_time.py`). 10 000 calendars and instants are drawn from two seeds, most of them
//! around a change of the clocks; where the package and we differ, the wall decides.
//!
//! The package is wrong where the clocks change: it takes a time that does not exist for a later one (so that a stretch
//! may end before it begins, and counts below zero), a time that comes twice for the second one, and a holiday for 24
//! hours whatever its day has; now and then it goes round in circles. Its nights forget what is left of them for whoever
//! asks in them, clocks or no clocks, so they are cut at midnight before it is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"
#![allow(clippy::print_stderr)] // a test program has no other way to say what is missing

use jackfield_desk::calendar::{Calendar, Written};
use jackfield_desk::policy::Faults;
use jiff::{Timestamp, tz::TimeZoneDatabase};
use libtest_mimic::{Arguments, Trial};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SEEDS: [u32; 2] = [20_261_124, 4];
/// Of each seed; a trial takes so many of them, seconds of computing.
const CASES: usize = 5_000;
const TRIAL: usize = 1_000;
/// How many of those on which the two agree are shown to the wall as well.
const SAMPLED: usize = 10;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn python() -> PathBuf {
    let venv = std::env::var_os("JACKFIELD_VENV").map_or_else(|| root().join(".venv"), PathBuf::from);
    venv.join("bin/python")
}

fn script(arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command.arg(root().join("host/desk/tests/python/business_time.py"));
    command.args(arguments);
    command
}

fn main() {
    let asked = Command::new(python())
        .args(["-c", "import businesstimedelta, tzdata"])
        .output();
    let there = asked.is_ok_and(|run| run.status.success());
    let mut trials = Vec::new();
    let all = SEEDS
        .into_iter()
        .flat_map(|seed| (0..CASES).step_by(TRIAL).map(move |first| (seed, first)));
    for (seed, first) in all {
        let name = format!("an_independent_implementation_and_the_wall_agree_with_us_seed_{seed}_from_{first}");
        if !there {
            let install = "python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt";
            eprintln!("skipped: {name}: no businesstimedelta; type: {install}");
        }
        let run = move || {
            agree(seed, first);
            Ok(())
        };
        trials.push(Trial::test(name, run).with_ignored_flag(!there));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A calendar, two instants, a span, all in seconds; and what the package says: between the two, and what is reached.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Case {
    calendar: Written,
    from: i64,
    to: i64,
    span: i64,
    said: Option<(i64, i64)>,
}

impl Case {
    fn ours(&self) -> (i64, i64) {
        let calendar = self.read();
        let reached = calendar
            .add(self.from * 1000, self.span * 1000)
            .expect("it opens again");
        (
            calendar.between(self.from * 1000, self.to * 1000) / 1000,
            reached / 1000,
        )
    }

    fn read(&self) -> Calendar {
        let mut faults = Faults::default();
        let calendar = self.calendar.read("calendar", &mut faults);
        calendar.unwrap_or_else(|| panic!("{faults:?} in {self:?}"))
    }

    /// The clocks change while it lasts, or within the day before or after.
    fn has_change(&self, until: i64) -> bool {
        let zone = TimeZoneDatabase::bundled().get(&self.calendar.zone).unwrap();
        let changes = zone.following(Timestamp::from_second(self.from - 86_400).unwrap());
        let mut near = changes.take_while(|change| change.timestamp().as_second() < self.to.max(until) + 86_400);
        near.next().is_some()
    }
}

fn agree(seed: u32, first: usize) {
    let run = script(&["cases", &seed.to_string(), &first.to_string(), &TRIAL.to_string()]).output();
    let run = run.expect("Python runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).expect("JSON");
    let cases: Vec<Case> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect();
    assert_eq!(cases.len(), TRIAL);

    let (mut agreed, mut differ, mut special) = (0, 0, 0);
    let mut doubtful = Vec::new();
    for case in cases {
        let ours = case.ours();
        match case.said {
            None => special += 1,
            Some(said) if said == ours => {
                agreed += 1;
                if agreed % (TRIAL / SAMPLED) != 0 {
                    continue;
                }
            }
            Some(said) => {
                differ += 1;
                let until = said.1.max(ours.1);
                assert!(
                    case.has_change(until),
                    "seed {seed}: {said:?} and not {ours:?} for {case:?}"
                );
            }
        }
        doubtful.push((case, ours));
    }
    assert!(agreed > 700, "seed {seed}: the package agrees {agreed} times only");
    assert!(
        differ > 5 && special > 40,
        "seed {seed}: {differ} differ, {special} are special"
    );

    let mut judge = script(&["judge"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut stdin = judge.stdin.take().expect("a pipe");
    let questions: Vec<String> = doubtful
        .iter()
        .map(|(case, _)| serde_json::to_string(case).unwrap())
        .collect();
    let asking = std::thread::spawn(move || {
        for question in questions {
            writeln!(stdin, "{question}").expect("Python reads");
        }
    });
    let answered = judge.wait_with_output().expect("Python ends");
    asking.join().expect("all were asked");
    let answers = String::from_utf8(answered.stdout).expect("JSON");
    assert_eq!(answers.lines().count(), doubtful.len(), "one answer each");
    for ((case, ours), answer) in doubtful.iter().zip(answers.lines()) {
        let wall: (i64, i64) = serde_json::from_str(answer).expect("an answer");
        assert_eq!(
            *ours,
            wall,
            "seed {seed}: the wall says {wall:?}, we {ours:?}, the package {:?}, for {}",
            case.said,
            serde_json::to_string(case).unwrap()
        );
    }
    eprintln!(
        "seed {seed}: {agreed} agree, {differ} where the clocks change and the wall is with us, {special} with special days"
    );
}
