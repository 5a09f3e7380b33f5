//! A triage version that is tried: it looks on and is shown to nobody, decides its share and no more, costs no verdict
//! where it breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod shop;
mod stage;

use async_trait::async_trait;
use jackfield_engine::bindings::{Label, Subject, TriageVerdict};
use jackfield_engine::{BreakKind, Breakdown, CallError};
use jackfield_protocol::PluginAction;
use jackfield_server::registry::{Registry, in_share};
use jackfield_server::triage::{Bench, Judge, Seat, Triage, Tried};
use jackfield_store::Store;
use stage::{House, thread_id};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Gives every message its label, or traps.
struct Says {
    title: &'static str,
    label: &'static str,
    traps: AtomicBool,
    seen: Mutex<usize>,
}

impl Says {
    fn new(title: &'static str, label: &'static str) -> Arc<Self> {
        Arc::new(Self {
            title,
            label,
            traps: AtomicBool::new(false),
            seen: Mutex::new(0),
        })
    }
}

#[async_trait]
impl Judge for Says {
    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn labels(&self) -> Vec<Label> {
        vec![Label {
            name: self.label.to_owned(),
            meaning: "A word.".to_owned(),
            suggested_threshold: 0.0,
        }]
    }

    async fn classify(&self, subjects: Vec<Subject>) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        *self.seen.lock().unwrap() += subjects.len();
        if self.traps.load(Ordering::SeqCst) {
            return Err(CallError::from(Breakdown {
                kind: BreakKind::Trap,
                plugin: self.title.to_owned(),
                function: "classify".to_owned(),
                detail: "it divided by zero".to_owned(),
                stack: Vec::new(),
                host_calls: Vec::new(),
            }));
        }
        let said = |_: &Subject| {
            vec![TriageVerdict {
                label: self.label.to_owned(),
                margin: 1.0,
                because: None,
            }]
        };
        Ok(subjects.iter().map(said).collect())
    }
}

/// One seat, with a share that the test sets.
struct Sits {
    decides: Arc<Says>,
    tried: Arc<Says>,
    share: AtomicU8,
    digest: String,
}

#[async_trait]
impl Bench for Sits {
    async fn seats(&self) -> Vec<Seat> {
        vec![Seat {
            decides: Arc::clone(&self.decides) as Arc<dyn Judge>,
            tried: Some(Tried {
                plugin: "keywords".to_owned(),
                digest: self.digest.clone(),
                judge: Arc::clone(&self.tried) as Arc<dyn Judge>,
                share: self.share.load(Ordering::SeqCst),
            }),
        }]
    }
}

struct Stand {
    house: House,
    bench: Arc<Sits>,
    triage: Triage,
}

async fn stand(share: u8) -> Stand {
    stand_with(House::open().await, share, "d", None)
}

fn stand_with(house: House, share: u8, digest: &str, registry: Option<Arc<Registry>>) -> Stand {
    let bench = Arc::new(Sits {
        decides: Says::new("words@0.1.0", "question"),
        tried: Says::new("words@0.2.0", "complaint"),
        share: AtomicU8::new(share),
        digest: digest.to_owned(),
    });
    let triage = Triage::on(
        house.desk.clone(),
        Arc::clone(&bench) as Arc<dyn Bench>,
        registry,
        BTreeMap::new(),
        Arc::clone(&house.untriaged),
    );
    Stand { house, bench, triage }
}

impl Stand {
    /// Posts in so many threads, all judged.
    async fn judged(&self, threads: usize) {
        for n in 0..threads {
            self.house
                .network
                .post(&format!("{n:02}"), &format!("t{n}"), "Where is it");
        }
        self.house
            .until("stored", |house| house.messages().len() == threads)
            .await;
        while self.triage.batch().await.unwrap() > 0 {}
    }

    /// Who judged the message of a thread.
    fn by(&self, thread: usize) -> Vec<String> {
        let state = self.house.conversation(&format!("t{thread}")).unwrap();
        state
            .messages
            .values()
            .flat_map(|message| message.verdicts.keys().cloned())
            .collect()
    }

