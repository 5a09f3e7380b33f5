//! From learned weights to a table.

use crate::learn::{Rows, Weights};
use jackfield_linear::table::Table;

/// The largest weight becomes this.
const TOP: f32 = 127.0;

/// One step of the bytes of a class.
fn step_of(weights: &Weights) -> f32 {
    let top = weights.slots.iter().fold(0.0f32, |top, w| top.max(w.abs()));
    if top == 0.0 { 1.0 } else { top / TOP }
}

#[allow(clippy::cast_possible_truncation, reason = "clamped to what a signed byte holds")]
fn byte(weight: f32, step: f32) -> i8 {
    (weight / step).round().clamp(-TOP, TOP) as i8
}

/// The file of a table. `spread` multiplies the margins of each class, so that its threshold is a round number.
pub fn table(rows: &Rows, classes: &[Weights], spread: f32) -> Vec<u8> {
    let steps: Vec<f32> = classes.iter().map(step_of).collect();
    let heads: Vec<(f32, f32)> = classes
        .iter()
        .zip(&steps)
        .map(|(class, step)| (step * spread, class.bias * spread))
        .collect();
    let slots = 1usize << rows.recipe().bits;
    let mut bytes = Vec::with_capacity(slots * classes.len());
    for slot in 0..slots {
        for (class, step) in classes.iter().zip(&steps) {
            bytes.push(byte(class.slots.get(slot).copied().unwrap_or(0.0), *step));
        }
    }
    Table::write(rows.recipe(), &heads, &bytes)
}

/// The same weights after they went through bytes, for what is only measured.
pub fn rounded(weights: &Weights) -> Weights {
    let step = step_of(weights);
    let slots = weights.slots.iter().map(|w| f32::from(byte(*w, step)) * step).collect();
    Weights {
        slots,
        beside: weights.beside.clone(),
        bias: weights.bias,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_linear::features::{Features, Recipe};
    use jackfield_linear::text::Reading;

    #[test]
    fn a_table_says_what_the_weights_said_to_within_a_byte() {
        let recipe = Recipe {
            bits: 12,
            words: 1,
            shortest: 2,
            longest: 3,
            shape: false,
        };
        let text = "where is my parcel";
        let rows = Rows::of(recipe, [text]);
        let slots: Vec<f32> = (0..1u16 << 12).map(|n| f32::from(n % 97) / 97.0 - 0.4).collect();
        let weights = Weights {
            slots,
            beside: Vec::new(),
            bias: -0.25,
        };
        let file = table(&rows, std::slice::from_ref(&weights), 2.0);
        let (mut reading, mut features) = (Reading::default(), Features::default());
        reading.read(text, &[]);
        features.take(&reading, recipe);
        let mut margin = [0.0];
        Table::read(&file)
            .ok()
            .into_iter()
            .for_each(|t| t.margins(&features, &mut margin));
        let exact = weights.margin(&rows, 0) * 2.0;
        assert!(margin.iter().all(|m| (m - exact).abs() < 0.1), "{margin:?} {exact}");
        assert!((rounded(&weights).margin(&rows, 0) * 2.0 - exact).abs() < 0.1);
    }
}
