//! Policy files: what is read, what is refused and where, which version it is, and what another one changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod conditions;

use jackfield_desk::policy::{House, Text, diff, read};
use proptest::prelude::*;

const ONE: &str = "# The first team's.\n[rules.vip]\non = 'message'\nwhen = { tag = 'vip' }\ndo = [{ priority = 5 }]\n";
const OTHER: &str =
    "[rules.noise]\non = ['verdict']\nwhen = { label = 'spam', margin = 0.5 }\ndo = ['close-as-noise']\nstop = true\n";

fn files(texts: &[(&str, &str)]) -> Result<House, String> {
    let texts: Vec<_> = texts.iter().map(|(name, text)| Text { name, text }).collect();
    read(&texts).map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_section_may_stand_in_several_files_and_their_order_is_nothing() {
    let one = files(&[("a.toml", ONE), ("b.toml", OTHER)]).unwrap();
    let other = files(&[("b.toml", OTHER), ("a.toml", ONE)]).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.rules.len(), 2);
    assert_eq!(files(&[]).unwrap(), House::default());
    assert_eq!(
        files(&[("all.toml", &format!("{OTHER}\n{ONE}"))]).unwrap().version(),
        one.version()
    );
}

#[test]
fn every_mistake_has_its_file_line_field_and_repair() {
    let check = |texts: &[(&str, &str)], said: &str| assert_eq!(files(texts).unwrap_err(), said);
    check(
        &[("a.toml", ONE), ("b.toml", ONE)],
        "b.toml:2: rules.vip: rules.vip stands in a.toml:2 already: take one of the two out, or give it another name.",
    );
    check(
        &[("a.toml", "[rules.a\n")],
        "a.toml:1: unclosed table, expected `]`: mend the TOML of this line.",
    );
    check(
        &[("a.toml", "\n[rulez.a]\n")],
        "a.toml:2: rulez: unknown field `rulez`: write `rules`.",
    );
    check(
        &[(
            "a.toml",
            "[rules.a]\non = 'message'\ndo = [{ tag = 'x' }]\nwhen = { all = [\n  { tag = 'x' },\n  { netwrok = 'mail' },\n] }\n",
        )],
        "a.toml:6: rules.a.when.all[1].netwrok: unknown field `netwrok`: write `network`.",
    );
    check(
        &[("a.toml", "[rules.a]\non = 'mesage'\ndo = []\n")],
        "a.toml:2: rules.a.on: \"mesage\" is none of message, verdict, state-changed, clock-warning, clock-breach, time-passed: write \"message\".",
    );
    check(
        &[("a.toml", "[rules.a]\non = 'message'\n")],
        "a.toml:1: rules.a: missing field `do`: add `do`.",
    );
    check(
        &[(
            "a.toml",
            "[rules.a]\non = 'message'\nwhen = { waited = { at-least = '1d' } }\ndo = [{ tag = 'x' }]\n",
        )],
        "a.toml:3: rules.a.when.waited.at-least: \"1d\" is no length of time: a day may mean 24 hours or one working day, say it in hours. Write 90s, 30min, 2h or 2h 30min.",
    );
    check(
        &[
            ("a.toml", ONE),
            (
                "z.toml",
                "[rules.Z]\non = 'message'\nwhen = { kind = 'mial', tag = 'x' }\ndo = [{ tag = 'x' }]\n",
            ),
        ],
        "z.toml:1: rules.Z: \"Z\" is no name: begin with a lower-case letter and use a to z, 0 to 9 and single hyphens, at most 64 characters.\nz.toml:3: rules.Z.when.all[0].kind: \"mial\" is no kind: write \"mail\".",
    );
    check(
        &[
            ("a.toml", "[rules.a]\non = 'message'\ndo = [{ queue = 'x' }]\n"),
            ("b.toml", "[rules.b]\non = 'message'\ndo = [{ queue = 'y' }]\n"),
        ],
        "b.toml:1: rules.b.priority: a and b set the queue differently of the same conversations, and only their names say which goes first: give one of them another `priority`, or conditions that do not meet.",
    );
}

