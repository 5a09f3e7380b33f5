//! The host dies before every single step of what it does, one after the other: nothing is lost, nothing is there twice.
//!
//! `kill.rs` pulls the plug at random moments of a busy host; here the moments are counted out. A scene says what happens
//! in a round; each round the host dies before the next step of it, is started again and drives on. The rounds end when
//! everything settles before its step comes, twice in a row; then the moments that a scene names and chance has left out
//! are died at by their names. After each death the file that the dead host left is read: its log verifies, and every
//! projection equals its rebuild.
//!
//! | scene | what a round is |
//! |---|---|
//! | `town` | a person writes, an agent answers what was written before; with an answer of the network that gets lost, too |
//! | `hooks` | a network sends a good request and a bad one; what it sent is ingested again |
//! | `shop` | a plugin is installed and removed, upgraded and taken back, while a line works |
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud
#![allow(clippy::print_stderr)] // how many deaths there were

mod hooks;
mod shop;
mod town;

use jackfield_store::{SqliteOptions, SqliteStore, Store};
use jackfield_tests::api::Api;
use jackfield_tests::host::{Folder, Host};
use jackfield_tests::steps::{Counts, Steps};
use jackfield_tests::wait::seconds;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Far more than one round has; seen: 11 to 40.
const MOST: u32 = 120;

/// What happens while a host dies again and again.
trait Scene {
    /// What counts as a step.
    const COUNTS: Counts;
    /// Beginnings of the names of moments at which it has to have died.
    const MOMENTS: &'static [&'static str];

    /// Before a round, with nobody dying.
    async fn before(&self, _folder: &Folder, _api: &Api, _round: usize) {}

    /// One round, until nothing of it is left to do. Where the host dies it is dropped and called again on the next host.
    async fn round(&self, folder: &Folder, api: &Api, round: usize);

    /// What a dead host has left.
    async fn left(&self, _store: &SqliteStore) {}

    /// When all rounds are done, on a host that lives.
    async fn end(&self, folder: &Folder, host: &Host, rounds: usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_poll_and_a_publish() {
    let (scene, folder) = town::Talk::new().await;
    killed_before_every_step(scene, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_publish_whose_answer_is_lost_and_in_asking_after_it() {
    let (scene, folder) = town::Lost::new().await;
    killed_before_every_step(scene, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_taking_a_webhook_and_in_setting_a_bad_one_aside() {
    let (scene, folder) = hooks::Sent::new().await;
    killed_before_every_step(scene, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_ingesting_again() {
    let (scene, folder) = hooks::Again::new().await;
    killed_before_every_step(scene, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_install_and_a_removal() {
    let (scene, folder) = shop::Install::new().await;
    killed_before_every_step(scene, folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_upgrade_and_a_rollback_under_traffic() {
    let (scene, folder) = shop::Upgrade::new().await;
    killed_before_every_step(scene, folder).await;
}

async fn killed_before_every_step<S: Scene>(scene: S, folder: Folder) {
    let begun = Instant::now();
    let steps = Steps::new(S::COUNTS);
    let mut run = Run {
        host: folder.start_to_die(&steps).await,
        rounds: 0,
        folder: &folder,
        scene: &scene,
        steps: &steps,
    };
    let (mut step, mut survived) = (0, 0);
    while survived < 2 {
        step += 1;
        assert!(step < MOST, "the host dies and dies: {step} steps");
        survived = if run.round(step, "").await { 0 } else { survived + 1 };
    }
    for moment in S::MOMENTS {
        if !steps.said().iter().any(|said| said.starts_with(moment)) {
            assert!(run.round(1, moment).await, "in a round there is no moment {moment:?}");
        }
    }
    let Run { host, rounds, .. } = run;
    scene.end(&folder, &host, rounds).await;
    host.kill().await;
    let config = folder.config().display().to_string();
    for command in ["verify", "rebuild"] {
        eprintln!("{}", folder.cli_ok(&["log", command, "--config", &config]).await.trim());
    }
    let said = steps.said();
    let mut moments = BTreeMap::<_, u32>::new();
    for moment in &said {
        *moments.entry(moment).or_default() += 1;
    }
    eprintln!(
        "{} deaths in {rounds} rounds, {:?}: {moments:?}",
        said.len(),
        begun.elapsed()
    );
    assert!(!said.is_empty(), "nobody died");
}

struct Run<'a, S> {
    host: Host,
    rounds: usize,
    folder: &'a Folder,
    scene: &'a S,
    steps: &'a Steps,
}

impl<S: Scene> Run<'_, S> {
    /// One round with death before a step of it; whether it came to that.
    async fn round(&mut self, step: u32, moment: &str) -> bool {
        let (api, round, before) = (self.host.api.clone(), self.rounds, self.steps.said().len());
        self.rounds += 1;
        self.scene.before(self.folder, &api, round).await;
        self.steps.arm(step, moment);
        tokio::select! {
            () = self.scene.round(self.folder, &api, round) => {}
            () = dead(&mut self.host) => {}
        }
        // Death may come with the last step of a round; who is alive answers.
        let dies = self.steps.disarm();
        let alive = api.me().await.is_ok();
        if alive && !dies && self.steps.said().len() == before {
            return false;
        }
        dead(&mut self.host).await;
        left(self.folder, self.scene).await;
        self.host = self.folder.start_to_die(self.steps).await;
        self.scene.round(self.folder, &self.host.api, round).await;
        true
    }
}

async fn dead(host: &mut Host) {
    let begun = Instant::now();
    while host.alive() {
        assert!(begun.elapsed() < seconds(100), "the host neither settles nor dies");
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Reads a copy of what a dead host left: its log is whole, its projections are those of its log.
async fn left(folder: &Folder, scene: &impl Scene) {
    let copy = tempfile::tempdir().unwrap();
    for file in ["jackfield.db", "jackfield.db-wal"] {
        let from = folder.path().join(file);
        if from.exists() {
            std::fs::copy(from, copy.path().join(file)).unwrap();
        }
    }
    let options = SqliteOptions {
        create: false,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(&copy.path().join("jackfield.db"), &options).unwrap();
    assert_eq!(store.verify().await.unwrap().faults, Vec::<String>::new());
    assert_eq!(store.rebuild(false).await.unwrap().differences, Vec::<String>::new());
    scene.left(&store).await;
}
