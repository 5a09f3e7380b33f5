//! What `decide` decides by, apart from the conversation itself: what its line allows, and what the house has written.

use crate::policy::Policies;
use jackfield_protocol::{Counting, Visibility};
use std::sync::LazyLock;

/// By what is decided.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What the line allows.
    pub line: &'a LineRules,
    /// What the house has written.
    pub policies: &'a Policies,
}

impl Rules<'static> {
    /// Everything is allowed and nothing is written: for what no rule decides.
    pub fn free() -> Self {
        Self {
            line: LineRules::free(),
            policies: Policies::none(),
        }
    }
}

impl Default for Rules<'_> {
    fn default() -> Self {
        Rules::free()
    }
}

impl<'a> Rules<'a> {
    /// What a line allows, where the house has written nothing.
    pub fn of_line(line: &'a LineRules) -> Self {
        Self {
            line,
            policies: Policies::none(),
        }
    }
}

/// What a line to a network allows, as its plugin describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRules {
    /// The greatest length of one message; none where the network states none.
    pub max_length: Option<u32>,
    /// How the network counts.
    pub counting: Counting,
    /// Answers that strangers can read are possible.
    pub reply_public: bool,
    /// Answers that only the person can read are possible.
    pub reply_private: bool,
    /// Of these visibilities there are no answers, though others of their kind are possible.
    pub refuses: Vec<Visibility>,
    /// Milliseconds after the person's last message in which an answer is allowed; none where always.
    pub reply_window_ms: Option<u64>,
    /// A reply tells the person by naming them: the composer begins with `@handle `.
    pub mention: bool,
    /// Why nothing can be sent on this line at all, in words with the next action; none where it can.
    pub closed: Option<String>,
}

impl Default for LineRules {
    /// Everything is allowed: for host-side commands, which no line decides.
    fn default() -> Self {
        Self {
            max_length: None,
            counting: Counting::Characters,
            reply_public: true,
            reply_private: true,
            refuses: Vec::new(),
            reply_window_ms: None,
            mention: false,
            closed: None,
        }
    }
}

impl LineRules {
    /// Everything is allowed.
    pub fn free() -> &'static Self {
        static FREE: LazyLock<LineRules> = LazyLock::new(LineRules::default);
        &FREE
    }
}
