//! Commands on their way to the server. Each has an id made here, so sending it twice has one effect; it is sent until
//! the server has said yes or no, and nobody is told "sent" before.

use crate::backoff::wait_ms;
use jackfield_protocol::{CommandId, CommandRequest, ConversationId, Millis, Problem};

/// Where a command is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The server is being asked.
    Asking,
    /// The server could not be reached; asked again at this time.
    Waiting {
        /// When.
        until: Millis,
    },
    /// The server said no. Nothing was changed there.
    Refused(Problem),
}

/// A command that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Where it goes.
    pub conversation: ConversationId,
    /// What it says.
    pub request: CommandRequest,
    /// Where it is.
    pub way: Way,
    attempt: u32,
}

/// How the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// A definite no.
    Refused(Problem),
    /// No answer, or one that says "later"; with the wait the server asked for.
    Later(Option<u32>),
}

/// Commands of this page that are not done.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    pending: Vec<Pending>,
}

impl Outbox {
    /// All that is not done, oldest first.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// Takes a command and says whether it is new; it is to be sent at once.
    pub fn submit(&mut self, conversation: ConversationId, request: CommandRequest) -> bool {
        if self.pending.iter().any(|p| p.request.id == request.id) {
            return false;
        }
        self.pending.push(Pending {
            conversation,
            request,
            way: Way::Asking,
            attempt: 0,
        });
        true
    }

    /// Takes an answer. Gives the wait until the next try, where there is to be one.
    pub fn answer(&mut self, id: &CommandId, answer: Answer, now: Millis, random: f64) -> Option<u32> {
        let at = self.pending.iter().position(|p| &p.request.id == id)?;
        match answer {
            Answer::Done => {
                self.pending.remove(at);
                None
            }
            Answer::Refused(problem) => {
                self.pending.get_mut(at)?.way = Way::Refused(problem);
                None
            }
            Answer::Later(asked) => {
                let pending = self.pending.get_mut(at)?;
                let wait = asked.unwrap_or(0).max(wait_ms(pending.attempt, random));
                pending.attempt = pending.attempt.saturating_add(1);
                pending.way = Way::Waiting {
                    until: now + Millis::from(wait),
                };
                Some(wait)
            }
        }
    }

    /// Commands whose wait is over; they count as being asked from here on.
    pub fn due(&mut self, now: Millis) -> Vec<Pending> {
        let mut due = Vec::new();
        for pending in &mut self.pending {
            if matches!(pending.way, Way::Waiting { until } if until <= now) {
                pending.way = Way::Asking;
                due.push(pending.clone());
            }
        }
        due
    }

    /// Lets every wait be over: the network is back.
    pub fn hurry(&mut self) {
        for pending in &mut self.pending {
            if matches!(pending.way, Way::Waiting { .. }) {
                pending.way = Way::Waiting { until: Millis::MIN };
            }
        }
    }

    /// Takes a refused command away, once its words are back with the agent.
    pub fn drop_refused(&mut self, id: &CommandId) -> Option<Pending> {
        let at = self
            .pending
            .iter()
            .position(|p| &p.request.id == id && matches!(p.way, Way::Refused(_)))?;
        Some(self.pending.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_protocol::Command;
    use proptest::prelude::*;

    fn request(id: &str) -> CommandRequest {
        CommandRequest {
            id: id.into(),
            command: Command::Take,
        }
    }

    #[test]
    fn a_command_given_twice_is_sent_once() {
        let mut outbox = Outbox::default();
        assert!(outbox.submit("c1".into(), request("a")));
        assert!(!outbox.submit("c1".into(), request("a")));
        assert_eq!(outbox.pending().len(), 1);
    }

    #[test]
    fn a_refusal_keeps_the_words_until_they_are_taken_back() {
        let mut outbox = Outbox::default();
        outbox.submit("c1".into(), request("a"));
        assert!(outbox.drop_refused(&"a".into()).is_none());
        let problem = Problem {
            code: "owned".into(),
            message: "Tom has it.".into(),
            field: None,
        };
        outbox.answer(&"a".into(), Answer::Refused(problem.clone()), 0, 0.0);
        assert_eq!(outbox.pending()[0].way, Way::Refused(problem));
        assert_eq!(outbox.drop_refused(&"a".into()).map(|p| p.request), Some(request("a")));
    }

    proptest! {
        #[test]
        fn whatever_the_network_does_a_command_keeps_its_id_and_ends_once(answers in prop::collection::vec(0u8..2, 0..20)) {
            let mut outbox = Outbox::default();
            outbox.submit("c1".into(), request("a"));
            let (mut now, mut sent) = (0, 1);
            for answer in answers {
                let waits = matches!(outbox.pending()[0].way, Way::Waiting { .. });
                if waits {
                    prop_assert!(outbox.due(now - 1).iter().all(|p| p.request.id.as_str() == "a"));
                    now += 60_000;
                    sent += outbox.due(now).len();
                }
                if answer == 0 {
                    let wait = outbox.answer(&"a".into(), Answer::Later(Some(7)), now, 0.5).unwrap();
                    prop_assert!((7..=30_000).contains(&wait));
                }
            }
            outbox.answer(&"a".into(), Answer::Done, now, 0.0);
            prop_assert!(outbox.pending().is_empty() && sent >= 1);
            prop_assert!(outbox.due(Millis::MAX).is_empty());
        }
    }
}
