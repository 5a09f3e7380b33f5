//! Whether a reply may go out: the gate, authority and risk as one judgement, the same for a draft and for a command.
//!
//! [`judge`] is asked by the composer while somebody writes and again when the reply is asked for, on the conversation as
//! it is then; what the panel does not show, the second asking refuses. What comes of it is a [`PassRecord`], which goes
//! with the reply for ever.

mod judge;

pub use judge::{Judgement, Letter, Meant, Needs, judge};

use crate::ReadAct;
use crate::approval;
use crate::gate::{Brand, Dictionaries, Gate, Voice};
use crate::policy::House;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The gates of a policy, made once.
#[derive(Clone, Default)]
pub struct Gates(Option<Arc<Inner>>);

struct Inner {
    by_brand: BTreeMap<String, Gate>,
    /// Finds what a text does for brands without a voice: authority is asked about it there, too.
    plain: Gate,
}

impl Gates {
    /// Makes the voices of a house ready.
    pub fn of(house: &House, dictionaries: &Arc<Dictionaries>) -> Self {
        let ready = |voice: &Voice| Gate::new(voice.clone(), Arc::clone(dictionaries));
        Self(Some(Arc::new(Inner {
            by_brand: house
                .voices
                .iter()
                .map(|(brand, voice)| (brand.clone(), ready(voice)))
                .collect(),
            plain: ready(&Voice::default()),
        })))
    }

    /// The gate of a brand; none where it has no voice.
    pub fn get(&self, brand: &str) -> Option<&Gate> {
        self.0.as_ref()?.by_brand.get(brand)
    }

    /// Any gate, to find what a text does.
    fn acts(&self, brand: &str) -> Option<&Gate> {
        self.get(brand).or_else(|| self.0.as_ref().map(|inner| &inner.plain))
    }

    /// The brands beside this one: their names, and how their replies are signed.
    fn others(&self, brand: &str) -> Vec<Brand> {
        let others = self.0.iter().flat_map(|inner| &inner.by_brand);
        let one = |gate: &Gate| {
            let voice = gate.voice();
            let after = voice.sign.after.trim();
            Brand {
                names: voice.names.clone(),
                signatures: Some(after.to_owned())
                    .filter(|line| !line.is_empty())
                    .into_iter()
                    .collect(),
            }
        };
        others
            .filter(|(name, _)| *name != brand)
            .map(|(_, gate)| one(gate))
            .collect()
    }
}

impl std::fmt::Debug for Gates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let brands: Vec<_> = self.0.iter().flat_map(|inner| inner.by_brand.keys()).collect();
        f.debug_tuple("Gates").field(&brands).finish()
    }
}

/// What a command about a reply said, short: by this the same command is known again.
pub(crate) fn said(what: &approval::Event) -> String {
    match what {
        approval::Event::Approved { edition, .. } => format!("approve {edition}"),
        approval::Event::Suggested { text, why, .. } => format!("suggest {}", mark(text, why)),
        approval::Event::Rejected { why, .. } => format!("return {}", mark(why, "")),
        approval::Event::Superseded { .. } => "supersede".to_owned(),
        approval::Event::Withdrawn => "withdraw".to_owned(),
        _ => String::new(),
    }
}

/// The same of the command itself. Another text under the same command is the first text again.
pub(crate) fn said_of(what: &ReadAct) -> String {
    match what {
        ReadAct::Approve { edition, .. } => format!("approve {edition}"),
        ReadAct::Suggest { text, why, .. } => format!("suggest {}", mark(text, why)),
        ReadAct::Return { why } => format!("return {}", mark(why.trim(), "")),
        ReadAct::Supersede { .. } => "supersede".to_owned(),
        ReadAct::Withdraw => "withdraw".to_owned(),
    }
}

fn mark(one: &str, other: &str) -> String {
    let digest = Sha256::new()
        .chain_update(one)
        .chain_update([0])
        .chain_update(other)
        .finalize();
    hex::encode(digest.get(..8).unwrap_or_default())
}
