//! `intent`: ten labels at once.
//!
//! Our own messages carry all labels. What others wrote is asked only where its set answers: tweets to the world and
//! private SMS say nothing of buying, leaving, feedback or danger; SMS know spam; of 60 000 tweets the cues of `keywords`
//! say whether they ask, complain or thank.

use super::{Card, Made, OUR_OWN};
use crate::data::own::LETTERS;
use crate::data::{Data, Part, own, sets};
use crate::eval::subject;
use crate::learn::{Effort, Job, Rows, learn_jobs};
use crate::make;
use anyhow::Result;
use jackfield_linear::features::Recipe;
use jackfield_sdk::triage::Judge;
use jackfield_triage_keywords::Keywords;

const RECIPE: Recipe = Recipe {
    bits: 14,
    words: 2,
    shortest: 3,
    longest: 5,
    shape: true,
};
/// Of the tweets one in so many.
const EVERY: usize = 5;

/// A text, and for each label whether it is true of it and what that weighs.
struct Text {
    words: String,
    so: [bool; LETTERS.len()],
    weight: [f32; LETTERS.len()],
}

/// Nothing is known, then `known` is filled in: letters, whether they are true, and the weight.
fn text(words: &str, known: &[(&str, bool, f32)]) -> Text {
    let mut one = Text {
        words: words.to_owned(),
        so: [false; LETTERS.len()],
        weight: [0.0; LETTERS.len()],
    };
    for (letters, so, weight) in known {
        let labels = LETTERS.iter().zip(one.so.iter_mut().zip(one.weight.iter_mut()));
        for (_, (own_so, own_weight)) in labels.filter(|(letter, _)| letters.contains(**letter)) {
            (*own_so, *own_weight) = (*so, *weight);
        }
    }
    one
}

fn texts(data: &Data) -> Result<Vec<Text>> {
    let ours = own::messages().into_iter().filter(|m| !m.held_out());
    let mut all: Vec<Text> = ours
        .map(|m| Text {
            words: m.text.to_owned(),
            so: m.labels,
            weight: [1.0; LETTERS.len()],
        })
        .collect();
    for sms in sets::sms(data)? {
        let spam = sms.class == 1;
        all.push(text(&sms.text, &[("s", spam, 0.5), ("blfd", false, 0.2)]));
    }
    for asked in sets::banking(data, Part::Train)?.0.iter().step_by(EVERY) {
        all.push(text(&asked.text, &[("sptfh", false, 0.2)]));
    }
    let tweets = sets::semeval(data)?.into_iter().chain(sets::crisis(data)?);
    for tweet in tweets.step_by(EVERY) {
        let said = Keywords::classify(&subject(&tweet.text));
        let cue = |label: &str, least: f32| said.iter().any(|v| v.label == label && v.margin >= least);
        let known = [
            ("blfds", false, 0.2),
            ("q", cue("question", 1.0), 0.1),
            ("c", cue("complaint", 0.6), 0.1),
            ("t", cue("thanks", 1.0), 0.1),
        ];
        all.push(text(&tweet.text, &known));
    }
    Ok(all)
}

/// Makes it.
pub fn make(data: &Data) -> Result<Made> {
    let texts = texts(data)?;
    let rows = Rows::of(RECIPE, texts.iter().map(|text| text.words.as_str()));
    let jobs: Vec<Job> = (0..LETTERS.len())
        .map(|label| Job {
            yes: texts
                .iter()
                .map(|text| text.so.get(label).copied().unwrap_or(false))
                .collect(),
            weight: Some(
                texts
                    .iter()
                    .map(|text| text.weight.get(label).copied().unwrap_or(0.0))
                    .collect(),
            ),
            effort: Effort {
                cost: 1.0,
                balance: 1.0,
                rounds: 60,
            },
        })
        .collect();
    let weights = learn_jobs(&rows, &jobs);
    Ok(Made {
        plugin: "intent",
        name: "intent",
        bytes: make::table(&rows, &weights, 1.0),
        free: true,
        card: Card {
            purpose: "Ten labels, each true or not: question, complaint, praise, thanks, buy, leave, feedback, danger, spam, chat.",
            data: vec![
                OUR_OWN.to_owned(),
                "SMS Spam Collection (spam; else as what wants nothing of us): CC BY 4.0".to_owned(),
                "banking77, train part (as no spam, praise, thanks, feedback, chit-chat): CC BY 4.0".to_owned(),
                "SemEval-2017 4A train pool and CrisisLex T6 (as no buying, leaving, feedback, danger, spam): MIT".to_owned(),
                "for the last two also what the plugin `keywords`, whose cues are ours, says of question, complaint and thanks"
                    .to_owned(),
            ],
            way: format!(
                "{} texts; words, pairs of words, pieces of 3 to 5 letters, shape; 2^14 slots of ten bytes; squared hinge \
                 loss, cost 1",
                texts.len()
            ),
            figures: vec!["`intent` rows of `cargo xtask eval`, for each label, on two writers that were held out".to_owned()],
            failures: vec![
                "Buying, leaving, feedback and danger were only ever seen in messages that we wrote: expect less of strangers.",
                "Praise and danger have few messages; their recall is low.",
                "German, Spanish, French, Portuguese and others from a hundred and fifty messages in all.",
            ],
        },
    })
}
