//! One poll, in this order: where to begin (the first time), notifications, our own posts, known posts looked at
//! again. The later steps wait while the earlier ones have more to bring.
//!
//! Every step ends early when the requests of this call or the room in the batch are used up. What was found until
//! then is handed over with a cursor that stands exactly behind it; the rest comes with the next poll. A step that
//! meets trouble after something was found does the same, so one slow thread never holds back the messages before it.

mod again;
mod begin;
mod gather;
mod notices;
mod own;

use crate::api::Api;
use crate::{me, threads::Threads, watch::Watch};
use gather::Gather;
use jackfield_sdk::channel::{Batch, Host, Trouble};
use jackfield_sdk::warning;
use serde::{Deserialize, Serialize};

/// Where the next poll goes on. All ids are the server's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The newest notification that was handed over; none while the beginning is still being looked for.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    /// The newest own post that was looked at.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    own: Option<String>,
    /// The oldest notification that was seen on the way back to the beginning.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    seek: Option<String>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// All there is was brought.
    Done,
    /// There is more.
    More,
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let api = Api::new(host, settings)?;
    let mut cursor = read(host, cursor);
    let me = me::known(&api)?;
    let mut gather = Gather {
        api: &api,
        me: &me.id,
        threads: Threads::load(host),
        watch: Watch::load(host),
        events: Vec::new(),
        room: max_events as usize,
    };
    let before = cursor.clone();
    let ended = steps(&mut gather, &mut cursor);
    let step = match ended {
        Ok(step) => step,
        // Nothing was brought and the cursor stands where it stood: the trouble is the answer.
        Err(trouble) if gather.events.is_empty() && cursor == before => return Err(trouble),
        Err(trouble) => {
            warning!(host, "the poll ended early: {trouble:?}");
            return Ok(finish(gather, &cursor, false).not_before(pause_of(&api, &trouble)));
        }
    };
    let pause = api.pause_ms();
    Ok(finish(gather, &cursor, step == Step::More).not_before(pause))
}

fn steps(gather: &mut Gather<'_>, cursor: &mut Cursor) -> Result<Step, Trouble> {
    if begin::find(gather, cursor)? == Step::More {
        return Ok(Step::More);
    }
    if notices::bring(gather, cursor)? == Step::More {
        return Ok(Step::More);
    }
    if own::bring(gather, cursor)? == Step::More {
        return Ok(Step::More);
    }
    again::look(gather)?;
    Ok(Step::Done)
}

fn finish(mut gather: Gather<'_>, cursor: &Cursor, more: bool) -> Batch {
    gather.threads.save();
    gather.watch.save(gather.api.host.now_ms());
    let mut events = gather.events;
    // Steps bring from several lists; the host wants the oldest first.
    events.sort_by_key(|e| e.at);
    let batch = Batch::new(events).more(more);
    match serde_json::to_vec(cursor) {
        Ok(json) => batch.cursor(json),
        Err(_) => batch,
    }
}

/// How long to wait after trouble that came behind a part of a batch.
fn pause_of(api: &Api<'_>, trouble: &Trouble) -> Option<u64> {
    match trouble {
        Trouble::Later(ms) => ms.or_else(|| api.pause_ms()),
        _ => api.pause_ms(),
    }
}

/// A cursor that cannot be read (of another version) begins again; the host takes nothing twice.
fn read(host: &dyn Host, cursor: Option<Vec<u8>>) -> Cursor {
    let Some(bytes) = cursor else { return Cursor::default() };
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        warning!(
            host,
            "the cursor cannot be read ({error}); the poll begins again from the history of the settings"
        );
        Cursor::default()
    })
}