#[test]
fn the_version_is_of_what_is_said_and_not_of_how() {
    let version = |text: &str| files(&[("a.toml", text)]).unwrap().version();
    let spelt = "[rules]\nvip = { do = [{priority = 5}], when = { all = [{ tag = ['vip'] }] }, on = [\"message\"], stop = false }";
    // `all` of one part is another condition than the part, though it asks the same.
    let same = spelt.replace("{ all = [{ tag = ['vip'] }] }", "{ tag = ['vip'] }");
    assert_eq!(version(ONE), version(&same));
    assert_ne!(version(ONE), version(&ONE.replace("5", "6")));
    assert_eq!(version(ONE).len(), 16);
}

#[test]
fn a_change_is_said_in_words_in_the_order_of_fields() {
    let check = |old: &str, new: &str, said: &[&str]| {
        let (old, new) = (files(&[("a", old)]).unwrap(), files(&[("a", new)]).unwrap());
        let changes: Vec<_> = diff(&old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(changes, said);
    };
    check(ONE, ONE, &[]);
    check(
        ONE,
        &ONE.replace("= 5", "= 6")
            .replace("'vip' }", "['vip', 'press'] }\nstop = true"),
        &[
            "  rule vip, do 1, priority: 5 -> 6",
            "+ rule vip, stop: yes",
            "  rule vip, when: a tag is vip -> a tag is vip or press",
        ],
    );
    check(
        ONE,
        OTHER,
        &[
            "+ rule noise: do: close-as-noise; on: verdict; stop: yes; when: it is labelled spam with a margin of 0.5 or more",
            "- rule vip: do 1, priority: 5; on: message; when: a tag is vip",
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_fall(text in "[\\[\\]{}=.,'\"a-z0-9 \n#-]{0,80}") {
        let _ = files(&[("a.toml", &text)]);
        let _ = files(&[("a.toml", &format!("[rules.a]\non = 'message'\n{text}"))]);
    }
}

#[test]
fn a_calendar_names_its_file_and_the_policy_holds_what_stands_in_it() {
    let calendar =
        "[calendars.weekdays]\nzone = 'Europe/Berlin'\nweek = { mon-fri = ['09:00-17:00'] }\nics = 'holidays.ics'\n";
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let house = files(&[("policy/a.toml", calendar), ("policy/holidays.ics", ics)]).unwrap();
    assert_eq!(house.calendars["weekdays"].ics.as_deref(), Some(ics));
    // What is stored of it needs no file any more.
    let again = files(&[("all.toml", &house.normal())]).unwrap();
    assert_eq!(again.version(), house.version());
    assert_eq!(
        files(&[("a.toml", calendar), ("old-holidays.ics", ics)]).unwrap_err(),
        "a.toml:4: calendars.weekdays.ics: there is no file \"holidays.ics\" beside the policy files: name one of old-holidays.ics."
    );
    assert_eq!(
        files(&[("a.toml", calendar)]).unwrap_err(),
        "a.toml:4: calendars.weekdays.ics: there is no file \"holidays.ics\" beside the policy files: put the .ics file beside the policy files and name it here."
    );
}

#[test]
fn the_examples_of_the_page_are_policies() {
    let page = include_str!("../../../docs/policies.md");
    let mut examples = 0;
    for block in page.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        if text.starts_with('[') {
            let house = files(&[("docs/policies.md", text)]).unwrap();
            // Its normal form is a policy file that says the same: it is what is stored, and hashed.
            let again = files(&[("normal.toml", &house.normal())]).unwrap();
            assert_eq!(again, house, "{text}");
            assert_ne!(house.version(), House::default().version());
            examples += 1;
        }
    }
    assert!(examples >= 3, "{examples}");
}
