//! One language of conditions over every channel: what is asked, what comes of it, and why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod conditions;

use conditions::{HOUR, Wall, condition, facts};
use jackfield_desk::condition::Facts;
use jackfield_desk::policy::{Faults, House};

/// Whether the condition holds of a complaint in public on Mastodon, and the first reason that is given.
#[test]
fn a_condition_holds_or_says_which_part_does_not() {
    let check = |text: &str, holds: bool, because: &str| {
        let why = condition(text).explain(&facts(), &Wall);
        assert_eq!((why.holds, why.because.join("; ").as_str()), (holds, because), "{text}");
        assert_eq!(condition(text).holds(&facts(), &Wall), holds, "{text}");
    };
    check("{}", true, "nothing is asked");
    check("{ network = 'mastodon' }", true, "the network is mastodon");
    check(
        "{ network = ['matrix', 'mail'] }",
        false,
        "the network is mastodon, not matrix or mail",
    );
    check(
        "{ kind = 'social', brand = 'northwind' }",
        true,
        "the brand is northwind; the kind of channel is social",
    );
    check(
        "{ not = { visibility = 'direct' } }",
        true,
        "the visibility is public, not direct",
    );
    check("{ author = '@Ana@Example.org' }", true, "the author is ana@example.org");
    check("{ language = 'en' }", true, "the language is en-gb");
    check("{ language = 'e' }", false, "the language is en-gb, not e");
    check("{ tag = ['vip', 'launch'] }", true, "a tag is launch");
    check("{ owner = 'mia' }", false, "the owner is not known; mia is asked for");
    check(
        "{ known = ['owner', 'queue'] }",
        true,
        "the owner or the queue is known",
    );
    check(
        "{ label = 'complaint' }",
        true,
        "it is labelled complaint with a margin of 0.4",
    );
    check(
        "{ label = 'complaint', margin = 0.5 }",
        false,
        "it is labelled complaint with a margin of 0.4; 0.5 is asked for",
    );
    check("{ label = 'praise' }", false, "it is not labelled praise");
    check(
        "{ label = 'complaint', by = 'intent' }",
        false,
        "it is not labelled complaint",
    );
    check("{ text = ['money back', 'refund'] }", true, "the text has \"refund\"");
    check("{ text = 'fund' }", false, "the text does not have \"fund\"");
    check(
        "{ reach = { at-least = 10000 } }",
        false,
        "the author's reach is 1200, not at least 10000",
    );
    check("{ replies = { below = 1 } }", true, "the number of our replies is 0");
    check("{ waited = { at-least = '2h' } }", true, "the person's wait is 3h");
    check(
        "{ waited = { at-least = '2h', below = '3h' } }",
        false,
        "the person's wait is 3h, not at least 2h and below 3h",
    );
    check("{ within = 'weekdays' }", true, "weekdays is open");
    check("{ within = 'nowhere' }", false, "there is no calendar nowhere");
    check(
        "{ hours = { from = '22:00', to = '06:00', calendar = 'weekdays' } }",
        false,
        "the time of weekdays is not from 22:00 to 06:00",
    );
    check(
        "{ days = { days = ['mon', 'tue'], calendar = 'weekdays' } }",
        true,
        "the day of weekdays is mon or tue",
    );
    check(
        "{ any = [{ network = 'mail' }, { label = 'complaint' }, { tag = 'launch' }] }",
        true,
        "it is labelled complaint with a margin of 0.4; a tag is launch",
    );
    check(
        "{ all = [{ network = 'mail' }, { label = 'complaint' }, { tag = 'vip' }] }",
        false,
        "the network is mastodon, not mail; a tag is launch, not vip",
    );
    check("{ any = [] }", false, "none of nothing holds");
}

#[test]
fn what_is_not_known_holds_in_no_bounds() {
    let nobody = Facts {
        reach: None,
        waiting_since: None,
        ..facts()
    };
    for text in [
        "{ reach = { below = 100 } }",
        "{ reach = { at-least = 0 } }",
        "{ waited = { below = '1h' } }",
    ] {
        assert!(!condition(text).holds(&nobody, &Wall), "{text}");
    }
}

