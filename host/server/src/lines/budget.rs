//! What a connection may use over time. The sandbox bounds a call; this bounds an hour and a day of calls.
//!
//! Pure: whoever uses it says what time it is. An hour goes from full hour to full hour and a day from midnight to
//! midnight, UTC, so that the sentence for a person can name the moment at which it goes on. What was used is kept in the
//! store, at once where a budget is used up and else by eighths of an hour's budget: a restart gives back no more.

use jackfield_protocol::{ConnectionId, Millis};
use jackfield_store::Spent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Milliseconds of processor time of the plugin.
    CpuMs,
    /// Requests to networks.
    Requests,
    /// Bytes to and from networks.
    Bytes,
    /// Bytes that were stored of what it brought: facts and small values.
    StoredBytes,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::CpuMs, Self::Requests, Self::Bytes, Self::StoredBytes];

    /// As it stands in the configuration and in metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::CpuMs => "cpu-ms",
            Self::Requests => "requests",
            Self::Bytes => "bytes",
            Self::StoredBytes => "stored-bytes",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::CpuMs => "milliseconds of processor time",
            Self::Requests => "requests",
            Self::Bytes => "bytes to and from its network",
            Self::StoredBytes => "stored bytes",
        }
    }
}

/// An amount of each unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Amounts {
    /// See [`Unit::CpuMs`].
    pub cpu_ms: u64,
    /// See [`Unit::Requests`].
    pub requests: u64,
    /// See [`Unit::Bytes`].
    pub bytes: u64,
    /// See [`Unit::StoredBytes`].
    pub stored_bytes: u64,
}

impl Amounts {
    /// The amount of a unit.
    pub fn of(&self, unit: Unit) -> u64 {
        match unit {
            Unit::CpuMs => self.cpu_ms,
            Unit::Requests => self.requests,
            Unit::Bytes => self.bytes,
            Unit::StoredBytes => self.stored_bytes,
        }
    }

    /// The amount of a unit, to be changed.
    pub fn of_mut(&mut self, unit: Unit) -> &mut u64 {
        match unit {
            Unit::CpuMs => &mut self.cpu_ms,
            Unit::Requests => &mut self.requests,
            Unit::Bytes => &mut self.bytes,
            Unit::StoredBytes => &mut self.stored_bytes,
        }
    }
}

/// What one connection may use, and its share of the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Its weight at the gate.
    pub weight: u32,
    /// In an hour.
    pub hour: Amounts,
    /// In a day.
    pub day: Amounts,
}

impl Default for Allowance {
    /// An hour is what an ordinary line uses in a week, or what a line that runs wild uses in minutes: a sixth of a
    /// processor, ten requests a second, a gibibyte. A day is ten such hours.
    fn default() -> Self {
        let hour = Amounts {
            cpu_ms: 600_000,
            requests: 36_000,
            bytes: 1 << 30,
            stored_bytes: 1 << 28,
        };
        let day = Amounts {
            cpu_ms: 10 * hour.cpu_ms,
            requests: 10 * hour.requests,
            bytes: 10 * hour.bytes,
            stored_bytes: 10 * hour.stored_bytes,
        };
        Self { weight: 1, hour, day }
    }
}

/// What each connection may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowances {
    /// Each, unless something else is said of it.
    pub usual: Allowance,
    /// What is said of one.
    pub own: BTreeMap<ConnectionId, Allowance>,
}

impl Allowances {
    /// What this one may use.
    pub fn of(&self, id: &ConnectionId) -> Allowance {
        self.own.get(id).unwrap_or(&self.usual).clone()
    }
}

/// A budget that is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// Of what.
    pub unit: Unit,
    /// `hour` or `day`.
    pub period: &'static str,
    /// What it may use in it.
    pub limit: u64,
    /// When it goes on.
    pub until: Millis,
}

impl std::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let until = jiff::Timestamp::from_millisecond(self.until).unwrap_or_default();
        write!(
            f,
            "It has used up its {} {} of this {}. It goes on by itself at {}, and nothing is lost. More is allowed with {}-per-{} in the configuration, under [budget.NAME]",
            self.limit,
            self.unit.in_words(),
            self.period,
            until.strftime("%H:%M UTC"),
            self.unit.word(),
            self.period
        )
    }
}

/// What a kill may give back of an hour's budget: one part in so many.
const GIVEN_BACK: u64 = 8;

/// What a connection has used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spending {
    hour: Amounts,
    day: Amounts,
    at: Millis,
}

impl Spending {
    /// Something was used.
    pub fn spend(&mut self, unit: Unit, amount: u64, now: Millis) {
        self.turn(now);
        for period in [&mut self.hour, &mut self.day] {
            let of = period.of_mut(unit);
            *of = of.saturating_add(amount);
        }
    }

    /// What was used in this hour and on this day.
    pub fn used(&mut self, now: Millis) -> (Amounts, Amounts) {
        self.turn(now);
        (self.hour, self.day)
    }

    /// The first budget that is used up; the one that takes longest to come back where there are several.
    pub fn exhausted(&mut self, allowed: &Allowance, now: Millis) -> Option<Exhausted> {
        self.turn(now);
        let periods = [
            ("day", DAY, &self.day, &allowed.day),
            ("hour", HOUR, &self.hour, &allowed.hour),
        ];
        periods.into_iter().find_map(|(period, length, used, allowed)| {
            let unit = Unit::ALL.into_iter().find(|unit| used.of(*unit) >= allowed.of(*unit))?;
            Some(Exhausted {
                unit,
                period,
                limit: allowed.of(unit),
                until: (now.div_euclid(length) + 1).saturating_mul(length),
            })
        })
    }

