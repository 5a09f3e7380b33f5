//! What holds of any condition and any facts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod conditions;

use conditions::{File, Wall, any_condition, any_facts};
use jackfield_desk::condition::{Condition, NoTimes};
use jackfield_desk::policy::{Faults, House};
use proptest::prelude::*;

fn not(part: Condition) -> Condition {
    Condition::Not(Box::new(part))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_the_explanation_and_the_laws_of_not_agree(when in any_condition(), facts in any_facts()) {
        let holds = when.holds(&facts, &Wall);
        let why = when.explain(&facts, &Wall);
        prop_assert_eq!(why.holds, holds);
        prop_assert!(!why.because.is_empty() && why.because.iter().all(|words| !words.is_empty()), "{:?}", why);
        prop_assert_eq!(not(not(when.clone())).holds(&facts, &Wall), holds);
        prop_assert_eq!(not(when.clone()).holds(&facts, &Wall), !holds);
        if let Condition::All(parts) = &when {
            let some_fails = Condition::Any(parts.iter().cloned().map(not).collect());
            prop_assert_eq!(some_fails.holds(&facts, &Wall), !holds);
        }
        prop_assert!(!when.words().is_empty());
    }

    #[test]
    fn what_is_written_is_read_back(when in any_condition()) {
        let file = File { when };
        prop_assert_eq!(&toml::from_str::<File>(&toml::to_string(&file).unwrap()).unwrap(), &file);
        prop_assert_eq!(&serde_json::from_str::<File>(&serde_json::to_string(&file).unwrap()).unwrap(), &file);
    }

    #[test]
    fn no_fault_is_found_in_what_has_none(when in any_condition()) {
        let mut faults = Faults::default();
        let calendar = jackfield_desk::calendar::Written::default();
        let mut house = House::default();
        house.calendars.insert("weekdays".to_owned(), calendar);
        when.check(&house, "when", &mut faults);
        prop_assert!(faults.is_empty(), "{:?}", faults);
    }

    #[test]
    fn nothing_changes_before_the_next_change(when in any_condition(), facts in any_facts(), part in 0.0..1.0_f64) {
        let next = when.next_change(&facts, &Wall);
        prop_assert!(next.is_none_or(|at| at > facts.now));
        let end = next.map_or(facts.now + 400 * 24 * conditions::HOUR, |at| at - 1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let between = facts.now + ((end - facts.now) as f64 * part) as i64;
        for at in [facts.now, between, end] {
            prop_assert_eq!(when.holds(&facts.at(at), &Wall), when.holds(&facts, &Wall), "after {} ms", at - facts.now);
        }
    }

    #[test]
    fn no_calendars_are_no_reason_to_fall(when in any_condition(), facts in any_facts()) {
        prop_assert_eq!(when.explain(&facts, &NoTimes).holds, when.holds(&facts, &NoTimes));
        when.next_change(&facts, &NoTimes);
    }
}
