//! What the gate finds.

use serde::{Deserialize, Serialize};

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A word that the brand does not use, disguised or not.
    ForbiddenWord,
    /// A word that its language does not have, with one near that it has.
    Spelling,
    /// Somebody's address, number or account where strangers read it.
    PersonalData,
    /// Something is promised: a time, an outcome, a guarantee.
    Promise,
    /// Money back is announced.
    Refund,
    /// A voucher, a discount, a credit is offered.
    Compensation,
    /// A mistake or a duty is admitted.
    Admission,
    /// An apology.
    Apology,
    /// Something is said in the name of the brand.
    Statement,
    /// It is written for another brand.
    WrongAccount,
    /// It is written for another conversation.
    WrongThread,
    /// It is written in another language than the person's.
    WrongLanguage,
    /// It greets or names somebody else.
    WrongPerson,
    /// It is longer than the network takes.
    Length,
    /// It calls more people than the policy allows.
    Mentions,
    /// It has more links than the policy allows.
    Links,
    /// A link leads where the policy does not allow, or hides where it leads.
    LinkTarget,
    /// A part of a template that nobody filled in.
    Placeholder,
    /// IT SHOUTS.
    Shouting,
    /// There is nothing in it.
    Empty,
}

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It is shown.
    Note,
    /// The agent says that it is meant.
    Ask,
    /// It does not go out so; only who may override it can send it.
    Block,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where, in characters (Unicode scalar values) of the text as the agent sees it: first, and one past the last.
    pub span: (usize, usize),
    /// What was looked for.
    pub rule: Rule,
    /// Why, in words.
    pub reason: String,
    /// What it does.
    pub severity: Severity,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::ForbiddenWord,
        Self::Spelling,
        Self::PersonalData,
        Self::Promise,
        Self::Refund,
        Self::Compensation,
        Self::Admission,
        Self::Apology,
        Self::Statement,
        Self::WrongAccount,
        Self::WrongThread,
        Self::WrongLanguage,
        Self::WrongPerson,
        Self::Length,
        Self::Mentions,
        Self::Links,
        Self::LinkTarget,
        Self::Placeholder,
        Self::Shouting,
        Self::Empty,
    ];

    /// What it does where the policy says nothing.
    ///
    /// Block is kept for what is wrong whatever was meant: a forbidden word, an account number in public, another
    /// brand's name, a template that shows, what the network refuses. Where the machine may be mistaken, it asks: a
    /// spelling, a name, a language, a thread. What is allowed to some people (a promise, a refund) is a note here,
    /// because the authority matrix decides it. An apology is good manners.
    pub fn severity(self) -> Severity {
        match self {
            Self::ForbiddenWord
            | Self::PersonalData
            | Self::WrongAccount
            | Self::Placeholder
            | Self::Length
            | Self::Empty => Severity::Block,
            Self::Spelling
            | Self::WrongThread
            | Self::WrongLanguage
            | Self::WrongPerson
            | Self::Mentions
            | Self::Links
            | Self::LinkTarget
            | Self::Shouting
            | Self::Admission => Severity::Ask,
            Self::Promise | Self::Refund | Self::Compensation | Self::Apology | Self::Statement => Severity::Note,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::ForbiddenWord => "a forbidden word",
            Self::Spelling => "a spelling",
            Self::PersonalData => "personal data",
            Self::Promise => "a promise",
            Self::Refund => "a refund",
            Self::Compensation => "a compensation",
            Self::Admission => "an admission",
            Self::Apology => "an apology",
            Self::Statement => "a statement for the brand",
            Self::WrongAccount => "another brand",
            Self::WrongThread => "another conversation",
            Self::WrongLanguage => "another language",
            Self::WrongPerson => "another person",
            Self::Length => "its length",
            Self::Mentions => "its mentions",
            Self::Links => "its links",
            Self::LinkTarget => "where a link leads",
            Self::Placeholder => "a placeholder",
            Self::Shouting => "capitals",
            Self::Empty => "an empty text",
        }
    }
}
