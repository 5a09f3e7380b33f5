//! One poll: new posts in the open, new personal messages, known posts looked at again.
//!
//! Ids are counted over the whole forum, so a list is read upwards from the newest id that was handed over: nothing is
//! left out, and a batch that is too small goes on where it stopped. Ids are given out before a post is stored, so a post
//! may appear below one that we have: the last ids are remembered, and what is new among them is taken too.

mod again;
mod list;

use crate::api::Api;
use crate::known::Known;
use crate::map;
use crate::watch::Watch;
use crate::wire::Post;
use jackfield_sdk::channel::{Author, Batch, Event, Host, Kind, Trouble, Visibility};
use jackfield_sdk::warning;
use serde::{Deserialize, Serialize};

/// A quiet forum is asked again after this. A key may make 60 requests in a minute.
const QUIET_MS: u64 = 10_000;

/// Where the next poll goes on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Posts in the open.
    #[serde(rename = "p", default)]
    open: Place,
    /// Personal messages.
    #[serde(rename = "m", default)]
    private: Place,
}

/// How far a list was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// The greatest id below which everything was handed over; none while the beginning is still being looked for.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    /// How far back the beginning was looked for.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    seek: Option<u64>,
    /// The last ids that were handed over, in order.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<u64>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// All there is was brought.
    Done,
    /// There is more.
    More,
}

struct Gather<'a> {
    api: &'a Api<'a>,
    known: Known<'a>,
    watch: Watch<'a>,
    events: Vec<Event>,
    /// Events that one batch may hold.
    room: usize,
}

pub(crate) fn poll(
    host: &dyn Host,
    settings: &str,
    cursor: Option<Vec<u8>>,
    max_events: u32,
) -> Result<Batch, Trouble> {
    let api = Api::new(host, settings)?;
    let mut cursor = read(host, cursor);
    let mut gather = Gather {
        api: &api,
        known: Known::load(host),
        watch: Watch::load(host),
        events: Vec::new(),
        room: max_events as usize,
    };
    let before = cursor.clone();
    match steps(&mut gather, &mut cursor) {
        Ok(step) => {
            let quiet = step == Step::Done && gather.events.is_empty();
            Ok(finish(gather, &cursor, step == Step::More).not_before(quiet.then_some(QUIET_MS)))
        }
        // Nothing was brought and the cursor stands where it stood: the trouble is the answer.
        Err(trouble) if gather.events.is_empty() && cursor == before => Err(trouble),
        Err(trouble) => {
            warning!(host, "the poll ended early: {trouble:?}");
            let pause = match trouble {
                Trouble::Later(Some(ms)) => ms,
                _ => QUIET_MS,
            };
            Ok(finish(gather, &cursor, false).not_before(Some(pause)))
        }
    }
}

fn steps(gather: &mut Gather<'_>, cursor: &mut Cursor) -> Result<Step, Trouble> {
    for (path, place, private) in [
        ("/posts.json", &mut cursor.open, false),
        ("/private-posts.json", &mut cursor.private, true),
    ] {
        if list::bring(gather, path, place, private)? == Step::More {
            return Ok(Step::More);
        }
    }
    again::look(gather)?;
    Ok(Step::Done)
}

fn finish(mut gather: Gather<'_>, cursor: &Cursor, more: bool) -> Batch {
    gather.known.save();
    gather.watch.save(gather.api.host.now_ms());
    let mut events = gather.events;
    events.sort_by_key(|event| event.at);
    let batch = Batch::new(events).more(more);
    match serde_json::to_vec(cursor) {
        Ok(json) => batch.cursor(json),
        Err(_) => batch,
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

impl Gather<'_> {
    fn full(&self) -> bool {
        self.events.len() >= self.room
    }

    /// A post that is new to us, and what it says of its author.
    fn take(&mut self, post: &Post, private: bool) -> Result<(), Trouble> {
        let settings = &self.api.settings;
        if !private && !settings.watches(post.category_id) {
            return Ok(());
        }
        let around = self.known.around(self.api, post, private)?;
        let event = map::event(post, &around, settings);
        let at = event.at;
        self.watch.add(post, &event, &around, self.api.host.now_ms());
        let ours = event.ours;
        self.events.push(event);
        if ours || self.full() {
            return Ok(());
        }
        if let Some(level) = self.known.trusted(post) {
            let user = post.user_id.unwrap_or(0);
            let fact = map::fact(
                &format!("trust:{user}"),
                at,
                at,
                format!("trust-level {level}"),
                post,
                &around,
            );
            self.events.push(fact);
        }
        Ok(())
    }

    /// Something we cannot read: kept raw by the host, and counted, so that it does not stop the line.
    fn unreadable(&mut self, id: u64) {
        warning!(
            self.api.host,
            "the post {id} cannot be read; it is handed over as unreadable and the poll goes on"
        );
        let at = self.api.host.now_ms();
        let mut event = jackfield_sdk::channel::said(&format!("unreadable:{id}"), Author::named("unknown"), "", at);
        event.kind = Kind::Other("unreadable-post".to_owned());
        event.visibility = Visibility::Internal;
        event.context = true;
        self.events.push(event);
    }
}
