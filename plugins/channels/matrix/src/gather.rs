//! What each event of a room becomes.

use crate::api::Api;
use crate::rooms::{self, Room};
use crate::roots::{self, Known, Roots};
use crate::text;
use crate::wire::Event;
use jackfield_sdk::channel::{Author, Content, Event as Handed, Kind, Trouble, Visibility};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where people look at a message or a person.
const PAGE: &str = "https://matrix.to/#";

pub(crate) struct Gather<'a> {
    pub(crate) api: &'a Api<'a>,
    pub(crate) me: String,
    pub(crate) roots: Roots<'a>,
    /// The names that people show, by room and person.
    names: BTreeMap<(String, String), String>,
    rooms: BTreeMap<String, Room>,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(api: &'a Api<'a>, me: String) -> Self {
        Self {
            api,
            me,
            roots: Roots::new(api.host),
            names: BTreeMap::new(),
            rooms: BTreeMap::new(),
        }
    }

    /// Looks who is who.
    pub(crate) fn names(&mut self, room: &str, events: &[Value]) {
        for event in events
            .iter()
            .filter_map(Event::read)
            .filter(|event| event.kind == "m.room.member")
        {
            if let (Some(who), Some(name)) = (event.state_key.as_deref(), event.text("/displayname")) {
                let name = name.chars().take(120).collect();
                self.names.insert((room.to_owned(), who.to_owned()), name);
            }
        }
    }

    fn room(&mut self, id: &str) -> Result<Room, Trouble> {
        if let Some(room) = self.rooms.get(id) {
            return Ok(*room);
        }
        let room = rooms::known(self.api, id)?;
        self.rooms.insert(id.to_owned(), room);
        Ok(room)
    }

    /// What this event is to the host; none where it is nothing.
    pub(crate) fn event(&mut self, room_id: &str, event: &Event) -> Result<Option<Handed>, Trouble> {
        let find = |this: &mut Self, id: &str| roots::find(this.api, &mut this.roots, room_id, &this.me, id);
        if let Some(gone) = event.takes_away() {
            let Some(known) = find(self, gone)? else {
                return Ok(None);
            };
            let mut handed = self.handed(room_id, event, &known)?;
            handed.remote_id = gone.to_owned();
            handed.kind = Kind::Deleted;
            return Ok(Some(handed));
        }
        if event.kind == "m.reaction" {
            let Some(target) = event.text("/m.relates_to/event_id") else {
                return Ok(None);
            };
            let Some(known) = find(self, target)? else {
                return Ok(None);
            };
            let sign = event.text("/m.relates_to/key").unwrap_or_default();
            let mut handed = self.handed(room_id, event, &known)?;
            handed.parent = Some(target.to_owned());
            handed.ours = event.sender == self.me;
            handed.kind = Kind::Other(format!("reaction {}", sign.chars().take(40).collect::<String>()));
            return Ok(Some(handed));
        }
        if !event.is_message() || event.is_gone() {
            return Ok(None);
        }
        if let Some(original) = event.replaces() {
            let Some(first) = roots::ask(self.api, room_id, original)? else {
                return Ok(None);
            };
            let content = event.content.get("m.new_content");
            // Whoever edits the words of another has only said that they would like to.
            let (Some(content), true, false) = (content, first.sender == event.sender, first.is_gone()) else {
                return Ok(None);
            };
            let Some(known) = find(self, original)? else {
                return Ok(None);
            };
            let mut handed = self.said(room_id, event, content, &known, &first)?;
            handed.remote_id = original.to_owned();
            handed.revision = event.origin_server_ts.max(1);
            return Ok(Some(handed));
        }
        let root = match event.answers() {
            None => event.event_id.clone(),
            Some(above) => {
                let above = event.thread().unwrap_or(above).to_owned();
                find(self, &above)?.map_or(above, |known| known.root)
            }
        };
        let known = Known {
            root,
            ours: event.sender == self.me,
        };
        self.roots.put(&event.event_id, &known);
        self.said(room_id, event, &event.content, &known, event).map(Some)
    }

    fn handed(&mut self, room_id: &str, event: &Event, known: &Known) -> Result<Handed, Trouble> {
        let room = self.room(room_id)?;
        let thread = if room.direct {
            room_id.to_owned()
        } else {
            format!("{room_id}/{}", known.root)
        };
        Ok(Handed {
            remote_id: event.event_id.clone(),
            revision: 0,
            at: event.origin_server_ts,
            kind: Kind::Deleted,
            thread,
            parent: None,
            visibility: if room.public {
                Visibility::Public
            } else {
                Visibility::Direct
            },
            ours: known.ours,
            context: false,
            url: Some(format!("{PAGE}/{room_id}/{}", event.event_id)),
        })
    }

    /// `first` is the message itself where `event` is an edit of it.
    fn said(
        &mut self,
        room_id: &str,
        event: &Event,
        content: &Value,
        known: &Known,
        first: &Event,
    ) -> Result<Handed, Trouble> {
        let mut handed = self.handed(room_id, first, known)?;
        handed.at = event.origin_server_ts;
        handed.parent = first.answers().map(str::to_owned);
        let to_us = match &handed.parent {
            Some(parent) => self.roots.get(parent).is_some_and(|known| known.ours),
            None => false,
        };
        let direct = self.room(room_id)?.direct;
        handed.context = !(direct || known.ours || to_us || self.api.settings.all || self.is_named(event));
        let said = text::of(first, content, self.api.server());
        let handle = event.sender.trim_start_matches('@');
        let author = Author {
            id: event.sender.clone(),
            display_name: self.names.get(&(room_id.to_owned(), event.sender.clone())).cloned(),
            profile_url: Some(format!("{PAGE}/{}", event.sender)),
            automated: said.automated,
            ..Author::named(handle)
        };
        handed.kind = Kind::Said(Content {
            spans: said.text.spans,
            attachments: said.files,
            ..Content::plain(author, &said.text.text)
        });
        Ok(handed)
    }

    /// Whether it names us: by id where its client says whom it names, by name in its words.
    fn is_named(&self, event: &Event) -> bool {
        let named = event.content.pointer("/m.mentions/user_ids").and_then(Value::as_array);
        if named.is_some_and(|ids| ids.iter().any(|id| *id == *self.me)) {
            return true;
        }
        let name = self.me.trim_start_matches('@').split(':').next().unwrap_or_default();
        let body = event.text("/body").unwrap_or_default().to_lowercase();
        let part = |c: char| !(c.is_alphanumeric() || "_-.=/".contains(c));
        body.split(part)
            .any(|word| word.trim_matches(['.', '-']) == name.to_lowercase())
    }
}
