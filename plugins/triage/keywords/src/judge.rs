//! All of it together: tokens, cues, shape, and what a text is after it.

use crate::cues::Label;
use crate::find::{Found, find};
use crate::shape::look;
use crate::token::{Kind, Token, tokens};
use jackfield_sdk::triage::{Subject, Verdict};

/// A margin nearer to nothing than this says nothing.
const SILENCE: f32 = 0.25;

/// No text is surer than this, however often it repeats itself.
const SUREST: f32 = 4.0;

/// Opinions on one message.
pub fn judge(subject: &Subject) -> Vec<Verdict> {
    let tokens = tokens(&subject.content);
    let mut found = find(&tokens);
    found.extend(look(&subject.content.text, &tokens));
    sarcasm(&tokens, &mut found);
    closing(&tokens, &mut found);
    Label::ALL
        .into_iter()
        .filter_map(|label| verdict(label, &found))
        .collect()
}

/// Thanks beside a complaint, with no word of what was good: `Great, my parcel is lost again. Thanks!`
fn sarcasm(tokens: &[Token], found: &mut [Found]) {
    let sum = |found: &[Found], label| found.iter().filter(|f| f.label == label).map(|f| f.weight).sum::<f32>();
    let complains = sum(found, Label::Complaint) >= 1.0;
    let asks = tokens.iter().any(|t| t.kind == Kind::Question);
    if complains && !asks && sum(found, Label::Thanks) <= 1.0 {
        for thanks in found.iter_mut().filter(|f| f.label == Label::Thanks && f.weight > 0.0) {
            thanks.weight *= 0.4;
        }
    }
}

/// Words before a closing formula: whoever only thanks writes fewer.
const BEFORE_A_CLOSING: usize = 8;

/// Thanks at the very end of a request or a report is how letters end: `When will it be back in stock? Thanks`.
fn closing(tokens: &[Token], found: &mut [Found]) {
    let words = || tokens.iter().filter(|t| t.word().is_some());
    let Some(last) = words().next_back().map(|t| t.end) else {
        return;
    };
    let asks = tokens.iter().any(|t| t.kind == Kind::Question);
    let complains = found.iter().any(|f| f.label == Label::Complaint && f.weight > 0.3);
    for thanks in found
        .iter_mut()
        .filter(|f| f.label == Label::Thanks && f.weight > 0.0 && f.end == last)
    {
        let before = words().filter(|t| t.end <= thanks.start).count();
        if before >= BEFORE_A_CLOSING || (before > 0 && (asks || complains)) {
            thanks.weight *= 0.5;
        }
    }
}

fn verdict(label: Label, found: &[Found]) -> Option<Verdict> {
    let of_label = || found.iter().filter(|f| f.label == label);
    let margin: f32 = of_label().map(|f| f.weight).sum();
    if margin.abs() < SILENCE {
        return None;
    }
    let heaviest = of_label()
        .filter(|f| f.weight * margin > 0.0)
        .max_by(|a, b| a.weight.abs().total_cmp(&b.weight.abs()))?;
    let because = u32::try_from(heaviest.start).ok().zip(u32::try_from(heaviest.end).ok());
    Some(Verdict {
        label: label.name().to_owned(),
        margin: margin.clamp(-SUREST, SUREST),
        because,
    })
}
