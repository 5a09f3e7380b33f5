//! What an outsourcer takes over, and when: by topic and hour.

use super::obligation::{Obligation, Phase};
use crate::condition::{Condition, Facts, Times};
use crate::policy::{Faults, House, Name, Span};
use jackfield_protocol::{AgentId, BrandId, Millis};
use serde::{Deserialize, Serialize};

/// The agreements of a house, in order; the first that holds takes an item over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Overspills(pub Vec<Overspill>);

/// One agreement between a brand and whoever takes over for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Overspill {
    /// Its name.
    pub name: String,
    /// The brand.
    pub brand: BrandId,
    /// Topic and hour: `when = { all = [ { label = "complaint" }, { not = { within = "office" } } ] }`.
    #[serde(default)]
    pub when: Condition,
    /// Who takes over.
    pub taken_by: String,
    /// To whom it is escalated.
    pub owed_to: String,
    /// The person is told that they were heard.
    pub acknowledge_within: Span,
    /// The other side is told.
    pub escalate_within: Span,
    /// The person is told what came of it.
    pub follow_up_within: Span,
    /// The calendar in which the follow-up counts; acknowledging and escalating are immediate and count every hour.
    #[serde(default)]
    pub calendar: Option<String>,
    /// Who may say that nothing more is owed.
    #[serde(default)]
    pub waivers: Vec<AgentId>,
}

impl Overspills {
    /// What is owed in an item from now on; none where no agreement takes it over.
    pub fn take_over(&self, facts: &Facts, times: &dyn Times, now: Millis) -> Option<Obligation> {
        let scope = self
            .0
            .iter()
            .find(|scope| scope.brand.as_str() == facts.brand && scope.when.holds(facts, times))?;
        let follow_up = scope.follow_up_within.0;
        // A calendar that never opens again leaves the plain time: what is owed without end is not owed.
        let plain = now.saturating_add(follow_up);
        let calendar = scope.calendar.as_deref();
        Some(Obligation {
            brand: scope.brand.clone(),
            taken_by: scope.taken_by.clone(),
            owed_to: scope.owed_to.clone(),
            scope: scope.name.clone(),
            since: now,
            phase: Phase::Taken,
            acknowledge_by: now.saturating_add(scope.acknowledge_within.0),
            escalate_by: now.saturating_add(scope.escalate_within.0),
            follow_up_by: calendar
                .and_then(|name| times.after(name, now, follow_up))
                .unwrap_or(plain),
            waivers: scope.waivers.clone(),
            acts: Vec::new(),
        })
    }

    /// What is wrong in it.
    pub fn check(&self, house: &House, at: &str, faults: &mut Faults) {
        for (n, scope) in self.0.iter().enumerate() {
            let here = format!("{at}[{n}]");
            faults.name(&format!("{here}.name"), &scope.name);
            house.check_name(Name::Brand, scope.brand.as_str(), &format!("{here}.brand"), faults);
            scope.when.check(house, &format!("{here}.when"), faults);
            if let Some(calendar) = &scope.calendar {
                house.check_name(Name::Calendar, calendar, &format!("{here}.calendar"), faults);
            }
            if scope.escalate_within < scope.acknowledge_within {
                faults.add(
                    format!("{here}.escalate-within"),
                    format!("{} is before the person is acknowledged", scope.escalate_within),
                    format!("write {} or more", scope.acknowledge_within),
                );
            }
            if scope.follow_up_within < scope.escalate_within {
                faults.add(
                    format!("{here}.follow-up-within"),
                    format!("{} is before it is escalated", scope.follow_up_within),
                    format!("write {} or more", scope.escalate_within),
                );
            }
        }
    }
}
