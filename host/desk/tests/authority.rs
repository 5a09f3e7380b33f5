//! Who may do what by writing it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may say "this cannot be"

mod stage;

use jackfield_desk::authority::{Authority, Denied, Row, Who, describe, may, may_write};
use jackfield_desk::condition::{Around, Condition, Facts, NoTimes};
use jackfield_desk::gate::{Act, Amount, Gate, Voice};
use jackfield_desk::policy::{Faults, House};
use proptest::prelude::*;
use std::sync::Arc;

fn facts(brand: &str) -> Facts {
    let mut desk = stage::Desk::default();
    desk.must(stage::ingest(vec![stage::said("1", 10, "my kettle leaks")]));
    Facts {
        brand: brand.to_owned(),
        ..Facts::of(desk.state(), &Around::default(), 20)
    }
}

fn who(roles: &[(&str, &str)]) -> Who {
    let mut who = Who {
        agent: "mia".into(),
        roles: Default::default(),
    };
    for (brand, role) in roles {
        who.roles
            .entry((*brand).to_owned())
            .or_default()
            .insert((*role).to_owned());
    }
    who
}

fn euros(cents: u64) -> Amount {
    Amount {
        cents,
        currency: "EUR".to_owned(),
    }
}

fn matrix() -> Authority {
    toml::from_str(
        r#"
        [[may]]
        roles = ["agent", "lead"]
        brands = ["northwind"]
        acts = ["apologise", "promise"]

        [[may]]
        roles = ["agent"]
        brands = ["northwind"]
        acts = ["refund"]
        up-to = { EUR = 50, "%" = 20 }

        [[may]]
        roles = ["lead"]
        brands = ["northwind"]
        acts = ["refund", "compensate"]
        up-to = { EUR = 500 }
        second = true

        [[may]]
        roles = ["spokesperson"]
        brands = ["northwind", "southgate"]
        acts = ["speak"]
        when = { not = { visibility = "direct" } }
        "#,
    )
    .unwrap()
}

#[test]
fn the_matrix_decides_by_role_brand_act_amount_and_condition() {
    let check =
        |roles: &[(&str, &str)], brand: &str, act: Act, amount: Option<Amount>, expected: Result<bool, &str>| {
            let found = may(&matrix(), &who(roles), act, amount.as_ref(), &facts(brand), &NoTimes);
            let found = found.map(|leave| leave.second);
            if let Err(denied) = &found {
                let words = denied.to_string();
                assert!(words.ends_with('.') && words.contains(brand), "{words}");
            }
            assert_eq!(
                found.as_ref().map_err(Denied::code).copied(),
                expected,
                "{roles:?} {brand} {act:?}"
            );
        };
    let agent = [("northwind", "agent")];
    let lead = [("northwind", "lead")];
    check(&agent, "northwind", Act::Promise, None, Ok(false));
    check(&agent, "northwind", Act::Refund, Some(euros(5000)), Ok(false));
    check(
        &agent,
        "northwind",
        Act::Refund,
        Some(euros(5001)),
        Err("authority-too-much"),
    );
    check(&agent, "northwind", Act::Refund, None, Ok(true));
    check(
        &agent,
        "northwind",
        Act::Refund,
        Some(Amount {
            cents: 100,
            currency: "USD".to_owned(),
        }),
        Err("authority-too-much"),
    );
    check(&lead, "northwind", Act::Refund, Some(euros(50_000)), Ok(true));
    check(&agent, "northwind", Act::Speak, None, Err("authority-not-theirs"));
    check(&agent, "southgate", Act::Promise, None, Err("authority-no-role"));
    check(
        &[("southgate", "agent")],
        "southgate",
        Act::Promise,
        None,
        Err("authority-not-theirs"),
    );
    check(
        &[("southgate", "agent")],
        "northwind",
        Act::Promise,
        None,
        Err("authority-no-role"),
    );
    check(
        &[("southgate", "spokesperson")],
        "southgate",
        Act::Speak,
        None,
        Ok(false),
    );
    let mut direct = facts("southgate");
    direct.visibility = Some("direct".to_owned());
    let denied = may(
        &matrix(),
        &who(&[("southgate", "spokesperson")]),
        Act::Speak,
        None,
        &direct,
        &NoTimes,
    )
    .unwrap_err();
    assert_eq!(denied.code(), "authority-not-now");
}

