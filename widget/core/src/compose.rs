//! What the composer may send, and why not.

use jackfield_protocol::{Command, Compose, RemoteId, Visibility};

/// Greatest length of a note, as the command's own rule says.
const MOST_NOTE: usize = 10_000;

/// What is being written. The three are never confused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Strangers will read it.
    #[default]
    Public,
    /// Only some will read it.
    Private,
    /// Our own people will read it; it can never be published.
    Note,
}

impl Mode {
    /// A word for storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Note => "note",
        }
    }

    /// The mode of such a word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Private, Self::Note]
            .into_iter()
            .find(|mode| mode.word() == word)
    }
}

/// Something that is being written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// What it is.
    pub mode: Mode,
    /// The words of a reply; public and private share them.
    pub reply: String,
    /// The words of a note; never mixed with a reply's.
    pub note: String,
    /// The chosen visibility; the fitting one unless chosen.
    pub visibility: Option<Visibility>,
    /// The message that is answered, where the agent picked one.
    pub parent: Option<RemoteId>,
}

/// Whether it can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Gate {
    /// It can.
    Ready,
    /// Nothing is written.
    #[default]
    Empty,
    /// It is this much too long.
    TooLong(usize),
    /// Nothing can be sent here now; why, in words.
    Closed(String),
    /// This network has no message of this kind.
    NoSuchMode,
}

impl Draft {
    /// A fresh draft for a conversation: the fitting mode, and the words a reply begins with.
    pub fn fresh(compose: &Compose) -> Self {
        let mode = match compose.visibilities.first() {
            Some(first) if !first.is_public() => Mode::Private,
            Some(_) => Mode::Public,
            None => Mode::Note,
        };
        Self {
            mode,
            reply: compose.prefix.clone(),
            ..Self::default()
        }
    }

    /// The words of the mode that is on.
    pub fn text(&self) -> &str {
        if self.mode == Mode::Note {
            &self.note
        } else {
            &self.reply
        }
    }

    /// Replaces the words of the mode that is on.
    pub fn set_text(&mut self, text: String) {
        if self.mode == Mode::Note {
            self.note = text
        } else {
            self.reply = text
        }
    }

    /// Whether the agent has written anything of their own.
    pub fn written(&self, compose: &Compose) -> bool {
        let own = self.reply.strip_prefix(compose.prefix.as_str()).unwrap_or(&self.reply);
        !own.trim().is_empty() || !self.note.trim().is_empty()
    }

    /// The visibilities that fit the mode, the fitting one first.
    pub fn choices<'a>(&self, compose: &'a Compose) -> Vec<&'a Visibility> {
        choices(self.mode, compose)
    }

    /// The visibility a reply will have.
    pub fn seen_by<'a>(&self, compose: &'a Compose) -> Option<&'a Visibility> {
        let choices = self.choices(compose);
        choices
            .iter()
            .find(|choice| Some(**choice) == self.visibility.as_ref())
            .or(choices.first())
            .copied()
    }

    /// How long it is in the network's eyes, and how long it may be.
    pub fn length(&self, compose: &Compose) -> (usize, Option<usize>) {
        match self.mode {
            Mode::Note => (self.note.chars().count(), Some(MOST_NOTE)),
            _ => (
                compose.counting.length(&self.reply),
                compose.max_length.map(|max| max as usize),
            ),
        }
    }

    /// A reply that no longer begins with the words by which the network tells the person.
    pub fn unaddressed(&self, compose: &Compose) -> bool {
        let prefix = compose.prefix.trim();
        self.mode != Mode::Note && !prefix.is_empty() && !self.reply.trim().is_empty() && !self.reply.contains(prefix)
    }

    /// Whether it can be sent.
    pub fn gate(&self, compose: &Compose) -> Gate {
        if self.mode != Mode::Note {
            if let Some(why) = &compose.closed {
                return Gate::Closed(why.clone());
            }
            if self.seen_by(compose).is_none() {
                return Gate::NoSuchMode;
            }
        }
        let own = match self.mode {
            Mode::Note => self.note.as_str(),
            _ => self.reply.strip_prefix(compose.prefix.as_str()).unwrap_or(&self.reply),
        };
        if own.trim().is_empty() || own.trim() == compose.prefix.trim() {
            return Gate::Empty;
        }
        match self.length(compose) {
            (length, Some(max)) if length > max => Gate::TooLong(length - max),
            _ => Gate::Ready,
        }
    }

    /// The command that sends it; none where the gate is shut.
    pub fn command(&self, compose: &Compose) -> Option<Command> {
        if self.gate(compose) != Gate::Ready {
            return None;
        }
        if self.mode == Mode::Note {
            return Some(Command::Note {
                text: self.note.trim().to_owned(),
            });
        }
        let visibility = self.seen_by(compose)?.clone();
        Some(Command::Reply {
            text: self.reply.trim().to_owned(),
            visibility,
            parent: self.parent.clone(),
        })
    }
}