#[test]
fn a_condition_says_what_it_asks() {
    let check = |text: &str, words: &str| assert_eq!(condition(text).words(), words);
    check("{}", "always");
    check(
        "{ network = ['mastodon', 'matrix'] }",
        "the network is mastodon or matrix",
    );
    check(
        "{ label = 'complaint', margin = 0.2, reach = { at-least = 10000 } }",
        "it is labelled complaint with a margin of 0.2 or more, and the author's reach is at least 10000",
    );
    check("{ not = { within = 'weekdays' } }", "weekdays is not open");
    check(
        "{ all = [{ any = [{ kind = 'mail' }, { kind = 'sms' }] }, { not = { any = [{ tag = 'a' }, { tag = 'b' }] } }] }",
        "(the kind of channel is mail, or the kind of channel is sms), and it is not so that (a tag is a, or a tag is b)",
    );
}

#[test]
fn what_is_wrong_is_named_with_its_repair() {
    let check = |text: &str, fault: &str| {
        let mut faults = Faults::default();
        condition(text).check(&House::default(), "rules.a.when", &mut faults);
        assert_eq!(
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            fault,
            "{text}"
        );
    };
    check("{ network = 'mastodon', label = ['a', 'b'] }", "");
    check(
        "{ kind = 'socail' }",
        r#"rules.a.when.kind: "socail" is no kind: write "social"."#,
    );
    check(
        "{ any = [{ visibility = 'secret' }] }",
        r#"rules.a.when.any[0].visibility: "secret" is no visibility: write one of public, unlisted, followers, direct, internal, other."#,
    );
    check(
        "{ any = [] }",
        "rules.a.when.any: any of nothing never holds: name a part, or take it out.",
    );
    check(
        "{ not = {} }",
        "rules.a.when.not: not of nothing never holds: name what must not hold, or take it out.",
    );
    check(
        "{ tag = [] }",
        "rules.a.when.tag: one of nothing never holds: name a value, or take the field out.",
    );
    check(
        "{ label = 'a', margin = -1.0 }",
        "rules.a.when.margin: a margin of -1 is none that is asked for: write a number from 0 upwards, such as 0.2.",
    );
    check(
        "{ text = '...' }",
        r#"rules.a.when.text: "..." has no letter or digit: it is found nowhere: write a word or a phrase."#,
    );
    check(
        "{ reach = {} }",
        "rules.a.when.reach: no bound is given: write { at-least = 1000 } or { below = 1000 }.",
    );
    check(
        "{ waited = { at-least = '2h', below = '1h' } }",
        "rules.a.when.waited: nothing is at least 2h and below 1h: make the lower bound the smaller one.",
    );
    let deep = (0..20).fold("{ tag = 'a' }".to_owned(), |inner, _| format!("{{ not = {inner} }}"));
    assert!({
        let mut faults = Faults::default();
        condition(&deep).check(&House::default(), "when", &mut faults);
        faults.iter().any(|fault| fault.what.contains("nested"))
    });
}

#[test]
fn what_is_no_condition_is_not_read() {
    let check = |text: &str, said: &str| {
        let error = toml::from_str::<conditions::File>(&format!("when = {text}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{text}: {error}");
    };
    check("{ netwrok = 'mastodon' }", "unknown field `netwrok`");
    check("{ margin = 0.2 }", "write it beside a `label`");
    check("{ days = { days = 'monday', calendar = 'x' } }", "is none of mon, tue");
    check("{ waited = { at-least = '1d' } }", "say it in hours");
    check(
        "{ hours = { from = '9', to = '24:00', calendar = 'x' } }",
        "no time of day",
    );
    check("{ known = 'anything' }", "is none of brand");
}

#[test]
fn the_next_change_is_when_a_time_has_passed_or_a_wall_clock_says_so() {
    let check = |text: &str, after: Option<i64>| {
        let found = condition(text).next_change(&facts(), &Wall);
        assert_eq!(found.map(|at| at - facts().now), after, "{text}");
    };
    check("{ network = 'mastodon' }", None);
    check("{ waited = { at-least = '2h' } }", None);
    check("{ waited = { at-least = '4h' } }", Some(HOUR));
    check(
        "{ any = [{ waited = { at-least = '9h' } }, { not = { age = { below = '5h' } } }] }",
        Some(2 * HOUR),
    );
    check("{ within = 'weekdays' }", Some(5 * HOUR));
    check("{ days = { days = 'mon', calendar = 'weekdays' } }", Some(12 * HOUR));
    check(
        "{ hours = { from = '13:00', to = '14:00', calendar = 'weekdays' } }",
        Some(HOUR),
    );
}
