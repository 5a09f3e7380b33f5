//! Which rows of a long list are on the page.
//!
//! Every row has the same height, measured from a real one, so that zoom and text spacing of the reader count and the
//! arithmetic stays exact for any length. No browser in here: numbers in, numbers out.

use core::ops::Range;

/// Rows kept above and below what is seen, so that a fast scroll meets rows and not paper.
const OVERSCAN: usize = 4;

/// What is known of the list and of the box it scrolls in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Rows in the list.
    pub count: usize,
    /// The height of one row in CSS pixels.
    pub row: f64,
    /// The height of the box.
    pub height: f64,
    /// How far the box is scrolled.
    pub scroll: f64,
}

impl Window {
    fn row(&self) -> f64 {
        if self.row.is_finite() && self.row >= 1.0 {
            self.row
        } else {
            1.0
        }
    }

    /// The rows to draw.
    pub fn range(&self) -> Range<usize> {
        let row = self.row();
        let scroll = self.scroll.max(0.0);
        // `as` saturates: an absurd scroll lands on the last row.
        let first = (scroll / row) as usize;
        let shown = ((self.height.max(0.0) / row) as usize).saturating_add(2);
        let end = first.saturating_add(shown).saturating_add(OVERSCAN).min(self.count);
        let start = first.saturating_sub(OVERSCAN).min(end);
        start..end
    }

    /// The height of all rows together.
    pub fn total(&self) -> f64 {
        self.count as f64 * self.row()
    }

    /// Where row `index` begins.
    pub fn top(&self, index: usize) -> f64 {
        index as f64 * self.row()
    }

    /// The scroll at which row `index` is in sight, moved as little as possible.
    pub fn reveal(&self, index: usize) -> f64 {
        let (top, bottom) = (self.top(index), self.top(index) + self.row());
        if top < self.scroll || self.height < self.row() {
            top
        } else if bottom > self.scroll + self.height {
            bottom - self.height
        } else {
            self.scroll
        }
    }

    /// The first row in sight and how much of it is scrolled away.
    pub fn anchor(&self) -> (usize, f64) {
        let first = (self.scroll.max(0.0) / self.row()) as usize;
        (first, self.scroll.max(0.0) - self.top(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_window() -> impl Strategy<Value = Window> {
        (0usize..200_000, 1.0f64..400.0, 0.0f64..3000.0, 0.0f64..1.0).prop_map(|(count, row, height, part)| {
            let most = (count as f64 * row - height).max(0.0);
            Window {
                count,
                row,
                height,
                scroll: part * most,
            }
        })
    }

    proptest! {
        #[test]
        fn every_row_in_sight_is_drawn_and_few_others(w in any_window()) {
            let range = w.range();
            prop_assert!(range.end <= w.count);
            for index in 0..w.count.min(300) {
                let index = (w.anchor().0 + index).min(w.count.saturating_sub(1));
                let seen = w.top(index) < w.scroll + w.height && w.top(index) + w.row > w.scroll;
                prop_assert!(!seen || range.contains(&index), "{index} is seen but not in {range:?}");
            }
            prop_assert!(range.len() <= (w.height / w.row) as usize + 2 + 2 * OVERSCAN);
        }

        #[test]
        fn a_revealed_row_is_in_sight_and_revealing_it_again_moves_nothing(w in any_window(), at in 0.0f64..1.0) {
            prop_assume!(w.count > 0 && w.height >= w.row);
            let index = ((w.count - 1) as f64 * at) as usize;
            let moved = Window { scroll: w.reveal(index), ..w };
            prop_assert!(moved.top(index) >= moved.scroll - 1e-6);
            prop_assert!(moved.top(index) + moved.row <= moved.scroll + moved.height + 1e-6);
            prop_assert!((moved.reveal(index) - moved.scroll).abs() < 1e-6);
        }

        #[test]
        fn absurd_numbers_draw_a_range_of_the_list(count in 0usize..1000, row in any::<f64>(), height in any::<f64>(), scroll in any::<f64>()) {
            let range = Window { count, row, height, scroll }.range();
            prop_assert!(range.start <= range.end && range.end <= count);
        }
    }
}
