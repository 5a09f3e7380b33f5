//! Tries settings, mapping and credential against the system; changes nothing.

use crate::event::{self, Read};
use crate::net::Net;
use crate::poll::{pages, walk_items};
use crate::template::Word;
use crate::{account, settings};
use jackfield_sdk::channel::{Host, Trouble};

/// One sentence that names the system, the account, and what of the first list could be read.
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
    let Some(poll) = setup.mapping.polls.first() else {
        return Ok(format!("{} answers{who}.", setup.mapping.name));
    };
    let section = format!("poll.{}", poll.name);
    let zero = setup.mapping.history_ms;
    scope.set(
        "since",
        match poll.since {
            crate::mapping::poll::Since::Id => Word::Text("0".to_owned()),
            _ => Word::Time(net.now.saturating_sub(zero)),
        },
    );
    if let Some(paging) = &poll.paging {
        scope.set("page", Word::Text(pages::first(paging)));
    }
    let (url, request) = net.build(&section, &poll.ask, &scope).map_err(Trouble::Refused)?;
    let (_, root) = net.ask(&url, request)?;
    let items = walk_items(&section, &poll.items, &root, &url)?;
    let name = &setup.mapping.name;
    let Some(message) = poll.message.as_ref().and_then(|name| setup.mapping.message(name)) else {
        return Ok(format!("{name} answers{who}; `{section}` has {} items.", items.len()));
    };
    scope.root = Some(&root);
    let (mut good, mut first_fault) = (0, None);
    for item in &items {
        scope.item = Some(item);
        match event::read(message, &scope) {
            Read::Unreadable(_, why) => drop(first_fault.get_or_insert(why)),
            Read::Event(_) | Read::Skipped(_) => good += 1,
        }
    }
    match first_fault {
        Some(why) if good == 0 => Err(Trouble::Unexpected(format!(
            "{name} answers{who}, and none of the {} items of `{section}` can be read. {why}. Look at the mapping.",
            items.len()
        ))),
        Some(why) => Ok(format!(
            "{name} answers{who}; {good} of {} items of `{section}` can be read. {why}.",
            items.len()
        )),
        None => Ok(format!(
            "{name} answers{who}; all {} items of `{section}` can be read.",
            items.len()
        )),
    }
}