    async fn trials(&self, least: usize) -> Vec<jackfield_store::Trial> {
        for _ in 0..1000 {
            let trials = self
                .house
                .store
                .trials("keywords", &self.bench.digest, 1000)
                .await
                .unwrap();
            if trials.len() >= least {
                return trials;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("fewer than {least} rows of the trial");
    }
}

#[tokio::test(start_paused = true)]
async fn who_looks_on_is_shown_to_nobody_and_is_kept_apart() {
    let stand = stand(0).await;
    stand.judged(8).await;
    for thread in 0..8 {
        assert_eq!(stand.by(thread), ["words@0.1.0"]);
    }
    let trials = stand.trials(8).await;
    assert_eq!(trials.len(), 8);
    for trial in trials {
        assert_eq!(
            (trial.before, trial.after),
            (vec!["question".to_owned()], vec!["complaint".to_owned()])
        );
        assert!(!trial.decided && trial.trouble.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_share_decides_its_conversations_and_no_others() {
    let stand = stand(40).await;
    stand.judged(30).await;
    let mut theirs = 0;
    for thread in 0..30 {
        let share = in_share(&thread_id(&format!("t{thread}")), 40);
        theirs += usize::from(share);
        let expected = if share { "words@0.2.0" } else { "words@0.1.0" };
        assert_eq!(stand.by(thread), [expected], "t{thread}");
    }
    assert!(theirs > 3 && theirs < 27, "{theirs}");
    let decided = stand.trials(30).await.iter().filter(|trial| trial.decided).count();
    assert_eq!(decided, theirs);
}

#[tokio::test(start_paused = true)]
async fn where_the_tried_one_breaks_the_other_judges_after_all() {
    let stand = stand(100).await;
    stand.bench.tried.traps.store(true, Ordering::SeqCst);
    stand.judged(5).await;
    for thread in 0..5 {
        assert_eq!(stand.by(thread), ["words@0.1.0"], "no verdict is lost");
    }
    let trials = stand.trials(5).await;
    assert!(
        trials
            .iter()
            .all(|trial| trial.trouble.as_deref().unwrap().contains("divided by zero"))
    );
    assert_eq!(*stand.bench.decides.seen.lock().unwrap(), 5, "each is asked once");
}

#[tokio::test(start_paused = true)]
async fn one_that_breaks_while_it_looks_on_disturbs_nobody() {
    let stand = stand(0).await;
    stand.bench.tried.traps.store(true, Ordering::SeqCst);
    stand.judged(5).await;
    for thread in 0..5 {
        assert_eq!(stand.by(thread), ["words@0.1.0"]);
    }
    let failed = stand
        .trials(5)
        .await
        .iter()
        .filter(|trial| trial.trouble.is_some())
        .count();
    assert_eq!(failed, 5);
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_fails_too_often_is_ended_by_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop::Shop::with(&folder, &[("dist/plugins", "keywords")]);
    let house = House::open().await;
    let config = shop::configuration(folder.path(), &shop.key);
    let registry = Arc::new(Registry::new(
        Arc::clone(&shop.plugins),
        Arc::clone(&house.store) as Arc<dyn Store>,
        Arc::clone(&house.clock),
        config.plugins,
    ));
    let next = shop.signed(&shop::version("dist/plugins", "keywords", "0.2.0"));
    let begun = registry.trial_begin(&next, &shop::mia()).await.unwrap();
    let stand = stand_with(house, 0, &begun.deed.digest, Some(Arc::clone(&registry)));
    stand.bench.tried.traps.store(true, Ordering::SeqCst);
    stand.judged(25).await;
    let ended = async || {
        let log = registry.log().await.unwrap();
        log.last()
            .map(|entry| entry.deed.clone())
            .filter(|deed| deed.action == PluginAction::AutoUnshadow)
    };
    let mut deed = None;
    for _ in 0..500 {
        deed = ended().await;
        if deed.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deed = deed.expect("it is ended");
    assert_eq!(deed.who, "the host");
    assert!(
        deed.why.contains("25 of its newest 25") && deed.why.contains("divided by zero"),
        "{}",
        deed.why
    );
    assert!(shop.plugins.installed("keywords").unwrap().candidate.is_none());
    for thread in 0..25 {
        assert_eq!(stand.by(thread), ["words@0.1.0"], "and nobody noticed");
    }
}
