//! Builders for what a channel says of itself and for what a poll found.

use crate::channel::{Ability, Batch, Counting, Description, Event, Refusal, Trouble};

impl Description {
    /// A channel of this network and plugin version, with no settings, no abilities and no greatest length.
    pub fn new(network: &str, version: &str) -> Self {
        Self {
            network: network.to_owned(),
            version: version.to_owned(),
            settings_schema: r#"{"type":"object","additionalProperties":false}"#.to_owned(),
            can: Vec::new(),
            max_length: None,
            counting: Counting::Characters,
            reply_window_ms: None,
        }
    }

    /// The JSON Schema of the settings.
    #[must_use]
    pub fn settings(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.settings_schema);
        self
    }

    /// What works.
    #[must_use]
    pub fn can(mut self, abilities: impl IntoIterator<Item = Ability>) -> Self {
        self.can.extend(abilities);
        self
    }

    /// The greatest length of a message, and how the network counts it.
    #[must_use]
    pub fn max_length(mut self, length: u32, counting: Counting) -> Self {
        self.max_length = Some(length);
        self.counting = counting;
        self
    }
}

impl Batch {
    /// These events, oldest first; the cursor stays where it is, and nothing more is waiting.
    pub fn new(events: Vec<Event>) -> Self {
        Self {
            events,
            cursor: None,
            more: false,
            not_before_ms: None,
        }
    }

    /// Go on from here the next time.
    #[must_use]
    pub fn cursor(mut self, cursor: impl Into<Vec<u8>>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// More is waiting.
    #[must_use]
    pub fn more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }

    /// Not before this many milliseconds from now.
    #[must_use]
    pub fn not_before(mut self, ms: Option<u64>) -> Self {
        self.not_before_ms = ms;
        self
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}
