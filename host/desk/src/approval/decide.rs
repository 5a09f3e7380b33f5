//! What a command makes of a reply that is read by others.

use super::{Approval, Approved, Asking, Command, Event, Refusal, Stands, Suggested};
use jackfield_protocol::{AgentId, Millis};

/// The events that a command makes; none where it changes nothing.
///
/// # Errors
/// The [`Refusal`] says why nothing is to happen.
pub fn decide(approval: Option<&Approval>, command: Command, now: Millis) -> Result<Vec<Event>, Refusal> {
    if let Command::Ask(asking) = command {
        return match approval {
            Some(open) if open.is_open() && now < open.expires_at => Err(Refusal::AskedAlready),
            // What was known of the thread is not forgotten with the reply before.
            _ => ask(asking, approval.map_or(0, |before| before.thread), now),
        };
    }
    let approval = approval.ok_or(Refusal::Nothing)?;
    // Time is told of again and again, and so is a thread that moved on.
    if !approval.is_open() {
        return match command {
            Command::Expire | Command::Moved { .. } => Ok(Vec::new()),
            _ => Err(Refusal::Over(name(&approval.stands))),
        };
    }
    if now >= approval.expires_at {
        return match command {
            Command::Expire => Ok(vec![Event::Expired]),
            Command::Withdraw { by } => own(approval, &by).map(|()| vec![Event::Withdrawn]),
            Command::Moved { thread } => Ok(moved(approval, thread)),
            _ => Err(Refusal::TooLate),
        };
    }
    match command {
        Command::Ask(_) | Command::Expire => Ok(Vec::new()),
        Command::Approve { by, edition, thread } => approve(approval, by, edition, thread, now),
        Command::Suggest { by, edition, text, why } => suggest(approval, by, edition, text, why),
        Command::Reject { by, why } => {
            other(approval, &by)?;
            let why = why.trim().to_owned();
            if why.is_empty() {
                Err(Refusal::WhyMissing)
            } else {
                Ok(vec![Event::Rejected { by, why }])
            }
        }
        Command::Supersede(asking) => {
            own(approval, &asking.by)?;
            if asking.text.trim() == approval.text.trim() {
                return Err(Refusal::TextSame);
            }
            supersede(approval, asking, now)
        }
        Command::Withdraw { by } => own(approval, &by).map(|()| vec![Event::Withdrawn]),
        Command::Moved { thread } => Ok(moved(approval, thread)),
        Command::Publish { thread } => publish(approval, thread),
    }
}

fn ask(asking: Asking, known: u64, now: Millis) -> Result<Vec<Event>, Refusal> {
    check(&asking, known, now)?;
    let ready = asking.readers == 0;
    let mut events = vec![Event::Asked { asking }];
    events.extend(ready.then_some(Event::Ready));
    Ok(events)
}

fn supersede(approval: &Approval, asking: Asking, now: Millis) -> Result<Vec<Event>, Refusal> {
    seen(approval, asking.thread)?;
    check(&asking, approval.thread, now)?;
    let ready = asking.readers == 0;
    let mut events = vec![Event::Superseded { asking }];
    events.extend(ready.then_some(Event::Ready));
    Ok(events)
}

fn check(asking: &Asking, known: u64, now: Millis) -> Result<(), Refusal> {
    if asking.text.trim().is_empty() {
        return Err(Refusal::TextEmpty);
    }
    if asking.readers > 2 {
        return Err(Refusal::TooManyReaders(asking.readers));
    }
    if asking.thread < known {
        return Err(Refusal::ThreadMoved);
    }
    if asking.expires_at <= now {
        return Err(Refusal::TooLate);
    }
    Ok(())
}

fn approve(approval: &Approval, by: AgentId, edition: u32, thread: u64, now: Millis) -> Result<Vec<Event>, Refusal> {
    other(approval, &by)?;
    read(approval, edition)?;
    seen(approval, thread)?;
    if approval.approved.iter().any(|one| one.by == by) {
        return Err(Refusal::TwiceBy(by));
    }
    let enough = approval.missing() <= 1 && approval.stands == Stands::Waiting;
    let mut events = vec![Event::Approved {
        by,
        at: now,
        edition,
        thread,
    }];
    events.extend(enough.then_some(Event::Ready));
    Ok(events)
}

