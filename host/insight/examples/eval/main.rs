//! How good forecasts, alerts and incidents are on data that nobody planted, beside what others reach.
//!
//! `JACKFIELD_DATA=folder cargo run --release -p jackfield-insight --example eval [-- forecast | alerts | incidents]`
//!
//! The folder has data sets under their names, `nab/data/realTweets` and so on; what is not there is left out and said.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)] // an example prints
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)] // small counts

mod cases;
mod groups;
mod nab;
mod series;

fn main() {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("incidents") {
        incidents();
    }
    if wanted("forecast") {
        forecast();
    }
    if wanted("alerts") {
        alerts();
    }
}

/// Prints a row: what, ours, what it has to be, what others have.
fn row(what: &str, ours: &str, target: &str, others: &str) {
    println!("| {what} | {ours} | {target} | {others} |");
}

fn forecast() {
    println!("\nForecast of the last 40 %, horizon by horizon; MASE by the day before on the first 60 %\n");
    row(
        "series",
        "MASE / WAPE",
        "must, ahead",
        "the week before; worst week of it; outside the 80 % band; chosen",
    );
    row("---", "---", "---", "---");
    for (name, per_day, horizon) in [
        ("15 min, a day", 96, 96),
        ("hourly, a day", 24, 24),
        ("daily, a week", 1, 7),
    ] {
        let Some(all) = series::all(per_day) else {
            println!("JACKFIELD_DATA names no folder with nab/data in it");
            return;
        };
        forecasts(name, &all, per_day, horizon);
    }
}

fn forecasts(what: &str, all: &[(String, Vec<f64>)], per_day: usize, horizon: usize) {
    let (mut sum, mut tweets) = (0.0, 0.0);
    for (name, values) in all {
        let taxi = name == "nyc_taxi";
        if taxi && per_day > 48 {
            continue; // it was counted by half hours
        }
        let held = series::held_out(values, per_day, horizon);
        if !taxi {
            sum += held.scaled;
            tweets += 1.0;
        }
        let mut chosen: Vec<(u32, String)> = held.chosen.iter().map(|(model, n)| (*n, model.name())).collect();
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        let chosen: Vec<String> = chosen.iter().map(|(n, name)| format!("{n} x {name}")).collect();
        let lost = held.weeks.iter().filter(|ratio| **ratio > 1.0).count();
        let worst = held.weeks.iter().copied().fold(0.0, f64::max);
        let weeks = format!("{lost} of {} lost, worst {worst:.2}", held.weeks.len());
        let outside = format!(
            "{:.1} % above, {:.1} % below",
            100.0 * held.outside.0,
            100.0 * held.outside.1
        );
        row(
            &format!("{name}, {what}"),
            &format!("{:.3} / {:.3}", held.scaled, held.relative),
            "",
            &format!("{:.3}; {weeks}; {outside}; {}", held.naive, chosen.join("; ")),
        );
    }
    let (target, others) = match per_day {
        24 => ("<= .70, <= .66", "4-week median .699 on ten series"),
        _ => ("", ""),
    };
    let name = format!("mean of the tweet series, {what}");
    row(&name, &format!("{:.3}", sum / tweets), target, others);
}

fn alerts() {
    println!(
        "\nNAB realTweets, streaming, one threshold for all files, seasonal expectation off; null is 0, perfect 100\n"
    );
    let Some(files) = nab::files().filter(|files| files.len() > 1) else {
        println!("JACKFIELD_DATA names no folder with nab/data/realTweets and nab/labels/windows.json in it");
        return;
    };
    row(
        "profile",
        "threshold left-one-file-out",
        "must, ahead",
        "threshold fitted on all; settings left out, too; others",
    );
    row("---", "---", "---", "---");
    for profile in nab::PROFILES {
        let found = nab::run(&files, profile);
        let (target, others) = match profile.0 {
            "standard" => (
                ">= 60, >= 70",
                "ADVec 59.6, HTM 69.3, CAD OSE 74.5, ARTime 83.2 (fitted, ten files)",
            ),
            _ => ("", ""),
        };
        let beside = format!("{:.1}; {:.1}; {others}", found.fitted, found.all_left_out);
        row(
            &format!("{}, {} files", profile.0, files.len()),
            &format!("{:.1}", found.left_out),
            target,
            &beside,
        );
    }
}

fn incidents() {
    println!(
        "\nIncidents: copies made of complaints, and labelled grievances grouped as they come, without the labels\n"
    );
    row("task", "ours", "must, ahead", "others");
    row("---", "---", "---", "---");
    match groups::complaints(1_500).filter(|texts| texts.len() > 100) {
        Some(texts) => {
            let (recall, wrong) = groups::copies(&texts, 20_261_124);
            let ours = format!("{recall:.3} recall, {:.2} % with a false one", 100.0 * wrong);
            let target = ">= .98 at <= .5 %, >= .995 at <= .2 %";
            row(
                &format!("copies of {} complaints", texts.len()),
                &ours,
                target,
                "SimHash-64 .90 at .8 %",
            );
        }
        None => println!("JACKFIELD_DATA names no folder with complaints/complaints.csv in it"),
    }
    match groups::banking() {
        Some(rows) => {
            let (precision, recall, count) = groups::cubed(&rows, 1);
            let f1 = 2.0 * precision * recall / (precision + recall);
            let ours = format!("B-cubed {precision:.3} precision, {recall:.3} recall, F1 {f1:.3}, {count} groups");
            row(
                &format!("banking77, {} texts, 77 intents", rows.len()),
                &ours,
                "none stated",
                "",
            );
        }
        None => println!("JACKFIELD_DATA names no folder with banking77/train.csv in it"),
    }
}