/// The visibilities that fit a mode, the fitting one first. A note has none: it is not on the network.
pub fn choices(mode: Mode, compose: &Compose) -> Vec<&Visibility> {
    compose
        .visibilities
        .iter()
        .filter(|v| mode != Mode::Note && v.is_public() == (mode == Mode::Public))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_protocol::Counting;
    use proptest::prelude::*;

    fn compose(visibilities: Vec<Visibility>) -> Compose {
        Compose {
            max_length: Some(10),
            counting: Counting::Characters,
            visibilities,
            parent: None,
            prefix: "@ana ".into(),
            closed: None,
        }
    }

    #[test]
    fn the_gate_says_why() {
        let open = compose(vec![Visibility::Public, Visibility::Direct]);
        let closed = Compose {
            closed: Some("Renew the token.".into()),
            ..open.clone()
        };
        let quiet = compose(vec![]);
        let draft = |mode, text: &str| {
            let mut draft = Draft {
                mode,
                ..Draft::default()
            };
            draft.set_text(text.into());
            draft
        };
        for (compose, mode, text, gate) in [
            (&open, Mode::Public, "@ana hi", Gate::Ready),
            (&open, Mode::Public, "@ana ", Gate::Empty),
            (&open, Mode::Public, " @ana", Gate::Empty),
            (&open, Mode::Public, "@ana 123456", Gate::TooLong(1)),
            (&open, Mode::Note, "@ana 123456", Gate::Ready),
            (&open, Mode::Note, "", Gate::Empty),
            (
                &closed,
                Mode::Private,
                "@ana hi",
                Gate::Closed("Renew the token.".into()),
            ),
            (&closed, Mode::Note, "hi", Gate::Ready),
            (&quiet, Mode::Private, "@ana hi", Gate::NoSuchMode),
        ] {
            assert_eq!(draft(mode, text).gate(compose), gate, "{mode:?} {text:?}");
        }
    }

    #[test]
    fn the_fitting_mode_is_on_and_the_person_is_addressed() {
        let draft = Draft::fresh(&compose(vec![Visibility::Direct, Visibility::Public]));
        assert_eq!((draft.mode, draft.reply.as_str()), (Mode::Private, "@ana "));
        assert_eq!(Draft::fresh(&compose(vec![])).mode, Mode::Note);
        let away = Draft {
            reply: "hello".into(),
            ..Draft::default()
        };
        assert!(away.unaddressed(&compose(vec![Visibility::Public])));
    }

    fn any_visibility() -> impl Strategy<Value = Visibility> {
        prop_oneof![
            Just(Visibility::Public),
            Just(Visibility::Unlisted),
            Just(Visibility::Followers),
            Just(Visibility::Direct),
            Just(Visibility::Other("x".into())),
        ]
    }

    proptest! {
        #[test]
        fn a_note_is_never_a_reply_and_private_words_never_become_public(
            all in prop::collection::vec(any_visibility(), 0..5), chosen in prop::option::of(any_visibility()),
            mode in 0u8..3, reply in ".{0,12}", note in ".{0,12}",
        ) {
            let mode = [Mode::Public, Mode::Private, Mode::Note][mode as usize];
            let draft = Draft { mode, reply, note: note.clone(), visibility: chosen, parent: None };
            match draft.command(&compose(all.clone())) {
                Some(Command::Note { text }) => prop_assert!(mode == Mode::Note && text == note.trim()),
                Some(Command::Reply { visibility, .. }) => {
                    prop_assert!(all.contains(&visibility) && mode != Mode::Note);
                    prop_assert_eq!(visibility.is_public(), mode == Mode::Public);
                }
                _ => {}
            }
        }
    }
}
