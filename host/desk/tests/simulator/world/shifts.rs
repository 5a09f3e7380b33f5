//! Agents come, pause, go, and sometimes are simply not there any more.

use super::time::{HOUR, MINUTE, holiday, weekday};
use super::{Next, Outcome, World};
use jackfield_desk::floor::Change;
use jackfield_protocol::AgentId;

/// A lease, and how often it is renewed. A host would take shorter ones; these make the year affordable.
const LEASE: i64 = 30 * MINUTE;
const RENEWED: i64 = 15 * MINUTE;

impl World {
    /// The next shift that begins on this day of theirs or later.
    pub(super) fn plan_shift(&mut self, id: &AgentId, from: i64) {
        let person = &self.people[id];
        let (zone, begins) = (person.zone, person.begins * HOUR);
        let works = |day: &i64| {
            let off = (weekday(*day) - person.off).rem_euclid(7) < 2;
            zone.instant(*day, begins) > self.now && !off
        };
        let day = (from..from + 14).find(works).unwrap();
        let late = self.random.within(0, 10 * MINUTE);
        // Half of them have holidays off.
        if holiday(day) && self.random.percent(50) {
            return self.plan_shift(id, day + 1);
        }
        let at = zone.instant(day, begins) + late;
        self.at(at, Next::Begins(id.clone()));
    }

    pub(super) fn begins(&mut self, id: &AgentId) -> Outcome {
        let shift = self.shifts.get_mut(id).unwrap();
        shift.number += 1;
        (shift.on, shift.gone, shift.paused) = (true, false, false);
        let number = shift.number;
        self.there(id, number)?;
        self.after(8 * HOUR, Next::Ends(id.clone(), number));
        let pause = self.random.within(3 * HOUR, 5 * HOUR);
        self.after(pause, Next::Pauses(id.clone(), number, true));
        self.after(pause + 30 * MINUTE, Next::Pauses(id.clone(), number, false));
        if self.random.percent(4) {
            let at = self.random.within(HOUR, 7 * HOUR);
            self.after(at, Next::Vanishes(id.clone(), number));
        }
        let (day, _) = self.people[id].zone.wall(self.now);
        self.plan_shift(id, day + 1);
        Ok(())
    }

    /// Says that they are there, and will say so again.
    pub(super) fn there(&mut self, id: &AgentId, number: u64) -> Outcome {
        let shift = &self.shifts[id];
        if !shift.on || shift.gone || shift.number != number {
            return Ok(());
        }
        let (agent, until) = (id.clone(), self.now + LEASE);
        self.hear(&if shift.paused {
            Change::Paused { agent, until }
        } else {
            Change::Here { agent, until }
        });
        self.after(RENEWED, Next::Renews(id.clone(), number));
        Ok(())
    }

    pub(super) fn pauses(&mut self, id: &AgentId, number: u64, paused: bool) -> Outcome {
        let shift = self.shifts.get_mut(id).unwrap();
        if !shift.on || shift.gone || shift.number != number {
            return Ok(());
        }
        shift.paused = paused;
        let (agent, until) = (id.clone(), self.now + LEASE);
        self.hear(&if paused {
            Change::Paused { agent, until }
        } else {
            Change::Here { agent, until }
        });
        Ok(())
    }

    pub(super) fn ends(&mut self, id: &AgentId, number: u64) -> Outcome {
        let shift = self.shifts.get_mut(id).unwrap();
        if shift.on && shift.number == number {
            shift.on = false;
            if !shift.gone {
                self.hear(&Change::Away(id.clone()));
            }
        }
        Ok(())
    }

    /// A dead battery, a cut cable: nobody says anything.
    pub(super) fn vanishes(&mut self, id: &AgentId, number: u64) -> Outcome {
        let shift = self.shifts.get_mut(id).unwrap();
        if shift.on && shift.number == number {
            shift.gone = true;
            self.counts.vanished += 1;
            let back = self.random.within(5 * MINUTE, 3 * HOUR);
            self.after(back, Next::Returns(id.clone(), number));
        }
        Ok(())
    }

    pub(super) fn returns(&mut self, id: &AgentId, number: u64) -> Outcome {
        let shift = self.shifts.get_mut(id).unwrap();
        if shift.on && shift.number == number {
            shift.gone = false;
            self.there(id, number)?;
        }
        Ok(())
    }

    /// They are at work, and can do what they are asked.
    pub(super) fn works(&self, id: &AgentId) -> bool {
        self.shifts.get(id).is_some_and(|shift| shift.on && !shift.gone)
    }
}
