//! Holidays out of iCal texts: what is understood takes its time away, what is not is refused by its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_desk::calendar::{Calendar, Written};
use jackfield_desk::policy::Faults;
use jackfield_protocol::Millis;

fn read(events: &str) -> Result<Calendar, String> {
    let ics = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
        events.replace('\n', "\r\n")
    );
    let written = Written {
        zone: "Europe/Berlin".to_owned(),
        week: [("mon-sun".to_owned(), vec!["08:00-18:00".to_owned()])].into(),
        ics: Some(ics),
        ..Written::default()
    };
    let mut faults = Faults::default();
    let calendar = written.read("calendars.it", &mut faults);
    calendar.ok_or_else(|| faults.iter().next().unwrap().to_string())
}

/// The open hours of a date in Berlin.
fn hours(calendar: &Calendar, date: &str) -> Millis {
    let midnight = |text: &str| {
        format!("{text}T00:00:00Z")
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond()
    };
    // From 1:00 or 2:00 in the morning to that of the next day: nobody is open then.
    calendar.between(midnight(date), midnight(date) + 86_400_000) / 3_600_000
}

fn check(event: &str, expected: &[(&str, Millis)]) {
    let calendar =
        read(&format!("BEGIN:VEVENT\nSUMMARY:x\n{event}\nEND:VEVENT\n")).unwrap_or_else(|fault| panic!("{fault}"));
    for (date, open) in expected {
        assert_eq!(hours(&calendar, date), *open, "{date}: {event}");
    }
}

#[test]
fn an_event_takes_its_time_away() {
    check(
        "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227",
        &[
            ("2026-12-24", 10),
            ("2026-12-25", 0),
            ("2026-12-26", 0),
            ("2026-12-27", 10),
        ],
    );
    check("DTSTART;VALUE=DATE:20261225", &[("2026-12-25", 0), ("2026-12-26", 10)]);
    check(
        "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225",
        &[("2026-12-25", 0), ("2026-12-26", 10)],
    );
    check(
        "DTSTART;VALUE=DATE:20261225\nDURATION:P2D",
        &[("2026-12-26", 0), ("2026-12-27", 10)],
    );
    check(
        "DTSTART:20261224T140000\nDTEND:20261225T100000",
        &[("2026-12-24", 6), ("2026-12-25", 8)],
    );
    check("DTSTART:20261224T130000Z\nDURATION:PT4H", &[("2026-12-24", 6)]);
    check(
        "DTSTART;TZID=America/New_York:20261224T080000\nDTEND;TZID=America/New_York:20261224T110000",
        &[("2026-12-24", 7)],
    );
    check("DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED", &[("2026-12-25", 10)]);
}

#[test]
fn what_comes_every_year_comes_every_year() {
    check(
        "DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY",
        &[
            ("2019-10-03", 10),
            ("2020-10-03", 0),
            ("2044-10-03", 0),
            ("2044-10-04", 10),
        ],
    );
    check(
        "DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2",
        &[
            ("2020-10-03", 0),
            ("2021-10-03", 10),
            ("2022-10-03", 0),
            ("2024-10-03", 10),
        ],
    );
    check(
        "DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;UNTIL=20221003",
        &[("2022-10-03", 0), ("2023-10-03", 10)],
    );
    check(
        "DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
        &[("2026-05-25", 0), ("2027-05-31", 0), ("2027-05-24", 10)],
    );
    check(
        "DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261003",
        &[("2026-10-03", 10), ("2027-10-03", 0)],
    );
    check(
        "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY",
        &[("2026-02-28", 10), ("2026-03-01", 10), ("2028-02-29", 0)],
    );
    // What begins on the last day of a year goes on into the next.
    check(
        "DTSTART;VALUE=DATE:20201231\nDTEND;VALUE=DATE:20210102\nRRULE:FREQ=YEARLY",
        &[("2030-12-31", 0), ("2031-01-01", 0), ("2031-01-02", 10)],
    );
}

#[test]
fn a_folded_line_and_an_event_within_an_event_are_read() {
    check(
        "DESCRIPTION:a line that is\n  folded\nDTSTART;VALUE=DATE:20261225\nBEGIN:VALARM\nTRIGGER:-PT1H\nDTSTART:20200101T000000\nEND:VALARM",
        &[("2026-12-25", 0)],
    );
}

#[test]
fn what_is_not_understood_is_refused_by_its_name() {
    let check = |event: &str, expected: &str| {
        let fault = read(&format!("BEGIN:VEVENT\nSUMMARY:Carnival\n{event}\nEND:VEVENT\n")).unwrap_err();
        assert_eq!(fault, format!("calendars.it.ics, event 1 (Carnival): {expected}"));
    };
    check(
        "DTSTART;VALUE=DATE:20260230",
        "DTSTART:20260230 is no date that there is: correct it.",
    );
    check("UID:1", "it has no DTSTART: say when it begins.");
    check(
        "DTSTART:20261224T140000",
        "it has a beginning with a time and no end: write DTEND.",
    );
    check(
        "DTSTART;VALUE=DATE:20261225\nDTEND:20261226T000000",
        "DTSTART and DTEND are of different kinds: write both as dates, or both with a time.",
    );
    check(
        "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=WEEKLY",
        "RRULE:FREQ=WEEKLY is not of a year: write FREQ=YEARLY, or each date as an event.",
    );
    check(
        "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYSETPOS=1",
        "BYSETPOS=1 in RRULE is not understood: write each date as an event of its own.",
    );
    check(
        "DTSTART;VALUE=DATE:20261225\nRDATE;VALUE=DATE:20271225",
        "RDATE is not understood: write each date as an event of its own.",
    );
    check(
        "DTSTART;TZID=Mars/Olympus:20261224T140000\nDURATION:PT1H",
        "there is no time zone \"Mars/Olympus\": use a name such as Europe/Berlin, or UTC.",
    );
    let broken = |ics: &str| {
        let written = Written {
            zone: "UTC".to_owned(),
            ics: Some(ics.to_owned()),
            ..Written::default()
        };
        let mut faults = Faults::default();
        written.read("c", &mut faults);
        faults.iter().next().unwrap().to_string()
    };
    assert!(broken("<html>").starts_with("c.ics: this is no iCal text"));
    assert!(broken("BEGIN:VCALENDAR\nBEGIN:VEVENT\n").starts_with("c.ics: this iCal text is broken or cut short"));
}