    /// As it was kept.
    pub fn resumed(kept: &[Spent]) -> Self {
        let mut spending = Self {
            // All rows are of one moment; of a file that somebody has written to, the newest counts.
            at: kept.iter().map(|one| one.at).max().unwrap_or_default(),
            ..Self::default()
        };
        for one in kept {
            if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.word() == one.unit) {
                *spending.hour.of_mut(unit) = one.hour;
                *spending.day.of_mut(unit) = one.day;
            }
        }
        spending
    }

    /// To be kept.
    pub fn kept(&self) -> Vec<Spent> {
        let of = |unit: Unit| Spent {
            unit: unit.word().to_owned(),
            hour: self.hour.of(unit),
            day: self.day.of(unit),
            at: self.at,
        };
        Unit::ALL.map(of).to_vec()
    }

    /// Whether so much was used since `before` was kept that a kill must not give it back.
    pub fn is_far_from(&mut self, before: &Self, allowed: &Allowance, now: Millis) -> bool {
        if self.exhausted(allowed, now).is_some() {
            return self.hour != before.hour || self.day != before.day;
        }
        Unit::ALL.into_iter().any(|unit| {
            let since = self.day.of(unit).abs_diff(before.day.of(unit));
            since > allowed.hour.of(unit) / GIVEN_BACK
        })
    }

    /// A new hour and a new day begin with nothing used. A clock that is set back does not.
    fn turn(&mut self, now: Millis) {
        if now.div_euclid(HOUR) > self.at.div_euclid(HOUR) {
            self.hour = Amounts::default();
        }
        if now.div_euclid(DAY) > self.at.div_euclid(DAY) {
            self.day = Amounts::default();
        }
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-02T03:04:05Z.
    const NOW: Millis = 1_767_323_045_000;

    #[test]
    fn each_budget_ends_with_its_own_period_and_says_when_it_goes_on() {
        let allowed = Allowance::default();
        for unit in Unit::ALL {
            for (amount, period, until, clock) in [
                (allowed.hour.of(unit), "hour", NOW - NOW % HOUR + HOUR, "04:00 UTC"),
                (allowed.day.of(unit), "day", NOW - NOW % DAY + DAY, "00:00 UTC"),
            ] {
                let mut spending = Spending::default();
                spending.spend(unit, amount - 1, NOW);
                assert_eq!(
                    spending.exhausted(&allowed, NOW).filter(|_| period == "hour"),
                    None,
                    "{unit:?}"
                );
                spending.spend(unit, 1, NOW);
                let exhausted = spending.exhausted(&allowed, NOW).unwrap();
                assert_eq!(
                    (exhausted.unit, exhausted.period, exhausted.until),
                    (unit, period, until)
                );
                let words = exhausted.to_string();
                assert!(words.contains(clock) && words.contains(unit.word()), "{words}");
                assert_eq!(spending.exhausted(&allowed, until), None, "{unit:?} in a new {period}");
            }
        }
    }

    #[test]
    fn what_is_kept_is_read_back_and_ends_with_its_own_hour_and_day() {
        let mut spending = Spending::default();
        for at in [NOW - HOUR, NOW] {
            for (unit, amount) in Unit::ALL.into_iter().zip([1, 20, 300, 4_000]) {
                spending.spend(unit, amount, at);
            }
        }
        let mut again = Spending::resumed(&spending.kept());
        assert_eq!(again, spending);
        let (hour, day) = again.used(NOW);
        assert_eq!((hour.requests, day.requests), (20, 40));
        assert_eq!(again.used(NOW + HOUR).0, Amounts::default());
        assert_eq!(again.used(NOW + DAY).1, Amounts::default());
        assert_eq!(Spending::resumed(&[]), Spending::default());
    }

    #[test]
    fn a_kill_gives_back_an_eighth_of_an_hour_at_most_and_nothing_of_what_is_used_up() {
        let allowed = Allowance::default();
        for unit in Unit::ALL {
            let before = Spending::default();
            let mut now = before.clone();
            now.spend(unit, allowed.hour.of(unit) / 8, NOW);
            assert!(!now.is_far_from(&before, &allowed, NOW), "{unit:?}");
            now.spend(unit, 1, NOW);
            assert!(now.is_far_from(&before, &allowed, NOW), "{unit:?}");
            let mut all = Spending::default();
            all.spend(unit, allowed.hour.of(unit) - 1, NOW);
            let mut last = all.clone();
            last.spend(unit, 1, NOW);
            assert!(last.is_far_from(&all, &allowed, NOW), "{unit:?}: it is used up now");
            assert!(!last.clone().is_far_from(&last, &allowed, NOW), "{unit:?}: once");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_twice() {
        let allowed = Allowance::default();
        let mut spending = Spending::default();
        spending.spend(Unit::Requests, allowed.hour.requests, NOW);
        assert!(spending.exhausted(&allowed, NOW - 2 * HOUR).is_some());
        assert_eq!(spending.used(NOW).0.requests, allowed.hour.requests);
    }
}
