//! Tries settings, mapping and credential against the system; changes nothing. Every list is asked for its first page,
//! and `[reconcile]` for the conversation of a message that was found, so that a wrong address is seen before an answer
//! depends on it.

use crate::event::{self, Read};
use crate::mapping::message::Message;
use crate::mapping::poll::{Poll, Since};
use crate::net::Net;
use crate::poll::broken::{self, Broken};
use crate::poll::{pages, walk_items};
use crate::template::{Scope, Word};
use crate::{account, publish, settings};
use jackfield_sdk::channel::{Event, Host, Trouble};
use serde_json::Value;

/// One sentence that names the system, the account, and what of each list could be read.
pub(crate) fn check(host: &dyn Host, settings: &str) -> Result<String, Trouble> {
    let setup = settings::read(settings)?;
    let net = Net::new(host, &setup);
    let me = account::ask(&net)?;
    let mut scope = net.scope();
    let who = match &me {
        Some(me) => format!(" as {}", me.name.as_deref().unwrap_or(&me.id)),
        None => String::new(),
    };
    if let Some(me) = me {
        scope.set("account", Word::Text(me.id));
    }
    let mut told = vec![format!("{} answers{who}", setup.mapping.name)];
    let (mut broken, mut found) = (Vec::new(), None);
    for poll in &setup.mapping.polls {
        let mut look = Look {
            net: &net,
            scope: scope.clone(),
            asked: String::new(),
        };
        match look.list(poll) {
            Ok((words, event)) => {
                told.push(words);
                found = found.or(event);
            }
            Err(trouble) => broken.push(Broken {
                section: format!("poll.{}", poll.name),
                url: look.asked,
                trouble,
            }),
        }
    }
    if !broken.is_empty() {
        return Err(broken::told(&net, &broken, setup.mapping.polls.len() - broken.len()));
    }
    match found.as_ref().map(|event| publish::probe(&net, event)) {
        Some(Some(answer)) => told.push(answer?),
        None if setup.mapping.reconcile.is_some() => {
            told.push("`reconcile` was not asked: there is no message yet to ask after".to_owned());
        }
        _ => {}
    }
    Ok(format!("{}.", told.join("; ")))
}

struct Look<'n, 'h> {
    net: &'n Net<'h>,
    scope: Scope<'n>,
    /// The address that was asked for last.
    asked: String,
}

impl Look<'_, '_> {
    /// The first page of a list, and of the parts of its first item; in words, and a message of it.
    fn list(&mut self, poll: &Poll) -> Result<(String, Option<Event>), Trouble> {
        let section = format!("poll.{}", poll.name);
        let mut scope = self.scope.clone();
        scope.set(
            "since",
            match poll.since {
                Since::Id => Word::Text("0".to_owned()),
                _ => Word::Time(self.net.now.saturating_sub(self.net.setup.mapping.history_ms)),
            },
        );
        if let Some(paging) = &poll.paging {
            scope.set("page", Word::Text(pages::first(paging)));
        }
        let root = self.ask(&section, &poll.ask, &scope)?;
        let items = walk_items(&section, &poll.items, &root, &self.asked)?;
        let message = poll
            .message
            .as_ref()
            .and_then(|name| self.net.setup.mapping.message(name));
        let (mut words, mut event) = match message {
            Some(message) => read(
                &section,
                message,
                &items,
                &Scope {
                    root: Some(&root),
                    ..scope.clone()
                },
            )?,
            None => (format!("`{section}` has {} items", items.len()), None),
        };
        let parts = poll.each.as_ref().zip(items.first());
        if let Some((each, item)) = parts
            && let Some(message) = self.net.setup.mapping.message(&each.message)
        {
            let section = format!("{section}.each");
            let mut scope = Scope {
                item: Some(item),
                ..self.scope.clone()
            };
            if let Some(paging) = &each.paging {
                scope.set("page", Word::Text(pages::first(paging)));
            }
            let root = self.ask(&section, &each.ask, &scope)?;
            let parts = walk_items(&section, &each.items, &root, &self.asked)?;
            let scope = Scope {
                outer: Some(item),
                root: Some(&root),
                ..scope
            };
            let (more, part) = read(&section, message, &parts, &scope)?;
            words = format!("{words}; {more}");
            event = event.or(part);
        }
        Ok((words, event))
    }

    fn ask(&mut self, section: &str, ask: &crate::mapping::request::Ask, scope: &Scope<'_>) -> Result<Value, Trouble> {
        let (url, request) = self.net.build(section, ask, scope).map_err(Trouble::Refused)?;
        self.asked.clone_from(&url);
        Ok(self.net.ask(&url, request)?.1)
    }
}

/// How many of the items can be read, in words, and one of them.
fn read(
    section: &str,
    message: &Message,
    items: &[&Value],
    scope: &Scope<'_>,
) -> Result<(String, Option<Event>), Trouble> {
    let (mut good, mut first_fault, mut event) = (0, None, None);
    for item in items {
        let scope = Scope {
            item: Some(item),
            ..scope.clone()
        };
        match event::read(message, &scope) {
            Read::Unreadable(_, why) => drop(first_fault.get_or_insert(why)),
            Read::Event(one) => {
                good += 1;
                event.get_or_insert(*one);
            }
            Read::Skipped(_) => good += 1,
        }
    }
    let all = items.len();
    match first_fault {
        Some(why) if good == 0 => Err(Trouble::Unexpected(format!(
            "none of the {all} items of `{section}` can be read. {why}. Look at the mapping."
        ))),
        Some(why) => Ok((
            format!("{good} of {all} items of `{section}` can be read ({why})"),
            event,
        )),
        None => Ok((format!("all {all} items of `{section}` can be read"), event)),
    }
}
