//! Business time: what stands in a calendar is what it says, and what holds for any zone and any week.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

use jackfield_desk::calendar::{Calendar, Written};
use jackfield_desk::policy::Faults;
use jackfield_protocol::Millis;
use jiff::{Timestamp, tz::TimeZoneDatabase};
use proptest::prelude::*;

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

fn at(text: &str) -> Millis {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn shown(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap().to_string()
}

fn written(json: &str) -> Written {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn calendar(json: &str) -> Calendar {
    let mut faults = Faults::default();
    let calendar = written(json).read("calendars.it", &mut faults);
    calendar.unwrap_or_else(|| panic!("{faults:?}"))
}

/// From here, so much business time leads there; and from here to there is so much business time.
fn check(json: &str, from: &str, span: Millis, to: &str) {
    let calendar = calendar(json);
    let reached = calendar.add(at(from), span).map(shown);
    assert_eq!(reached.as_deref(), Some(to), "{from} and {span} ms in {json}");
    assert_eq!(calendar.between(at(from), at(to)), span, "{from} to {to} in {json}");
    assert_eq!(calendar.between(at(to), at(from)), -span, "{to} to {from} in {json}");
}

const OFFICE: &str = r#"{ "zone": "Europe/Berlin", "week": { "mon-thu": ["09:00-12:30", "13:30-17:00"], "fri": ["09:00-15:00"] },
    "holidays": ["05-01", "2026-12-24..2026-12-26"], "special": { "2026-12-23": ["10:00-12:00"] } }"#;

#[test]
fn a_span_runs_through_lunch_evenings_weekends_and_holidays() {
    // Tuesday in June: 11:30, one hour before lunch and one after it.
    check(OFFICE, "2026-06-16T09:30:00Z", 2 * HOUR, "2026-06-16T12:30:00Z");
    // Friday 14:00 and four hours: Monday 12:00.
    check(OFFICE, "2026-06-19T12:00:00Z", 4 * HOUR, "2026-06-22T10:00:00Z");
    // The instant at which it shuts is reached; the next morning is not waited for.
    check(OFFICE, "2026-06-19T12:00:00Z", HOUR, "2026-06-19T13:00:00Z");
    // The 1st of May 2026 is a Friday: Thursday 16:00 and two hours are Monday 10:00.
    check(OFFICE, "2026-04-30T14:00:00Z", 2 * HOUR, "2026-05-04T08:00:00Z");
    // A special day, then Christmas, then a weekend: the 23rd 11:30, half an hour there, half an hour on Monday.
    check(OFFICE, "2026-12-23T10:30:00Z", HOUR, "2026-12-28T08:30:00Z");
}

#[test]
fn the_clocks_take_an_hour_and_give_it_back() {
    let night = r#"{ "zone": "Europe/Berlin", "week": { "sat": ["22:00-06:00"] } }"#;
    // Spring, 29 March 2026: seven hours; autumn, 25 October 2026: nine.
    check(night, "2026-03-28T21:00:00Z", 7 * HOUR, "2026-03-29T04:00:00Z");
    check(night, "2026-10-24T20:00:00Z", 9 * HOUR, "2026-10-25T05:00:00Z");

    // 02:30 does not exist on that morning: it is the instant of the jump, 01:00 UTC.
    let gap = calendar(r#"{ "zone": "Europe/Berlin", "week": { "sun": ["02:30-04:00"] } }"#);
    assert_eq!(
        gap.next_change(at("2026-03-28T12:00:00Z")).map(shown).as_deref(),
        Some("2026-03-29T01:00:00Z")
    );
    assert_eq!(
        gap.between(at("2026-03-28T12:00:00Z"), at("2026-03-30T00:00:00Z")),
        HOUR
    );
    // A stretch that lies within the jump is no time at all.
    let inside = calendar(r#"{ "zone": "Europe/Berlin", "week": { "sun": ["02:10-02:50"] } }"#);
    assert_eq!(
        inside.between(at("2026-03-28T12:00:00Z"), at("2026-03-30T00:00:00Z")),
        0
    );

    // 02:30 comes twice: the first one counts, and the stretch is one stretch.
    let fold = calendar(r#"{ "zone": "Europe/Berlin", "week": { "sun": ["02:30-04:00"] } }"#);
    assert_eq!(
        fold.next_change(at("2026-10-24T12:00:00Z")).map(shown).as_deref(),
        Some("2026-10-25T00:30:00Z")
    );
    assert_eq!(
        fold.next_change(at("2026-10-25T00:30:00Z")).map(shown).as_deref(),
        Some("2026-10-25T03:00:00Z")
    );
    assert!(
        fold.open_at(at("2026-10-25T01:15:00Z")),
        "02:15 for the second time: it has been open since 02:30"
    );
}

#[test]
fn a_day_that_a_country_leaves_out_has_no_hours() {
    // Samoa went from the 29th to the 31st of December 2011.
    let apia = calendar(r#"{ "zone": "Pacific/Apia", "week": { "mon-sun": ["09:00-17:00"] } }"#);
    assert_eq!(
        apia.between(at("2011-12-29T12:00:00Z"), at("2011-12-31T12:00:00Z")),
        2 * 8 * HOUR
    );
}

#[test]
fn a_holiday_is_shut_from_midnight_to_midnight_and_a_special_day_has_its_own_hours() {
    let night = r#""zone": "UTC", "week": { "mon-sun": ["22:00-06:00"] }"#;
    let holiday = format!(r#"{{ {night}, "holidays": ["2026-06-16"] }}"#);
    // The 15th 22:00 to midnight, nothing on the 16th, the 17th from midnight.
    check(&holiday, "2026-06-15T21:00:00Z", 3 * HOUR, "2026-06-17T01:00:00Z");
    let special =
        format!(r#"{{ {night}, "holidays": ["2026-06-16"], "special": {{ "2026-06-16": ["20:00-03:00"] }} }}"#);
    check(&special, "2026-06-15T21:00:00Z", 3 * HOUR, "2026-06-16T21:00:00Z");
    // The 17th has the usual night of the 16th and that of the special day, once.
    check(&special, "2026-06-16T21:00:00Z", 9 * HOUR, "2026-06-17T06:00:00Z");
    let cut = r#"{ "zone": "UTC", "week": { "mon": ["09:00-10:00"] }, "holidays": ["06-17"], "special": { "2026-06-16": ["20:00-03:00"] } }"#;
    check(cut, "2026-06-16T19:00:00Z", 4 * HOUR, "2026-06-17T00:00:00Z");
    check(cut, "2026-06-16T21:00:00Z", 4 * HOUR, "2026-06-22T10:00:00Z");
}

#[test]
fn a_house_that_never_shuts_and_one_that_never_opens_again_say_so() {
    let always = calendar(r#"{ "zone": "Europe/London", "week": { "mon-sun": ["00:00-24:00"] } }"#);
    let from = at("2026-03-20T12:00:00Z");
    assert!(always.open_at(from));
    assert_eq!(always.next_change(from), None);
    assert_eq!(always.add(from, 30 * DAY), Some(from + 30 * DAY));
    let once = calendar(r#"{ "zone": "UTC", "special": { "2026-06-16": ["09:00-10:00"] } }"#);
    assert_eq!(once.add(from, HOUR), Some(at("2026-06-16T10:00:00Z")));
    assert_eq!(once.add(from, HOUR + 1), None);
    assert_eq!(once.next_change(at("2026-06-16T10:00:00Z")), None);
    for far in [Millis::MIN, Millis::MAX, -9_000_000_000_000_000, 9_000_000_000_000_000] {
        always.open_at(far);
        once.next_change(far);
        let _ = (once.between(from, far), always.wall(far), always.add(far, HOUR));
    }
}

/// Everything that is wrong, as an operator reads it.
fn wrongs(json: &str) -> Vec<String> {
    let mut faults = Faults::default();
    assert_eq!(written(json).read("calendars.it", &mut faults), None, "{json}");
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_its_repair() {
    let check = |json: &str, expected: &[&str]| assert_eq!(wrongs(json), expected, "{json}");
    let week = r#""week": { "mon": ["09:00-17:00"] }"#;
    check(
        r#"{ "zone": "Europe/Berlni", "week": { "mon": ["09:00-17:00"] } }"#,
        &[r#"calendars.it.zone: there is no time zone "Europe/Berlni": write "Europe/Berlin"."#],
    );
    check(
        r#"{ "zone": "UTC", "week": { "mon": ["9-17"], "workday": [], "tue-wed": ["09:00-12:00"], "wed": ["11:00-13:00"] } }"#,
        &[
            r#"calendars.it.week.mon[0]: "9" is no time of day: write from and to, such as 09:00-12:30, or 22:00-06:00 over midnight."#,
            r#"calendars.it.week.wed: wed is in tue-wed already: name each day once."#,
            r#"calendars.it.week.workday: "workday" is no day of the week: use mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri."#,
            r#"calendars.it.week: on wed, 09:00-12:00 and 11:00-13:00 overlap: write them as one, or let the second begin where the first ends."#,
        ],
    );
    check(
        r#"{ "zone": "UTC", "week": { "mon": ["22:00-06:00"], "tue": ["05:00-08:00"] } }"#,
        &[
            "calendars.it.week: on tue, 00:00-06:00 and 05:00-08:00 overlap: write them as one, or let the second begin where the first ends.",
        ],
    );
    check(
        &format!(
            r#"{{ "zone": "UTC", {week}, "holidays": ["2026-02-30", "2026-12-26..2026-12-24", "2026-01-01..2036-01-01"], "special": {{ "Xmas": [] }} }}"#
        ),
        &[
            r#"calendars.it.holidays[0]: "2026-02-30" is no date that there is: write 2026-12-25, 2026-12-24..2027-01-01, or 12-25 for every year."#,
            r#"calendars.it.holidays[1]: "2026-12-26..2026-12-24" ends before it begins: write the earlier date first."#,
            r#"calendars.it.holidays[2]: "2026-01-01..2036-01-01" is longer than a year: correct the year, or write several ranges."#,
            r#"calendars.it.special.Xmas: "Xmas" is no date that there is: write it as 2026-12-24."#,
        ],
    );
    check(
        r#"{ "zone": "UTC" }"#,
        &[r#"calendars.it.week: it is never open: write hours for at least one day: mon-fri = ["09:00-17:00"]."#],
    );
}

#[test]
fn a_century_is_answered_in_a_moment() {
    let calendar = calendar(OFFICE);
    let (from, to) = (at("2020-01-01T00:00:00Z"), at("2120-01-01T00:00:00Z"));
    let open = calendar.between(from, to);
    assert_eq!(
        calendar.add(from, open).map(|end| calendar.between(from, end)),
        Some(open)
    );
}

/// Any zone of the database, any week, holidays and special days near an instant; every second instant is within two
/// days of a change of that zone's clocks.
fn drawn() -> impl Strategy<Value = (Calendar, Millis)> {
    let names: Vec<String> = TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.to_string())
        .collect();
    let time = || (0..96_u32).prop_map(|quarter| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15));
    let day = prop_oneof![
        2 => Just(vec![]),
        3 => (time(), time()).prop_map(|(a, b)| if a == b { vec!["00:00-24:00".to_owned()] } else { vec![format!("{a}-{b}")] }),
        3 => (0..40_u32, 1..20_u32, 1..10_u32, 1..20_u32).prop_map(|(a, b, c, d)| {
            let show = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
            vec![format!("{}-{}", show(a), show(a + b)), format!("{}-{}", show(a + b + c), show(a + b + c + d))]
        }),
    ];
    let week = proptest::collection::vec(day.clone(), 7);
    let instant = (0..4_102_444_800_i64, any::<bool>(), -2 * DAY..2 * DAY);
    let dates = (
        proptest::collection::vec(-9..9_i64, 0..4),
        proptest::collection::vec((-9..9_i64, day), 0..3),
    );
    (proptest::sample::select(names), week, instant, dates).prop_filter_map(
        "a week with overlaps",
        |(zone, week, (second, near, off), (holidays, special))| {
            let zoned = TimeZoneDatabase::bundled().get(&zone).unwrap();
            let from = Timestamp::from_second(second).unwrap();
            let change = zoned.following(from).next().filter(|_| near);
            let middle = change.map_or(second * 1000, |change| change.timestamp().as_millisecond() + off);
            let date = |days: &i64| {
                let there = Timestamp::from_millisecond(middle + days * DAY).unwrap();
                zoned.to_datetime(there).date().to_string()
            };
            let written = Written {
                zone,
                week: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                    .map(str::to_owned)
                    .into_iter()
                    .zip(week)
                    .collect(),
                holidays: holidays.iter().map(date).collect(),
                special: special
                    .iter()
                    .map(|(days, hours)| (date(days), hours.clone()))
                    .collect(),
                ics: None,
            };
            let calendar = written.read("c", &mut Faults::default())?;
            Some((calendar, middle))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_added_is_between((calendar, from) in drawn(), span in 0..60 * HOUR) {
        let to = calendar.add(from, span);
        if let Some(to) = to {
            prop_assert!(to >= from + span, "business time is never faster than time");
            prop_assert_eq!(calendar.between(from, to), span);
            // It is the first such instant.
            prop_assert!(span == 0 || calendar.between(from, to - 1) == span - 1);
            let more = calendar.add(from, span + 1);
            prop_assert!(more.is_none_or(|more| more > to));
        }
    }

    #[test]
    fn what_is_between_adds_up((calendar, a) in drawn(), b in -9 * DAY..9 * DAY, c in -9 * DAY..9 * DAY) {
        let (b, c) = (a + b, a + c);
        prop_assert_eq!(calendar.between(a, b) + calendar.between(b, c), calendar.between(a, c));
        let (low, high) = (b.min(c), b.max(c));
        prop_assert!((0..=high - low).contains(&calendar.between(low, high)));
    }

    #[test]
    fn it_stays_as_it_is_until_the_next_change((calendar, from) in drawn(), share in 0.0..1.0_f64) {
        let open = calendar.open_at(from);
        if let Some(change) = calendar.next_change(from) {
            prop_assert!(change > from);
            let within = from + ((change - from - 1) as f64 * share) as Millis;
            prop_assert_eq!(calendar.open_at(within), open);
            prop_assert_eq!(calendar.next_change(within), Some(change));
            prop_assert_eq!(calendar.open_at(change), !open);
            prop_assert_eq!(calendar.between(from, change), if open { change - from } else { 0 });
        }
    }

}

proptest! {
    // Each case is thousands of questions.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The clock on the wall goes through a week minute by minute, and what is open is what stands on the page: the
    /// latest time the wall has shown so far is within a stretch.
    #[test]
    fn the_wall_agrees_minute_by_minute((zone, from) in (proptest::sample::select(
        TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect::<Vec<_>>()), 315_532_800..4_102_444_800_i64),
        begins in 0..96_u32, lasts in 1..95_u32,
    ) {
        let zoned = TimeZoneDatabase::bundled().get(&zone).unwrap();
        let change = zoned.following(Timestamp::from_second(from).unwrap()).next();
        let middle = change.map_or(from, |change| change.timestamp().as_second());
        let show = |quarter: u32| format!("{:02}:{:02}", quarter % 96 / 4, quarter % 4 * 15);
        let week = format!(r#"{{ "zone": "{zone}", "week": {{ "mon-sun": ["{}-{}"] }} }}"#, show(begins), show(begins + lasts));
        let calendar = calendar(&week);
        let (begins, ends) = (i64::from(begins) * 15, i64::from((begins + lasts) % 96) * 15);
        let mut latest = None;
        for minute in (middle - 3 * 86_400) / 60..(middle + 2 * 86_400) / 60 {
            let wall = zoned.to_datetime(Timestamp::from_second(minute * 60).unwrap());
            latest = latest.max(Some(wall));
            let shown = latest.unwrap();
            let of_day = i64::from(shown.hour()) * 60 + i64::from(shown.minute());
            let open = if begins < ends { (begins..ends).contains(&of_day) } else { of_day >= begins || of_day < ends };
            prop_assert_eq!(calendar.open_at(minute * MINUTE), open, "{} at {}, {}", zone, shown, week);
        }
    }
}