#[test]
fn authority_is_asked_about_what_is_written() {
    let gate = Gate::new(Voice::default(), Arc::default());
    let check = |text: &str, expected: &[(Act, &str)]| {
        let acts = gate.acts(text);
        let found = may_write(
            &matrix(),
            &who(&[("northwind", "agent")]),
            &acts,
            &facts("northwind"),
            &NoTimes,
        );
        let denied: Vec<_> = found
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|(found, why)| (found.act, why.code()))
            .collect();
        assert_eq!(denied, expected, "{text}: {acts:?}");
    };
    check("Sorry about that. We'll refund €40 today.", &[]);
    check(
        "Sorry about that. We'll refund €400 today.",
        &[(Act::Refund, "authority-too-much")],
    );
    check(
        "On behalf of Northwind: here is a voucher.",
        &[
            (Act::Speak, "authority-not-theirs"),
            (Act::Compensate, "authority-not-theirs"),
        ],
    );
    check("We cannot refund that.", &[]);
    check("Thanks for the photo!", &[]);
}

#[test]
fn the_matrix_reads_in_words() {
    assert_eq!(
        describe(&matrix()),
        [
            "In northwind, agent or lead may apologise or promise something.",
            "In northwind, agent may give money back, up to 20 % or 50 EUR; where no amount is named, a second person reads it.",
            "In northwind, lead may give money back or offer a compensation, up to 500 EUR, if a second person reads it.",
            "In northwind or southgate, spokesperson may speak for the brand, when the visibility is not direct.",
            "In northwind, nobody may admit a fault.",
            "In southgate, nobody may promise something, give money back, offer a compensation, admit a fault or apologise.",
            "What is not named here is not allowed.",
        ]
    );
}

#[test]
fn a_faulty_row_is_named_with_its_repair() {
    let faulty: Authority =
        toml::from_str("[[may]]\nroles = []\nbrands = [\"North Wind\"]\nacts = [\"speak\"]\nup-to = { euro = 5 }")
            .unwrap();
    let mut faults = Faults::default();
    faulty.check(&House::default(), "authority", &mut faults);
    let at: Vec<_> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        at,
        [
            "authority.may[0].roles",
            "authority.may[0].brands[0]",
            "authority.may[0].up-to",
            "authority.may[0].up-to.euro"
        ]
    );
    assert!(toml::from_str::<Authority>("[[may]]\nroles = [\"a\"]\nbrands = [\"b\"]\nacts = [\"fly\"]").is_err());
}

const ROLES: [&str; 4] = ["agent", "lead", "pr", "trainee"];
const BRANDS: [&str; 3] = ["east", "north", "west"];

fn some(of: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(of.to_vec(), 0..=of.len())
        .prop_map(|all| all.into_iter().map(str::to_owned).collect())
}

fn any_row() -> impl Strategy<Value = Row> {
    let acts = proptest::sample::subsequence(Act::ALL.to_vec(), 0..=3);
    let limit = proptest::option::of(1..200_u64);
    let when = prop_oneof![3 => Just(Condition::always()), 1 => Just(Condition::Not(Box::new(Condition::always())))];
    (some(&ROLES), some(&BRANDS), acts, limit, when, any::<bool>()).prop_map(
        |(roles, brands, acts, limit, when, second)| Row {
            roles,
            brands,
            acts,
            when,
            up_to: limit.map(|limit| ("EUR".to_owned(), limit)).into_iter().collect(),
            second,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_allowed_that_no_row_allows_and_nothing_of_one_brand_by_a_role_of_another(
        rows in proptest::collection::vec(any_row(), 0..8),
        held in proptest::collection::vec((0..3_usize, 0..4_usize), 0..6),
        brand in 0..3_usize,
        act in 0..6_usize,
        cents in proptest::option::of(0..30_000_u64),
    ) {
        let authority = Authority { may: rows, ..Authority::default() };
        let held: Vec<_> = held.into_iter().map(|(brand, role)| (BRANDS[brand], ROLES[role])).collect();
        let (brand, act, amount) = (BRANDS[brand], Act::ALL[act], cents.map(euros));
        let here = facts(brand);
        let found = may(&authority, &who(&held), act, amount.as_ref(), &here, &NoTimes);
        let fits = |row: &Row| {
            row.acts.contains(&act)
                && row.brands.iter().any(|name| name == brand)
                && held.iter().any(|(of, role)| *of == brand && row.roles.iter().any(|name| name == role))
                && row.when.is_always()
                && row.up_to.get("EUR").is_none_or(|limit| cents.is_none_or(|cents| cents <= limit * 100))
        };
        prop_assert_eq!(found.is_ok(), authority.may.iter().any(fits));
        if let Ok(leave) = found {
            let row = &authority.may[leave.row];
            prop_assert!(fits(row));
            prop_assert!(leave.second || !row.second);
            prop_assert!(leave.second || row.up_to.is_empty() || cents.is_some(), "an unsaid amount within a limit");
        }
        // Roles of other brands change nothing.
        let only: Vec<_> = held.iter().copied().filter(|(of, _)| *of == brand).collect();
        let alone = may(&authority, &who(&only), act, amount.as_ref(), &here, &NoTimes);
        prop_assert_eq!(alone.ok(), may(&authority, &who(&held), act, amount.as_ref(), &here, &NoTimes).ok());
    }
}
