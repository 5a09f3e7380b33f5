//! What is owed to a person over a border between houses.

use super::stage::{ingest, reply, said, wish};
use super::{act, desk, judge, sent, stage_of, wake};
use crate::stage::Desk;
use jackfield_desk::condition::Stage;
use jackfield_desk::{Event, view, work};
use jackfield_protocol::{Command as Wish, WorkAct};

pub(super) const OVERSPILL: &str = r#"
[[overspill]]
name = "nights"
brand = "northwind"
taken-by = "nightdesk"
owed-to = "northwind"
acknowledge-within = "15min"
escalate-within = "1h"
follow-up-within = "24h"
waivers = ["sue"]
"#;

#[test]
fn what_is_owed_cannot_be_closed_silently() {
    let mut desk = desk(OVERSPILL);
    let at = desk.now;
    desk.must(ingest(vec![said("1", at, "my parcel is lost")]));
    desk.must(judge("1", "complaint"));
    let owed = |desk: &Desk| view::work(desk.state(), desk.now).owed[0].clone();
    assert_eq!(owed(&desk).phase, "taken");
    let late = wake(&mut desk);
    assert!(
        late.iter().any(|event| matches!(event, Event::OwedLate { .. })),
        "{late:?}"
    );
    assert!(owed(&desk).late);
    let refused = desk.act(wish("mia", "k1", Wish::Resolve)).unwrap_err();
    assert_eq!(refused.code(), "owed");
    desk.must(reply("mia", "r1", "We have it and look into it."));
    sent(&mut desk, "r1", "9");
    assert_eq!(owed(&desk).phase, "acknowledged");
    let words = "parcel 7 is lost".to_owned();
    desk.must(act("mia", "k2", WorkAct::Escalated { owed: None, words }));
    let refused = desk.act(wish("mia", "k3", Wish::Resolve)).unwrap_err();
    assert!(
        refused.to_string().contains("owes this person a follow-up"),
        "{refused}"
    );
    let waive = |by: &str, id: &str| {
        let why = "they found the parcel themselves".to_owned();
        act(by, id, WorkAct::Waive { owed: None, why })
    };
    assert_eq!(desk.act(waive("mia", "k4")).unwrap_err().code(), "owed");
    desk.must(waive("sue", "k5"));
    desk.must(wish("mia", "k6", Wish::Resolve));
    assert_eq!(stage_of(&desk), Stage::Resolved);
}

#[test]
fn what_is_owed_is_not_put_aside_as_noise_either() {
    let mut desk = desk(OVERSPILL);
    let at = desk.now;
    desk.must(ingest(vec![said("1", at, "my parcel is lost")]));
    desk.must(judge("1", "complaint"));
    let refused = desk.act(act("mia", "k1", WorkAct::Noise)).unwrap_err();
    assert_eq!(refused.code(), "owed");
    assert!(work::noise(desk.state(), "rule quiet", desk.now).is_none());
}
