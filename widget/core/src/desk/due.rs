//! How near a deadline is. Words and units are the view's.

use super::work::{Clock, Due, RowMore, Stand};
use jackfield_protocol::Millis;

/// How near.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// There is time.
    Calm,
    /// It is to be warned of.
    Soon,
    /// It is over.
    Late,
}

impl Near {
    /// A class.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calm => "clock",
            Self::Soon => "clock soon",
            Self::Late => "clock late",
        }
    }
}

/// Of a deadline.
pub fn near(at: Millis, warn: Option<Millis>, now: Millis) -> Near {
    if now >= at {
        Near::Late
    } else if warn.is_some_and(|warn| now >= warn) {
        Near::Soon
    } else {
        Near::Calm
    }
}

/// The clock to show first: the earliest that runs.
pub fn first(clocks: &[Clock]) -> Option<&Clock> {
    clocks
        .iter()
        .filter(|clock| clock.stand == Stand::Running && clock.due.is_some())
        .min_by_key(|clock| clock.due)
}

/// The earliest deadline of some rows, where the server does not tell it.
pub fn earliest<'a>(rows: impl Iterator<Item = (&'a str, &'a RowMore)>) -> Option<(&'a str, &'a Due)> {
    rows.filter_map(|(id, more)| Some((id, more.due.as_ref()?)))
        .min_by_key(|(id, due)| (due.at, *id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_warned_of_before_it_is_over() {
        for (now, near_by) in [(9, Near::Calm), (10, Near::Soon), (19, Near::Soon), (20, Near::Late)] {
            assert_eq!(near(20, Some(10), now), near_by, "{now}");
        }
        assert_eq!(near(20, None, 19), Near::Calm);
    }

    #[test]
    fn a_clock_that_stands_still_is_no_deadline() {
        let clock = |due, stand| Clock {
            kind: "answer".into(),
            due,
            warn: None,
            stand,
        };
        let clocks = [
            clock(Some(5), Stand::Paused),
            clock(None, Stand::Running),
            clock(Some(9), Stand::Running),
            clock(Some(1), Stand::Over),
        ];
        assert_eq!(first(&clocks).and_then(|clock| clock.due), Some(9));
    }
}
