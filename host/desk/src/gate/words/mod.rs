//! Phrases by which an act is known, per language, and words that take it back. What an operator adds is beside these.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;

use super::acts::Act;

/// The phrases of one language, by act.
type Listed = &'static [(Act, &'static [&'static str])];

/// Every language that has phrases.
pub(super) const LISTS: [Listed; 6] = [en::ACTS, de::ACTS, fr::ACTS, es::ACTS, it::ACTS, nl::ACTS];

/// `we cannot promise`: one of these shortly before takes the act back.
pub(super) const NOT_BEFORE: &[&str] = &[
    "not",
    "cannot",
    "cant",
    "t",
    "never",
    "unable",
    "without",
    "nor",
    "neither",
    "hardly", // en
    "nicht",
    "kein",
    "keine",
    "keinen",
    "nie",
    "niemals",
    "weder",
    "leider", // de
    "ne",
    "n",
    "pas",
    "jamais",
    "impossible", // fr
    "no",
    "nunca",
    "tampoco", // es
    "non",
    "mai", // it
    "niet",
    "geen",
    "nooit", // nl
];

/// `wir versprechen das nicht`: one of these shortly after, too.
pub(super) const NOT_AFTER: &[&str] = &[
    "nicht", "kein", "keine", "keinen", "pas", "jamais", "niet", "geen", "nothing",
];
