//! Paths of a mapping that no item of the samples has: most are misspelt, and the field with the nearest name is offered.
//! A field that is there and null is there: a first message answers none.

use super::fields::{fits, leaves, written};
use crate::event;
use crate::mapping::Mapping;
use crate::mapping::message::Message;
use crate::mapping::table::distance;
use crate::template::{Name, Template};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A path that leads nowhere in every item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nowhere {
    /// The key of the mapping, such as `message.post.text`.
    pub key: String,
    /// The path as the mapping writes it, as far as it is names.
    pub path: String,
    /// In how many items it was looked for.
    pub items: usize,
    /// The path of the field that was probably meant.
    pub near: Option<String>,
}

/// The paths that no item has, over answers with the addresses that they answered, and bodies that were sent to us.
pub fn nowhere(mapping: &Mapping, answers: &[(String, Value)], sent: &[Value]) -> Vec<Nowhere> {
    let mut items: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for poll in &mapping.polls {
        let each = poll
            .each
            .as_ref()
            .map(|each| (&each.ask, &each.items, Some(&each.message)));
        let lists = [Some((&poll.ask, &poll.items, poll.message.as_ref())), each];
        for (ask, paths, message) in lists.into_iter().flatten() {
            let Some(message) = message else { continue };
            let roots = answers
                .iter()
                .filter(|(url, _)| ask.url.iter().any(|template| fits(template, url)));
            let found = roots.flat_map(|(_, root)| event::list(paths, root).unwrap_or_default());
            items.entry(message).or_default().extend(found);
        }
    }
    if let Some(webhook) = &mapping.webhook {
        let found = sent.iter().flat_map(|root| crate::webhook::items(webhook, root));
        items.entry(&webhook.message).or_default().extend(found);
    }
    let mut found = BTreeSet::new();
    for (name, items) in items {
        if let Some(message) = mapping.message(name).filter(|_| !items.is_empty()) {
            of_message(message, &items, &mut found);
        }
    }
    found.into_iter().collect()
}

fn of_message(message: &Message, items: &[&Value], found: &mut BTreeSet<Nowhere>) {
    let mut known = BTreeSet::new();
    for item in items.iter().take(100) {
        leaves(item, &mut Vec::new(), &mut |path, _| {
            known.insert(written(path));
        });
    }
    for (key, field) in message.fields() {
        for insert in field
            .iter()
            .flat_map(Template::inserts)
            .filter(|insert| insert.name == Name::Item)
        {
            let names = insert.path.names();
            let has = |item: &&&Value| names.iter().try_fold(**item, |value, name| value.get(name)).is_some();
            if names.is_empty() || items.iter().any(|item| has(&item)) {
                continue;
            }
            let path = written(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            found.insert(Nowhere {
                key: format!("message.{}.{key}", message.name),
                near: near(&path, &known),
                path,
                items: items.len(),
            });
        }
    }
}

/// The field that is spelt nearly so, or has that name at another place.
fn near(path: &str, known: &BTreeSet<String>) -> Option<String> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let misspelt = known
        .iter()
        .map(|one| (distance(&one.to_lowercase(), &path.to_lowercase()), one))
        .min()
        .filter(|(far, _)| *far <= 2);
    let moved = || known.iter().find(|one| last(one) == last(path));
    misspelt.map(|(_, one)| one).or_else(moved).cloned()
}
