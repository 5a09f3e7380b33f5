//! Rows added up, and taken apart again.
//!
//! The finest thing that is kept is a [`Cell`]: a brand, a channel, a team, a date and an hour. Any view is a sum of cells,
//! since everything in a [`Tally`] merges; a report over ten million posts adds up some thousands of cells.

use super::fold::Rows;
use super::row::{Number, Wait};
use super::share::Share;
use super::survival::Waits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where something counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// The brand.
    pub brand: String,
    /// The network.
    pub channel: String,
    /// The team; empty for none.
    pub team: String,
    /// Year, month, day on the brand's wall.
    pub date: (i16, i8, i8),
    /// Hour on the brand's wall, 0 to 23.
    pub hour: u8,
}

/// What to take apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dim {
    /// Brand.
    Brand,
    /// Network.
    Channel,
    /// Team.
    Team,
    /// Date, `2026-03-29`.
    Date,
    /// Hour of the day, `00` to `23`.
    Hour,
}

impl Dim {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Brand, Self::Channel, Self::Team, Self::Date, Self::Hour];

    /// As it stands in a file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Channel => "channel",
            Self::Team => "team",
            Self::Date => "date",
            Self::Hour => "hour",
        }
    }
}

impl Cell {
    /// What it says of one of them.
    pub fn get(&self, dim: Dim) -> String {
        match dim {
            Dim::Brand => self.brand.clone(),
            Dim::Channel => self.channel.clone(),
            Dim::Team => self.team.clone(),
            Dim::Date => {
                let (year, month, day) = self.date;
                format!("{year:04}-{month:02}-{day:02}")
            }
            Dim::Hour => format!("{:02}", self.hour),
        }
    }
}

/// Which cells: those that say this of each of these; no entry, all of them.
pub type Filter = BTreeMap<Dim, String>;

fn fits(cell: &Cell, filter: &Filter) -> bool {
    filter.iter().all(|(dim, value)| cell.get(*dim) == *value)
}

/// What is counted of some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Shares that have something to count.
    pub shares: BTreeMap<Number, Share>,
    /// Waits that have something to count.
    pub waits: BTreeMap<Wait, Waits>,
}

impl Tally {
    /// All of another.
    pub fn merge(&mut self, other: &Self) {
        for (number, share) in &other.shares {
            self.shares.entry(*number).or_default().merge(*share);
        }
        for (wait, waits) in &other.waits {
            self.waits.entry(*wait).or_default().merge(waits);
        }
    }

    /// A share; of nothing where nothing counts.
    pub fn share(&self, number: Number) -> Share {
        self.shares.get(&number).copied().unwrap_or_default()
    }

    fn count(&mut self, counts: impl Fn(Number) -> Option<bool>) {
        for number in Number::ALL {
            if let Some(has) = counts(number) {
                self.shares.entry(number).or_default().add(has);
            }
        }
    }
}

/// All that is counted, by cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    cells: BTreeMap<Cell, Tally>,
}

impl Board {
    /// Counts rows.
    pub fn of(rows: &Rows) -> Self {
        let mut board = Self::default();
        for row in &rows.messages {
            let tally = board.cells.entry(row.cell.clone()).or_default();
            tally.count(|number| row.counts(number));
            for wait in Wait::ALL {
                if let Some((time, over)) = row.waited(wait) {
                    let waits = tally.waits.entry(wait).or_default();
                    let side = if over { &mut waits.ended } else { &mut waits.open };
                    side.add(time);
                }
            }
        }
        for row in &rows.talks {
            let tally = board.cells.entry(row.cell.clone()).or_default();
            tally.count(|number| row.counts(number));
        }
        board
    }

    /// All of another, counted from other rows.
    pub fn merge(&mut self, other: &Self) {
        for (cell, tally) in &other.cells {
            self.cells.entry(cell.clone()).or_default().merge(tally);
        }
    }

    /// The sum of what fits.
    pub fn sum(&self, filter: &Filter) -> Tally {
        let mut sum = Tally::default();
        for (_, tally) in self.cells.iter().filter(|(cell, _)| fits(cell, filter)) {
            sum.merge(tally);
        }
        sum
    }

    /// What fits, taken apart by these; the key has one value for each of them.
    pub fn by(&self, dims: &[Dim], filter: &Filter) -> BTreeMap<Vec<String>, Tally> {
        let mut groups: BTreeMap<Vec<String>, Tally> = BTreeMap::new();
        for (cell, tally) in self.cells.iter().filter(|(cell, _)| fits(cell, filter)) {
            let key = dims.iter().map(|dim| cell.get(*dim)).collect();
            groups.entry(key).or_default().merge(tally);
        }
        groups
    }
}

/// The items behind a share, as `(conversation, message)`; a conversation that counts as a whole has no message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drill {
    /// Those that have it.
    pub of: Vec<(String, Option<String>)>,
    /// Those that do not.
    pub not: Vec<(String, Option<String>)>,
}

/// The items behind a share of the board.
pub fn drill(rows: &Rows, filter: &Filter, number: Number) -> Drill {
    let mut drill = Drill::default();
    let messages = rows.messages.iter().map(|row| {
        let item = (row.conversation.0.clone(), Some(row.id.clone()));
        (&row.cell, row.counts(number), item)
    });
    let talks = rows
        .talks
        .iter()
        .map(|row| (&row.cell, row.counts(number), (row.conversation.0.clone(), None)));
    for (cell, counts, item) in messages.chain(talks) {
        if !fits(cell, filter) {
            continue;
        }
        match counts {
            Some(true) => drill.of.push(item),
            Some(false) => drill.not.push(item),
            None => {}
        }
    }
    drill
}
