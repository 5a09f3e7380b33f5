//! What the panel says. English is compiled in; another language is a file beside the shell, read when it is asked for, so
//! that nobody pays for tongues they do not speak. Dates, numbers and lengths of time come from the browser's `Intl`. No
//! text counts things in a sentence: plural rules differ (Arabic has six), so counts stand beside a word.

use crate::json::Json;

/// A language the panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German.
    De,
    /// Arabic, from right to left.
    Ar,
}

impl Lang {
    /// The language of a locale; English where the panel does not speak it.
    pub fn of(locale: &str) -> Self {
        match locale
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "de" => Self::De,
            "ar" => Self::Ar,
            _ => Self::En,
        }
    }

    /// Its tag, for `lang=`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ar => "ar",
        }
    }

    /// The direction it is written in.
    pub fn dir(self) -> &'static str {
        if self == Self::Ar { "rtl" } else { "ltr" }
    }
}

/// Puts `values` in the places `{0}`, `{1}` of a text.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let place = after
            .split_once('}')
            .and_then(|(n, tail)| Some((values.get(n.parse::<usize>().ok()?)?, tail)));
        match place {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($key:ident: $en:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the English text in the table is the documentation")]
        pub enum $name { $($key),* }

        static KEYS: &[&str] = &[$(stringify!($key)),*];
        static ENGLISH: &[&str] = &[$($en),*];
    };
}
pub(crate) use words;

/// Reads the file of a language: an object of keys and texts. What it lacks is said in English. The texts live as long as
/// the program: a page speaks one language, or two.
#[inline(never)]
pub(crate) fn table(file: &str, keys: &[&str], english: &[&'static str]) -> Option<&'static [&'static str]> {
    let json = Json::read(file).ok()?;
    let texts = keys.iter().zip(english).map(|(key, english)| match json.get(key) {
        Some(Json::Text(text)) => &*Box::leak(text.clone().into_boxed_str()),
        _ => english,
    });
    Some(Box::leak(texts.collect()))
}

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words(&'static [&'static str]);

impl Default for Words {
    fn default() -> Self {
        Self(ENGLISH)
    }
}

impl Words {
    /// Reads the file of a language.
    pub fn read(file: &str) -> Option<Self> {
        table(file, KEYS, ENGLISH).map(Self)
    }

    /// A text.
    pub fn say(self, word: Word) -> &'static str {
        self.0.get(word as usize).copied().unwrap_or_default()
    }
}

