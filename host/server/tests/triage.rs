//! Triage in the background: every message is judged once, a poisonous one alone is abstained on, and nothing waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use async_trait::async_trait;
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_engine::{BreakKind, Breakdown, CallError};
use jackfield_protocol::Verdict;
use jackfield_server::triage::{Abstains, Judge, Triage};
use stage::{House, is_sent};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Says `question` of what has a question mark, and traps on the word "poison".
#[derive(Default)]
struct Marks {
    seen: Mutex<Vec<Vec<Subject>>>,
}

#[async_trait]
impl Judge for Marks {
    fn title(&self) -> String {
        "marks@0.1.0".to_owned()
    }

    fn labels(&self) -> Vec<Label> {
        vec![Label {
            name: "question".to_owned(),
            meaning: "It asks.".to_owned(),
            suggested_threshold: 0.5,
        }]
    }

    async fn classify(&self, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        self.seen.lock().unwrap().push(subjects.clone());
        if subjects.iter().any(|subject| subject.content.text.contains("poison")) {
            return Err(CallError::from(Breakdown {
                kind: BreakKind::Trap,
                plugin: "marks 0.1.0".to_owned(),
                function: "classify".to_owned(),
                detail: "it divided by zero".to_owned(),
                stack: Vec::new(),
                host_calls: Vec::new(),
            }));
        }
        let opinion = |subject: &Subject| {
            let at = subject.content.text.find('?').map(|at| u32::try_from(at).unwrap());
            at.map(|at| TriageVerdict {
                label: "question".to_owned(),
                margin: 2.0,
                because: Some((at, at + 1)),
            })
        };
        Ok(subjects
            .iter()
            .map(|subject| opinion(subject).into_iter().collect())
            .collect())
    }
}

fn judged_by(house: &House, judge: Arc<dyn Judge>) -> CancellationToken {
    let terms = [("northwind".into(), vec!["northwind".to_owned()])].into();
    let triage = Triage::new(house.desk.clone(), vec![judge], terms, Arc::clone(&house.untriaged));
    let stop = CancellationToken::new();
    let ends = stop.clone();
    tokio::spawn(async move { triage.run(ends).await });
    stop
}

fn verdict(house: &House, thread: &str, id: &str) -> Option<Verdict> {
    let state = house.conversation(thread)?;
    state.messages.get(&id.into())?.verdicts.values().next().cloned()
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_is_judged_with_its_reason_and_the_plugins_threshold_is_zero() {
    let house = House::open().await;
    let marks = Arc::new(Marks::default());
    let _stop = judged_by(&house, Arc::clone(&marks) as Arc<dyn Judge>);
    house.network.post("1", "a", "Where is it?");
    house.network.post("2", "a", "I wait.");
    house
        .until("judged", |h| {
            verdict(h, "a", "1").is_some() && verdict(h, "a", "2").is_some()
        })
        .await;
    let first = verdict(&house, "a", "1").unwrap();
    assert_eq!(
        (first.by.as_str(), first.revision, first.trouble.as_deref()),
        ("marks@0.1.0", 0, None)
    );
    assert_eq!(
        (first.opinions[0].margin, first.opinions[0].because),
        (1.5, Some((11, 12)))
    );
    assert_eq!(verdict(&house, "a", "2").unwrap().opinions, []);
    let seen = marks.seen.lock().unwrap();
    assert_eq!(seen.iter().map(Vec::len).sum::<usize>(), 2, "each is read once");
    assert_eq!(
        (seen[0][0].brand_terms.as_slice(), seen[0][0].thread_length),
        (&["northwind".to_owned()][..], 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_message_is_abstained_on_with_the_reason_and_spoils_no_other() {
    let house = House::open().await;
    let _stop = judged_by(&house, Arc::new(Marks::default()));
    house.network.post("1", "a", "First?");
    house.network.post("2", "b", "poison");
    house.network.post("3", "c", "Third?");
    house
        .until("all judged", |h| {
            [("a", "1"), ("b", "2"), ("c", "3")]
                .iter()
                .all(|(t, m)| verdict(h, t, m).is_some())
        })
        .await;
    let poison = verdict(&house, "b", "2").unwrap();
    assert_eq!(poison.opinions, []);
    assert!(poison.trouble.unwrap().contains("it divided by zero"));
    for (thread, id) in [("a", "1"), ("c", "3")] {
        let verdict = verdict(&house, thread, id).unwrap();
        assert_eq!((verdict.opinions.len(), verdict.trouble), (1, None), "{thread}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_cannot_be_loaded_abstains_and_replies_go_out() {
    let house = House::open().await;
    let broken = Abstains {
        title: "broken@0.1.0".to_owned(),
        why: "the plugin broken 0.1.0 cannot be used: it does not compile".to_owned(),
    };
    let _stop = judged_by(&house, Arc::new(broken));
    house.network.post("1", "a", "Where is it?");
    house.until("judged", |h| verdict(h, "a", "1").is_some()).await;
    assert!(
        verdict(&house, "a", "1")
            .unwrap()
            .trouble
            .unwrap()
            .contains("does not compile")
    );
    house.reply("a", "r1", "Here").await;
    house.until_reply("a", "r1", is_sent).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_makes_triage_wait_and_not_spin() {
    let house = House::open().await;
    house.network.post("1", "a", "Where is it?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.store.full(true);
    let marks = Arc::new(Marks::default());
    let _stop = judged_by(&house, Arc::clone(&marks) as Arc<dyn Judge>);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let tries = marks.seen.lock().unwrap().len();
    assert!((10..=40).contains(&tries), "{tries} tries in a minute");
    house.store.full(false);
    house.until("judged", |h| verdict(h, "a", "1").is_some()).await;
}
