//! Who writes, when and what: a year with its peaks.

use super::house::{BRANDS, LANGUAGES, NETWORKS};
use super::random::Random;
use super::time::{DAY, HOUR, Zone, day, weekday};
use jackfield_protocol::Millis;

/// What one person brings.
pub(crate) struct Story {
    pub(crate) brand: &'static str,
    pub(crate) network: &'static str,
    pub(crate) language: &'static str,
    pub(crate) complaint: bool,
    pub(crate) noise: bool,
    pub(crate) reach: u64,
    pub(crate) direct: bool,
}

/// (from, to, how many times the usual, which brand, complaints in a hundred)
const PEAKS: [(i64, i64, f64, usize, u32); 4] = [
    (64, 70, 5.0, 2, 20),   // a game is launched on 6 March
    (165, 168, 4.0, 0, 70), // prices rise on 15 June
    (296, 298, 6.0, 1, 60), // nothing works on 24 October, into the night when the clocks change
    (351, 364, 2.0, 0, 15), // Christmas
];

fn peak(at: Millis) -> Option<(f64, usize, u32)> {
    let found = PEAKS
        .iter()
        .find(|(from, to, ..)| (day(*from)..day(*to)).contains(&at))?;
    // It comes at once and goes slowly.
    let share = (at - day(found.0)) as f64 / ((found.1 - found.0) * DAY) as f64;
    Some((1.0 + (found.2 - 1.0) * (1.0 - share), found.3, found.4))
}

/// Arrivals an hour, in units of the mean.
fn rate(at: Millis) -> f64 {
    let (day, into) = Zone::Berlin.wall(at);
    let hour = into as f64 / HOUR as f64;
    let daily = 1.0 + 0.8 * ((hour - 15.0) * std::f64::consts::PI / 12.0).cos();
    let weekly = if weekday(day) < 5 { 1.1 } else { 0.75 };
    daily * weekly * peak(at).map_or(1.0, |(times, ..)| times)
}

/// More than [`rate`] ever is: arrivals of a changing rate are those of this one, thinned.
const GREATEST: f64 = 12.0;

/// The next arrival, where `mean` is the usual time between two.
pub(crate) fn next_arrival(mut at: Millis, mean: Millis, random: &mut Random) -> Millis {
    loop {
        at += random.wait((mean as f64 / GREATEST) as i64);
        if random.share() * GREATEST < rate(at) {
            return at;
        }
    }
}

pub(crate) fn story(at: Millis, random: &mut Random) -> Story {
    let peak = peak(at).filter(|(times, ..)| random.share() * times > 1.0);
    Story {
        brand: peak.map_or_else(|| random.pick(&BRANDS), |(_, brand, _)| BRANDS[brand]),
        network: random.pick(&NETWORKS),
        language: random.pick(&[LANGUAGES[0], LANGUAGES[0], LANGUAGES[1], LANGUAGES[2], LANGUAGES[3]]),
        complaint: random.percent(peak.map_or(12, |(_, _, complaints)| complaints)),
        noise: random.percent(25),
        reach: match random.within(0, 1000) {
            0 => 2_000_000,
            1..=20 => 50_000,
            _ => random.within(0, 2_000) as u64,
        },
        direct: random.percent(30),
    }
}
