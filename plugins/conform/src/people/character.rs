//! What kinds of people there are, and what each makes of an answer.

use super::read::Reading;

/// How somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Character {
    /// Thanks, and means it.
    Grateful,
    /// Wants it solved at the first answer.
    Impatient,
    /// Says thanks and means the opposite.
    Sarcastic,
    /// Asks on.
    Curious,
    /// Would rather not say it in public.
    Private,
    /// Writes first and mends the words afterwards.
    Mender,
    /// Takes the post away when it is over.
    Regretful,
    /// Sells something to everybody; never answers.
    Spammer,
}

/// What somebody does about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Thanks.
    Thank,
    /// Thanks that are none.
    ThankBitterly,
    /// Complains again.
    Complain,
    /// Gives what was asked for, where everybody sees it.
    Tell,
    /// Gives it in a direct message.
    TellPrivately,
    /// Asks something more.
    AskMore,
    /// Changes the words of the first post: it is solved.
    MarkSolved,
    /// Takes the first post away.
    TakeAway,
    /// Nothing more.
    Rest,
}

impl Character {
    /// All of them, in the order in which they move in.
    pub const ALL: [Self; 8] = [
        Self::Impatient,
        Self::Grateful,
        Self::Curious,
        Self::Private,
        Self::Mender,
        Self::Sarcastic,
        Self::Regretful,
        Self::Spammer,
    ];

    /// What this person does about an answer that reads so; `turn` counts the answers they got in this thread, from 1.
    pub fn reacts(self, reading: Reading, turn: u32) -> Move {
        use Character as C;
        use Reading as R;
        if turn > 4 {
            return Move::Rest;
        }
        match (self, reading) {
            (C::Spammer, _) => Move::Rest,
            (_, R::WantsPrivate) => Move::TellPrivately,
            (C::Private, R::Asks) => Move::TellPrivately,
            (_, R::Asks) => Move::Tell,
            (C::Sarcastic, R::Solves) if turn == 1 => Move::AskMore,
            (C::Curious, R::Solves) if turn == 1 => Move::AskMore,
            (C::Mender, R::Solves) => Move::MarkSolved,
            (C::Regretful, R::Solves) => Move::TakeAway,
            (_, R::Solves) => Move::Thank,
            (C::Sarcastic, _) => Move::ThankBitterly,
            (C::Impatient, _) => Move::Complain,
            (C::Curious, R::PutsOff | R::Apologises) => Move::AskMore,
            (_, R::PutsOff) => Move::Complain,
            (C::Grateful, R::Says | R::Apologises) => Move::Thank,
            _ => Move::Rest,
        }
    }

    /// Does this person write again when nobody answers?
    pub fn nags(self) -> bool {
        matches!(self, Self::Impatient | Self::Sarcastic)
    }
}
