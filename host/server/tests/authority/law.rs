//! Laws and calls, drawn; and what they allow, reckoned without the desk.

use proptest::prelude::*;
use std::collections::BTreeSet;

pub(crate) const ROLES: [&str; 3] = ["agent", "lead", "reader"];
pub(crate) const BRANDS: [&str; 2] = ["northwind", "southwind"];
pub(crate) const LINES: [&str; 2] = ["main", "south"];
pub(crate) const DUTIES: [&str; 6] = ["work", "reply", "approve", "override", "rehearse", "apply"];
/// What each text does.
pub(crate) const TEXTS: [(&str, Option<&str>); 4] = [
    ("It comes by post.", None),
    ("We will refund 20 EUR.", Some("refund")),
    ("I promise you a new one.", Some("promise")),
    ("I am sorry.", Some("apologise")),
];
/// A word of each brand's conversation that no other brand may ever read.
pub(crate) const WORDS: [&str; 2] = ["zebrafish", "quokka"];

/// A row of the matrix: role, brand, what; for promises, whether a second person reads it.
pub(crate) type Row = (usize, usize, usize);

#[derive(Debug, Clone)]
pub(crate) struct Law {
    pub(crate) duties: Vec<Row>,
    pub(crate) acts: Vec<Row>,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) who: usize,
    pub(crate) brand: usize,
    pub(crate) roles: Vec<usize>,
    pub(crate) target: Target,
    pub(crate) deed: Deed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Own,
    Other,
    Nowhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    Take,
    HandOver,
    Note,
    Resolve,
    Reopen,
    Seen,
    Reply(usize),
    OldReply(usize),
    Check(usize),
    Approve,
    Suggest,
    Return,
    Supersede(usize),
    Withdraw,
    Look,
    Standing,
    List,
    Search,
    Approvals,
    Policy,
    Rehearse,
    Apply,
}

pub(crate) fn laws() -> impl Strategy<Value = Law> {
    let rows = |many: usize, most: usize| prop::collection::vec((0..ROLES.len(), 0..BRANDS.len(), 0..many), 0..most);
    let drawn = (rows(DUTIES.len(), 12), rows(3, 8)).prop_map(|(duties, acts)| Law { duties, acts });
    // Nearly everything is allowed: what is refused then is refused for one row that is not there.
    let but_one = (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(duty, act)| {
        let all = |many: usize| -> Vec<Row> {
            let pairs = (0..ROLES.len()).flat_map(|role| (0..BRANDS.len()).map(move |brand| (role, brand)));
            pairs
                .flat_map(|(role, brand)| (0..many).map(move |what| (role, brand, what)))
                .collect()
        };
        let (mut duties, mut acts) = (all(DUTIES.len()), all(3));
        duties.swap_remove(duty.index(duties.len()));
        acts.swap_remove(act.index(acts.len()));
        Law { duties, acts }
    });
    prop_oneof![1 => drawn, 1 => but_one]
}

pub(crate) fn calls() -> impl Strategy<Value = Vec<Call>> {
    let target = prop_oneof![4 => Just(Target::Own), 2 => Just(Target::Other), 1 => Just(Target::Nowhere)];
    let text = 0..TEXTS.len();
    let deed = prop_oneof![
        2 => Just(Deed::Take), 1 => Just(Deed::HandOver), 1 => Just(Deed::Note), 1 => Just(Deed::Resolve),
        1 => Just(Deed::Reopen), 1 => Just(Deed::Seen), 7 => text.clone().prop_map(Deed::Reply),
        2 => text.clone().prop_map(Deed::OldReply), 1 => text.clone().prop_map(Deed::Check), 6 => Just(Deed::Approve),
        1 => Just(Deed::Suggest), 1 => Just(Deed::Return), 1 => text.prop_map(Deed::Supersede),
        1 => Just(Deed::Withdraw), 1 => Just(Deed::Look), 1 => Just(Deed::Standing), 1 => Just(Deed::List),
        1 => Just(Deed::Search), 1 => Just(Deed::Approvals), 1 => Just(Deed::Policy), 1 => Just(Deed::Rehearse),
        1 => Just(Deed::Apply),
    ];
    let roles = prop::collection::vec(0..ROLES.len(), 0..4);
    let call = (0..4_usize, 0..BRANDS.len(), roles, target, deed);
    let call = call.prop_map(|(who, brand, roles, target, deed)| Call {
        who,
        brand,
        roles,
        target,
        deed,
    });
    prop::collection::vec(call, 1..60)
}

