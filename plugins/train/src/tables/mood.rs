//! `mood` and `abuse`: sentiment, and the tables beside the project: emotion, irony, offensive.

use super::{Card, Made};
use crate::data::{Data, Part, Sample, sets};
use crate::learn::{Effort, Rows, Weights, learn_each};
use crate::make;
use anyhow::Result;
use jackfield_linear::features::Recipe;

/// How one of them is learned.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// The features.
    pub recipe: Recipe,
    /// The effort.
    pub effort: Effort,
    /// Classes of the set.
    pub classes: usize,
}

/// The way of each task of TweetEval, chosen on its validation part.
pub fn way(task: &str) -> Way {
    let recipe = Recipe {
        bits: 16,
        words: 2,
        shortest: 3,
        longest: 5,
        shape: false,
    };
    let of = |recipe, cost, balance, classes| Way {
        recipe,
        effort: Effort {
            cost,
            balance,
            rounds: 40,
        },
        classes,
    };
    match task {
        "emotion" => of(Recipe { shortest: 2, ..recipe }, 0.7, 0.5, 4),
        "irony" => of(Recipe { shape: true, ..recipe }, 0.1, 1.0, 2),
        "offensive" => of(Recipe { shape: true, ..recipe }, 0.1, 1.0, 2),
        _ => of(Recipe { shape: true, ..recipe }, 0.1, 1.0, 3),
    }
}

/// What a task is learned from.
pub fn train(data: &Data, task: &str) -> Result<Vec<Sample>> {
    if task == "sentiment" {
        sets::semeval(data)
    } else {
        sets::tweeteval(data, task, Part::Train)
    }
}

/// Rows and weights of a task. Of two classes only the second is kept: its margin is the other's turned round.
pub fn learn(data: &Data, task: &str) -> Result<(Rows, Vec<Weights>)> {
    let way = way(task);
    let samples = train(data, task)?;
    let rows = Rows::of(way.recipe, samples.iter().map(|one| one.text.as_str()));
    let classes: Vec<usize> = samples.iter().map(|one| one.class).collect();
    let mut weights = learn_each(&rows, &classes, way.classes, way.effort);
    if way.classes == 2 {
        weights.remove(0);
    }
    Ok((rows, weights))
}

/// Makes the four.
pub fn make(data: &Data) -> Result<Vec<Made>> {
    let one = |plugin, name, free| -> Result<Made> {
        let (rows, weights) = learn(data, name)?;
        let source = if free {
            "SemEval-2013 to 2017 4A train pool: MIT (the words of tweets under the network's terms; none are in the table). \
             Copies of TweetEval's validation messages were taken out of it: every second of them stood in the pool"
        } else {
            "TweetEval, train part: no licence is stated; research use"
        };
        Ok(Made {
            plugin,
            name,
            bytes: make::table(&rows, &weights, 1.0),
            free,
            card: Card {
                purpose: "A cue, never the verdict.",
                data: vec![source.to_owned()],
                way: format!("{} texts; {:?}; {:?}", rows.len(), rows.recipe(), way(name).effort),
                figures: vec![format!("`{name}` rows of `cargo xtask eval`")],
                failures: vec![
                    "Tweets of 2013 to 2018 in English; other languages come out as chance has it.",
                    "Sarcasm reads as what it says.",
                ],
            },
        })
    };
    Ok(vec![
        one("mood", "sentiment", true)?,
        one("mood", "emotion", false)?,
        one("mood", "irony", false)?,
        one("abuse", "offensive", false)?,
    ])
}