fn suggest(approval: &Approval, by: AgentId, edition: u32, text: String, why: String) -> Result<Vec<Event>, Refusal> {
    other(approval, &by)?;
    read(approval, edition)?;
    if text.trim().is_empty() {
        return Err(Refusal::TextEmpty);
    }
    if text.trim() == approval.text.trim() {
        return Err(Refusal::TextSame);
    }
    Ok(vec![Event::Suggested { by, text, why }])
}

fn moved(approval: &Approval, thread: u64) -> Vec<Event> {
    if thread <= approval.thread {
        return Vec::new();
    }
    let again = approval.approved.iter().map(|one| one.by.clone()).collect();
    vec![Event::Overtaken { thread, again }]
}

fn publish(approval: &Approval, thread: u64) -> Result<Vec<Event>, Refusal> {
    // The thread may have moved on a moment ago, and nobody has said so yet. A reply that nobody has to read is the
    // author's own to send.
    if thread != approval.thread && approval.readers > 0 {
        return Err(Refusal::ThreadMoved);
    }
    if approval.stands != Stands::Ready || approval.missing() > 0 {
        return Err(Refusal::ReadersMissing {
            missing: approval.missing(),
            readers: approval.readers,
        });
    }
    Ok(vec![Event::Published])
}

fn own(approval: &Approval, by: &AgentId) -> Result<(), Refusal> {
    if *by == approval.author {
        Ok(())
    } else {
        Err(Refusal::NotAuthor {
            author: approval.author.clone(),
        })
    }
}

fn other(approval: &Approval, by: &AgentId) -> Result<(), Refusal> {
    if *by == approval.author {
        Err(Refusal::OwnReply(by.clone()))
    } else {
        Ok(())
    }
}

fn read(approval: &Approval, edition: u32) -> Result<(), Refusal> {
    if edition == approval.edition {
        Ok(())
    } else {
        Err(Refusal::TextMoved {
            read: edition,
            now: approval.edition,
        })
    }
}

fn seen(approval: &Approval, thread: u64) -> Result<(), Refusal> {
    match thread.cmp(&approval.thread) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(Refusal::ThreadMoved),
        std::cmp::Ordering::Greater => Err(Refusal::ThreadUnknown {
            claimed: thread,
            known: approval.thread,
        }),
    }
}

fn name(stands: &Stands) -> &'static str {
    match stands {
        Stands::Waiting => "waiting",
        Stands::Ready => "ready",
        Stands::Rejected { .. } => "rejected",
        Stands::Withdrawn => "taken back",
        Stands::Expired => "expired",
        Stands::Published => "published",
    }
}

/// What an event makes of it.
pub fn apply(approval: Option<Approval>, event: &Event) -> Option<Approval> {
    if let Event::Asked { asking } = event {
        return Some(fresh(asking, 1));
    }
    let mut approval = approval?;
    match event {
        Event::Asked { .. } => {}
        Event::Approved { by, at, .. } => approval.approved.push(Approved {
            by: by.clone(),
            at: *at,
        }),
        Event::Ready => approval.stands = Stands::Ready,
        Event::Suggested { by, text, why } => {
            approval.suggested.push(Suggested {
                by: by.clone(),
                text: text.clone(),
                why: why.clone(),
            });
        }
        Event::Rejected { by, why } => {
            approval.stands = Stands::Rejected {
                by: by.clone(),
                why: why.clone(),
            }
        }
        Event::Superseded { asking } => approval = fresh(asking, approval.edition.saturating_add(1)),
        Event::Overtaken { thread, .. } => {
            approval.thread = *thread;
            approval.approved.clear();
            // What nobody has to read stays the author's own to send.
            approval.stands = if approval.readers == 0 {
                Stands::Ready
            } else {
                Stands::Waiting
            };
        }
        Event::Withdrawn => approval.stands = Stands::Withdrawn,
        Event::Expired => approval.stands = Stands::Expired,
        Event::Published => approval.stands = Stands::Published,
    }
    Some(approval)
}

fn fresh(asking: &Asking, edition: u32) -> Approval {
    Approval {
        author: asking.by.clone(),
        text: asking.text.clone(),
        edition,
        readers: asking.readers,
        policy: asking.policy.clone(),
        thread: asking.thread,
        expires_at: asking.expires_at,
        approved: Vec::new(),
        suggested: Vec::new(),
        stands: Stands::Waiting,
    }
}
