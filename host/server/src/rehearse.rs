//! Rules are tried on stored messages before they are in force: "it would have touched 41 of 1 203, here they are".
//!
//! Each message is asked about as if it came now, at the time when it was written, with what is known of it today (its
//! verdicts, its author's reach): what has been marked or put into a queue since is left out, since the rule did not know
//! it. Conversations are read page by page and none is kept, so memory does not grow with the history.

use crate::api::Fault;
use crate::house::Refused;
use crate::work::Desk;
use jackfield_desk::Conversation;
use jackfield_desk::automation::{On, Rule, Ruleset, Trigger};
use jackfield_desk::calendar::Calendars;
use jackfield_desk::condition::{Around, Facts};
use jackfield_desk::policy::{Applied, House, Text, read};
use jackfield_protocol::{
    BrandId, ConversationId, Millis, Rehearsal, RehearsalExample, RehearsalRequest, RemoteId, WorkspaceId,
};
use jackfield_store::Filter;
use std::collections::{BTreeMap, BTreeSet};

/// Where nobody says since when.
const WEEK: Millis = 7 * 24 * 3_600_000;
/// Conversations read at once.
const PAGE: u32 = 200;
/// Examples where nobody says how many.
const EXAMPLES: u32 = 50;
/// The most examples.
const MOST_EXAMPLES: u32 = 200;
/// Characters of a snippet.
const SNIPPET: usize = 120;

/// Tries rules on the messages of a brand; changes nothing.
pub(crate) async fn rehearse(
    desk: &Desk,
    workspace: &WorkspaceId,
    brand: &BrandId,
    what: &RehearsalRequest,
) -> Result<Rehearsal, Fault> {
    let applied = applied(desk, what)?;
    let now = desk.clock.now();
    let span = (
        what.since.unwrap_or_else(|| now.saturating_sub(WEEK)),
        what.until.unwrap_or(Millis::MAX),
    );
    let (tried, left_out) = chosen(&applied.house, what)?;
    let mut trial = Trial {
        rules: Ruleset::new(&tried),
        times: &applied.calendars,
        span,
        most: what.examples.unwrap_or(EXAMPLES).min(MOST_EXAMPLES) as usize,
        found: Rehearsal {
            version: applied.house.version(),
            since: span.0,
            seen: 0,
            count: 0,
            rules: Vec::new(),
            conflicts: 0,
            examples: Vec::new(),
            left_out,
            words: String::new(),
        },
        by_rule: BTreeMap::new(),
    };
    let mut after = None;
    loop {
        let page = desk
            .store
            .list(Filter {
                workspace: workspace.clone(),
                brand: brand.clone(),
                status: None,
                owner: None,
                handles: Vec::new(),
                words: None,
                after,
                limit: PAGE,
            })
            .await?;
        for (id, state) in &page.items {
            trial.conversation(id, state);
        }
        // Others have their turn between two pages.
        tokio::task::yield_now().await;
        after = page.next;
        if after.is_none() {
            return Ok(trial.end());
        }
    }
}

/// The policy whose rules are tried.
fn applied(desk: &Desk, what: &RehearsalRequest) -> Result<Applied, Fault> {
    if what.files.is_empty() {
        return Ok(desk.policies.now().current.clone());
    }
    let text = |file: &'_ jackfield_protocol::PolicyFile| (file.name.clone(), file.text.clone());
    let files: Vec<_> = what.files.iter().map(text).collect();
    let texts: Vec<_> = files.iter().map(|(name, text)| Text { name, text }).collect();
    let house = read(&texts).map_err(Refused::Faults)?;
    Ok(Applied::new(0, house))
}

/// The rules that are tried, and the names of those that cannot be.
fn chosen(house: &House, what: &RehearsalRequest) -> Result<(BTreeMap<String, Rule>, Vec<String>), Fault> {
    if let Some(unknown) = what.rules.iter().find(|name| !house.rules.contains_key(*name)) {
        let shown: String = unknown.chars().take(64).collect();
        return Err(Fault::new(
            axum::http::StatusCode::BAD_REQUEST,
            "rule-unknown",
            format!("There is no rule {shown} in this policy. Name one that it has, or none to try all."),
            Some("rules"),
        ));
    }
    let wanted = |name: &String| what.rules.is_empty() || what.rules.contains(name);
    let asks = |rule: &Rule| rule.on.contains(&On::Message) || rule.on.contains(&On::Verdict);
    let (tried, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = house
        .rules
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, rule)| (name.clone(), rule.clone()))
        .partition(|(_, rule)| asks(rule));
    // A rule that is switched off is tried: that is what trying is for.
    let tried = tried
        .into_iter()
        .map(|(name, rule)| (name, Rule { off: false, ..rule }));
    Ok((tried.collect(), rest.into_keys().collect()))
}

struct Trial<'a> {
    rules: Ruleset,
    times: &'a Calendars,
    span: (Millis, Millis),
    most: usize,
    found: Rehearsal,
    by_rule: BTreeMap<String, u64>,
}

impl Trial<'_> {
    fn conversation(&mut self, id: &ConversationId, state: &Conversation) {
        for (remote_id, message) in &state.messages {
            let (since, until) = self.span;
            if message.addressed && message.deleted.is_none() && (since..until).contains(&message.posted_at) {
                self.message(id, state, remote_id, message);
            }
        }
    }

    fn message(
        &mut self,
        id: &ConversationId,
        state: &Conversation,
        remote_id: &RemoteId,
        message: &jackfield_desk::Message,
    ) {
        let around = Around {
            message: Some(remote_id.clone()),
            ..Around::default()
        };
        let facts = Facts::of(state, &around, message.posted_at);
        let judged = !message.verdicts.is_empty();
        self.found.seen += 1;
        let mut acts: Vec<(String, String)> = Vec::new();
        for on in [Some(On::Message), judged.then_some(On::Verdict)].into_iter().flatten() {
            let outcome = self.rules.run(on, &Trigger::default(), &facts, self.times);
            self.found.conflicts += u64::try_from(outcome.conflicts.len()).unwrap_or(u64::MAX);
            for act in outcome.acts {
                let act = (act.rule, act.action.words());
                if !acts.contains(&act) {
                    acts.push(act);
                }
            }
        }
        if acts.is_empty() {
            return;
        }
        self.found.count += 1;
        for rule in acts.iter().map(|(rule, _)| rule).collect::<BTreeSet<_>>() {
            *self.by_rule.entry(rule.clone()).or_insert(0) += 1;
        }
        if self.found.examples.len() < self.most {
            let text = message.newest.as_ref().map_or("", |said| said.content.text.as_str());
            self.found.examples.push(RehearsalExample {
                conversation: id.clone(),
                remote_id: remote_id.clone(),
                at: message.posted_at,
                snippet: text
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .chars()
                    .take(SNIPPET)
                    .collect(),
                acts,
            });
        }
    }

    fn end(mut self) -> Rehearsal {
        self.found.rules = self.by_rule.into_iter().collect();
        let Rehearsal { count, seen, .. } = self.found;
        self.found.words = format!(
            "{} would have touched {count} of {seen} messages.",
            match self.rules.len() {
                1 => "The rule".to_owned(),
                rules => format!("{rules} rules"),
            }
        );
        self.found
    }
}