/// The rows as a policy. `boss` has a role in every brand by the policy; the others have those of their tokens.
pub(crate) fn written(law: &Law) -> String {
    let duty = |(role, brand, duty): &Row| {
        format!(
            "{{ roles = [\"{}\"], brands = [\"{}\"], duties = [\"{}\"] }}",
            ROLES[*role], BRANDS[*brand], DUTIES[*duty]
        )
    };
    let act = |(role, brand, act): &Row| {
        let name = TEXTS[act + 1].1.unwrap();
        let second = name == "promise";
        format!(
            "{{ roles = [\"{}\"], brands = [\"{}\"], acts = [\"{name}\"], second = {second} }}",
            ROLES[*role], BRANDS[*brand]
        )
    };
    let list = |all: Vec<String>| all.join(", ");
    format!(
        "[authority]\nduties = [{}]\nmay = [{}]\n[team.boss]\nroles = {{ northwind = [\"lead\"], southwind = [\"lead\"], westwind = [\"lead\"] }}\n",
        list(law.duties.iter().map(duty).collect()),
        list(law.acts.iter().map(act).collect())
    )
}

pub(crate) const PEOPLE: [&str; 4] = ["mia", "bea", "leo", "boss"];

/// The second reckoning.
pub(crate) struct Oracle<'a>(pub(crate) &'a Law);

impl Oracle<'_> {
    fn roles(call: &Call, brand: usize) -> BTreeSet<usize> {
        let mut roles = BTreeSet::new();
        if brand == call.brand {
            roles.extend(&call.roles);
        }
        if PEOPLE[call.who] == "boss" {
            roles.insert(1);
        }
        roles
    }

    fn duty(&self, call: &Call, brand: usize, duty: &str) -> bool {
        if self.0.duties.is_empty() {
            return !["override", "apply"].contains(&duty);
        }
        let roles = Self::roles(call, brand);
        self.0
            .duties
            .iter()
            .any(|(role, of, what)| *of == brand && DUTIES[*what] == duty && roles.contains(role))
    }

    fn text(&self, call: &Call, text: usize) -> bool {
        let Some(act) = TEXTS[text].1 else { return true };
        if self.0.acts.is_empty() {
            return true;
        }
        let roles = Self::roles(call, call.brand);
        let fits = |(role, of, what): &Row| *of == call.brand && TEXTS[what + 1].1 == Some(act) && roles.contains(role);
        self.0.acts.iter().any(fits)
    }

    pub(crate) fn allows(&self, call: &Call) -> bool {
        let duty = |name: &str| self.duty(call, call.brand, name);
        match call.deed {
            Deed::Take | Deed::HandOver | Deed::Note | Deed::Resolve | Deed::Reopen => duty("work"),
            Deed::Reply(text) | Deed::OldReply(text) | Deed::Supersede(text) => duty("reply") && self.text(call, text),
            Deed::Check(_) | Deed::Withdraw => duty("reply"),
            Deed::Approve | Deed::Suggest | Deed::Return => duty("approve"),
            Deed::Rehearse => duty("rehearse"),
            // Of the whole house: the third brand has no row in any drawn policy.
            Deed::Apply => false,
            Deed::Seen | Deed::Look | Deed::Standing | Deed::List | Deed::Search | Deed::Approvals | Deed::Policy => {
                true
            }
        }
    }
}