words! {
    /// A text of the panel.
    Word:
    Conversations: "Conversations";
    Loading: "Reading…";
    TryAgain: "Try again";
    Cancel: "Cancel";
    Close: "Close";
    Back: "Back to the list";
    You: "you";
    // The feed
    Live: "live";
    Connecting: "connecting";
    Reconnecting: "reconnecting";
    Offline: "offline";
    SignedOut: "signed out";
    ReconnectingLong: "The connection to Jackfield is lost and is being tried again. What you see may be old; nothing you write is lost.";
    OfflineLong: "Your browser has no network. What you see may be old; nothing you write is lost.";
    SignedOutLong: "Your sign-in has ended. Sign in again on this page or reload it; drafts are kept.";
    NoToken: "The page gave this panel no token. It has to set the property “token” or “tokenProvider”.";
    Unreachable: "Jackfield cannot be reached at {0}. Check the address and this page's connect-src; it is tried again.";
    RefusedPanel: "Jackfield refused this panel: {0}";
    NotUnderstood: "Jackfield answered something this panel does not understand ({0}). Reload the page; if it stays, the versions differ.";
    // Lines to networks
    LineDegraded: "{0} is slow or down.";
    LineCredential: "{0} needs a new credential.";
    LineQuarantined: "{0} is set aside because its plugin is broken.";
    LineGood: "{0} works again.";
    // The list
    Show: "Show";
    Open: "Open";
    Mine: "Mine";
    Nobodys: "Nobody's";
    Resolved: "Resolved";
    All: "All";
    Search: "Search";
    SearchClear: "Clear the search";
    Waiting: "waiting {0}";
    WaitingNow: "just came in";
    Answered: "answered";
    Unread: "unread: {0}";
    NoText: "no words any more";
    EmptyOpen: "Nobody is waiting. New messages appear here by themselves.";
    EmptyMine: "You have nothing open. Take a conversation from “Nobody's”.";
    EmptyNobodys: "Every open conversation has an owner.";
    EmptyResolved: "Nothing is resolved yet. What you resolve is kept here.";
    EmptyPerson: "This person has not written to us on any line. Look under “Show” for everybody.";
    EmptySearch: "No conversation has these words. Try fewer of them, or look under “Resolved”.";
    NoLines: "No network is connected to this brand yet. An administrator adds one with: jackfield connection add";
    ListFailed: "The list could not be read. {0}";
    NoAnswer: "Jackfield did not answer.";
    ListFull: "The first {0} are shown. Search to find others.";
    ThisPerson: "This person";
    Everybody: "Everybody";
    // The thread
    Messages: "Messages";
    Pick: "Open a conversation to read it here.";
    ThreadFailed: "This conversation could not be read. {0}";
    Take: "Take it";
    HandOver: "Hand over";
    Resolve: "Resolve";
    Reopen: "Open again";
    HandTo: "To whom? Empty: back to the queue";
    HandWhy: "Why, for who gets it";
    YouHaveIt: "You have it";
    HasIt: "{0} has it";
    NobodyHasIt: "Nobody has it";
    Earlier: "Show what came before: {0}";
    Edited: "edited {0}×";
    Deleted: "deleted on the network; kept in the record";
    NeverSeen: "Deleted on the network before it was read.";
    Context: "context, not addressed to us";
    Outside: "by our account, outside Jackfield";
    AnswersWhom: "answers {0}";
    Reach: "reach {0}";
    OnNetwork: "on the network";
    Attachment: "attached: {0}";
    Behind: "behind a warning: {0}";
    Because: "Triage: {0}, by the marked words";
    Judged: "Triage: {0}";
    AnswerThis: "Answer this";
    NoteLabel: "Note";
    OwnPeople: "for our own people";
    ReplyLabel: "Our reply";
    By: "by {0}";
    // Delivery
    Handing: "being handed to Jackfield";
    HandingWaits: "Jackfield cannot be reached; handed over as soon as it answers";
    HandingRefused: "not taken: {0}";
    PutBack: "Put it back in the box";
    Queued: "waiting to be sent";
    QueuedWhy: "waiting to be sent: {0}";
    Sending: "the network has been asked";
    Sent: "accepted by the network {0}";
    Failed: "not sent: {0}";
    Unknown: "we do not know yet whether the network has it; we are finding out. {0}";
    TakenAway: "taken away on the network afterwards";
    Changed: "changed on the network; there it says now:";
    TroubleFailed: "not sent";
    TroubleUnknown: "sent or not?";
    // Turns
    TurnTook: "{0} took it";
    TurnHanded: "{0} handed it to {1}";
    TurnQueue: "{0} gave it back to the queue";
    TurnResolved: "{0} resolved it";
    TurnReopened: "{0} opened it again";
    TurnReopenedBy: "opened again by a new message";
    TheRule: "A rule";
    // Who this is
    Who: "Who this is";
    Handle: "Handle";
    ReachName: "Reach";
    ReachUnknown: "the network does not say";
    Line: "Line";
    Profile: "Profile";
    ProfileOpen: "open on the network";
    Customer: "Customer";
    Automated: "This account says that it is a program.";
    Program: "program";
    Others: "Other conversations";
    OthersNone: "None that we know.";
    // The composer
    WhatYouWrite: "What you write";
    ModePublic: "Reply in public";
    ModePrivate: "Private";
    ModeNote: "Note";
    SendPublic: "Send in public";
    SendPrivate: "Send privately";
    SaveNote: "Save note";
    HintPublic: "Answer {0}; everybody can read it";
    HintPrivate: "Write to {0}; strangers cannot read it";
    HintNote: "For our own people; it is never published";
    SeenBy: "Who can read it";
    Left: "{0} left";
    TooLong: "{0} too long for this network; shorten it to send it";
    NoteTooLong: "{0} too long for a note; shorten it to save it";
    Unaddressed: "Without “{0}” the network does not tell this person.";
    Answering: "Answers {0}:";
    AnswerNewest: "Answer the newest instead";
    Prevented: "The page stopped this reply. It is still in the box.";
    Keys: "Keys: J K move, Enter open, R reply, N note, Esc back, Ctrl+Enter send";
    // Spoken
    NewFrom: "New message from {0}: {1}";
    NewMany: "New messages: {0}";
    SentNow: "The network accepted the reply.";
    // Who can read
    VisPublic: "public";
    VisUnlisted: "unlisted";
    VisFollowers: "followers";
    VisDirect: "private";
    VisInternal: "internal";
    // Labels that the bundled triage gives; others are shown as they are
    LabelQuestion: "question";
    LabelComplaint: "complaint";
    LabelThanks: "thanks";
    LabelSpam: "spam";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything_with_the_same_places() {
        let places = |text: &str| {
            (0..3)
                .filter(|n| text.contains(&format!("{{{n}}}")))
                .collect::<Vec<_>>()
        };
        for file in [
            include_str!("../../shell/words-de.json"),
            include_str!("../../shell/words-ar.json"),
        ] {
            let json = Json::read(file).unwrap();
            for (key, english) in KEYS.iter().zip(ENGLISH) {
                let Some(Json::Text(text)) = json.get(key) else {
                    panic!("{key} is missing")
                };
                assert!(!text.is_empty(), "{key}");
                assert_eq!(places(text), places(english), "{key}: {text}");
            }
            let Json::Object(pairs) = json else { panic!("no object") };
            assert_eq!(pairs.len(), KEYS.len(), "a key that no text has");
            assert_ne!(
                Words::read(file).unwrap().say(Word::Search),
                Words::default().say(Word::Search)
            );
        }
        assert_eq!(Words::read(r#"{"Search":"?"}"#).unwrap().say(Word::Mine), "Mine");
        assert!(Words::read("<html>").is_none());
    }

    #[test]
    fn values_take_their_places_and_are_not_read_as_places() {
        assert_eq!(fill("{0} handed it to {1}", &["Mia", "{0}"]), "Mia handed it to {0}");
        assert_eq!(fill("no {x} here {9} {", &["a"]), "no {x} here {9} {");
    }

    #[test]
    fn a_locale_finds_its_language_and_direction() {
        for (locale, lang) in [
            ("ar-EG", Lang::Ar),
            ("de", Lang::De),
            ("DE_AT", Lang::De),
            ("pt-BR", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::of(locale), lang, "{locale}");
        }
        assert_eq!(Lang::Ar.dir(), "rtl");
    }
}
