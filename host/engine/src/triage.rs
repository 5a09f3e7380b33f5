//! The triage lane: pure guests, in batches, on threads of their own.
//!
//! A batch is one call, and batches of different callers never mix: a guest that wanted to could carry words of one
//! brand into the margins of another's. A guest has one import, `log`, and nothing to wait for, so the calls are
//! synchronous and cost no scheduling; the epoch stops the one that will not end. An instance is reused for some
//! number of batches because guests build tables when they start; it is thrown away after anything but an answer.

use crate::{
    BreakKind, CallError, Limits, LoadError, Manifest, Scrubber, answer,
    bindings::{
        Subject, TriageDescription, TriageVerdict,
        triage_world::{self, TriagePluginPre},
    },
    engine::{Engine, Lane},
    fault::Witness,
    meter::Meter,
    room::{Manner, Occupant, Room},
    trace::{Event, Recorder, Tape, say},
    trail::Trail,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio::sync::{mpsc, oneshot};
use wasmtime::Store;

/// Labels that a plugin may use (contract).
const MAX_LABELS: usize = 256;

/// A loaded component of world `triage-plugin`. Cheap to clone.
#[derive(Clone)]
pub struct TriagePlugin {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    pre: TriagePluginPre<Room>,
    title: Arc<str>,
    manifest: Manifest,
    description: TriageDescription,
    labels: Vec<String>,
}

impl TriagePlugin {
    pub(crate) fn load(engine: Arc<Engine>, pre: TriagePluginPre<Room>, manifest: Manifest) -> Result<Self, LoadError> {
        let no = |what: String| LoadError {
            plugin: manifest.title(),
            what,
        };
        let title: Arc<str> = manifest.title().into();
        let limits = Arc::new(Limits::triage());
        let trail = Trail::default();
        let witness = Witness {
            plugin: &title,
            function: "describe",
            trail: &trail,
            scrub: &Scrubber::new(&[]),
        };
        let mut store = engine.store(
            room(&engine, &title, limits, trail.clone(), Manner::Describing),
            Lane::Triage,
        );
        let described = pre
            .instantiate(&mut store)
            .and_then(|guest| guest.jackfield_plugin_triage().call_describe(&mut store));
        let description = described.map_err(|error| no(witness.unloadable(&error, store.data())))?;

        believable(&manifest, &description)?;
        let labels = description.labels.iter().map(|label| label.name.clone()).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                pre,
                title,
                manifest,
                description,
                labels,
            }),
        })
    }

    /// What it knows, as it said when it was loaded.
    pub fn description(&self) -> &TriageDescription {
        &self.inner.description
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// A fresh instance for the calling thread. The lane makes its own; this is for tools and measurements.
    pub fn instance(&self, limits: Limits) -> Result<TriageInstance, CallError> {
        let inner = self.inner.clone();
        let trail = Trail::default();
        let room = room(
            &inner.engine,
            &inner.title,
            Arc::new(limits),
            trail.clone(),
            Manner::Pure,
        );
        let mut store = inner.engine.store(room, Lane::Triage);
        match inner.pre.instantiate(&mut store) {
            Ok(guest) => Ok(TriageInstance {
                plugin: inner,
                trail,
                store,
                guest,
                calls: 0,
            }),
            Err(error) => {
                let scrub = store.data().scrub.clone();
                let witness = Witness {
                    plugin: &inner.title,
                    function: "classify",
                    trail: &trail,
                    scrub: &scrub,
                };
                Err(witness.trapped(&error, Some(store.data())).into())
            }
        }
    }
}

/// What a plugin says of itself, within the bounds of the contract.
pub(crate) fn believable(manifest: &Manifest, description: &TriageDescription) -> Result<(), LoadError> {
    let no = |what: String| LoadError {
        plugin: manifest.title(),
        what,
    };
    if description.labels.is_empty() || description.labels.len() > MAX_LABELS {
        return Err(no(format!(
            "its `description.labels` holds {} labels; it has 1 to {MAX_LABELS}",
            description.labels.len()
        )));
    }
    if let Some(label) = description
        .labels
        .iter()
        .find(|label| label.name.is_empty() || label.name.len() > 128)
    {
        return Err(no(format!("its label {:?} must have 1 to 128 bytes", label.name)));
    }
    if let Some(label) = description
        .labels
        .iter()
        .find(|label| !label.suggested_threshold.is_finite())
    {
        return Err(no(format!(
            "the `suggested-threshold` of its label {:?} is not a number",
            label.name
        )));
    }
    if description.version != manifest.version {
        return Err(no(format!(
            "it says version {:?} and plugin.toml says {:?}; make them equal",
            description.version, manifest.version
        )));
    }
    Ok(())
}

fn room(engine: &Engine, who: &Arc<str>, limits: Arc<Limits>, trail: Trail, manner: Manner) -> Room {
    Room::new(
        engine,
        Occupant {
            who: who.clone(),
            limits,
            scrub: Arc::new(Scrubber::new(&[])),
            manner,
            trail,
            tape: Tape::off(),
            meter: Meter::default(),
        },
    )
}

/// One instance on one thread. After an error it is of no more use: drop it.
pub struct TriageInstance {
    plugin: Arc<Inner>,
    trail: Trail,
    store: Store<Room>,
    guest: triage_world::TriagePlugin,
    calls: u32,
}

impl TriageInstance {
    /// Writes down what crosses the boundary from now on.
    pub fn record(&mut self, recorder: Arc<dyn Recorder>) {
        self.store.data_mut().tape.recorder = Some(recorder);
    }

    /// One list of verdicts per subject, in order.
    pub fn classify(&mut self, subjects: &[Subject]) -> Result<Vec<Vec<TriageVerdict>>, CallError> {
        let scrub = self.store.data().scrub.clone();
        let witness = Witness {
            plugin: &self.plugin.title,
            function: "classify",
            trail: &self.trail,
            scrub: &scrub,
        };
        self.store.data_mut().begin(Vec::new());
        self.plugin.engine.arm(&mut self.store);
        let tape = self.store.data().tape.clone();
        if tape.on() {
            tape.begin("classify", say::classify(subjects), &[]);
        }
        let said = self
            .guest
            .jackfield_plugin_triage()
            .call_classify(&mut self.store, subjects);
        if tape.on() {
            tape.put(match &said {
                Ok(lists) => Event::Answer {
                    answer: say::plain(lists),
                },
                Err(error) => {
                    let breakdown = witness.trapped(error, Some(self.store.data()));
                    Event::Broke {
                        broke: breakdown.kind.word().to_owned(),
                        detail: breakdown.detail,
                    }
                }
            });
        }
        self.store.data_mut().finish();
        let mut lists = said.map_err(|error| witness.trapped(&error, Some(self.store.data())))?;
        let texts = subjects.iter().map(|subject| subject.content.text.as_str());
        let dropped =
            answer::verdicts(&mut lists, texts, &self.plugin.labels).map_err(|what| witness.bad_answer(&what))?;
        if dropped > 0 {
            tracing::warn!(
                plugin = &*self.plugin.title,
                dropped,
                "verdicts with an unknown label or no number were dropped"
            );
        }
        self.calls += 1;
        Ok(lists)
    }
}

type Outcome = Result<Vec<Vec<TriageVerdict>>, CallError>;

struct Batch {
    subjects: Vec<Subject>,
    answer: oneshot::Sender<Outcome>,
}

/// Threads that run one triage plugin.
pub struct TriageLane {
    plugin: TriagePlugin,
    queue: mpsc::Sender<Batch>,
}

impl TriageLane {
    /// Starts `threads` threads (at least one). They end when the lane is dropped.
    pub fn new(plugin: TriagePlugin, limits: Limits, threads: usize) -> Result<Self, CallError> {
        let threads = threads.max(1);
        // As many batches again as are worked on: a queue that is longer only hides that the lane is too slow.
        let (queue, batches) = mpsc::channel::<Batch>(threads);
        let shared = Arc::new((plugin.clone(), limits, Mutex::new(batches)));
        for number in 0..threads {
            let shared = shared.clone();
            let spawned = thread::Builder::new()
                .name(format!("triage-{number}"))
                .spawn(move || work(&shared.0, &shared.1, &shared.2));
            if let Err(error) = spawned {
                return Err(no_room(
                    &plugin.inner.title,
                    &format!("no thread for the lane: {error}"),
                ));
            }
        }
        Ok(Self { plugin, queue })
    }

    /// One list of verdicts per subject, in order. A batch is one call; batches of different callers never mix.
    pub async fn classify(&self, subjects: Vec<Subject>) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let ended = || no_room(&self.plugin.inner.title, "the lane's threads have ended");
        self.queue.send(Batch { subjects, answer }).await.map_err(|_| ended())?;
        outcome.await.map_err(|_| ended())?
    }
}

fn work(plugin: &TriagePlugin, limits: &Limits, batches: &Mutex<mpsc::Receiver<Batch>>) {
    let mut warm: Option<TriageInstance> = None;
    loop {
        // One thread waits for work, the others for their turn to wait.
        let next = batches.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Batch { subjects, answer }) = next else { return };
        if answer.is_closed() {
            continue; // Nobody waits for it any more.
        }
        let ready = warm
            .take()
            .filter(|instance| instance.calls < limits.calls_per_instance);
        let instance = ready.map_or_else(|| plugin.instance(limits.clone()), Ok);
        let outcome = instance.and_then(|mut instance| {
            let lists = instance.classify(&subjects)?;
            warm = Some(instance);
            Ok(lists)
        });
        let _ = answer.send(outcome);
    }
}

fn no_room(title: &str, detail: &str) -> CallError {
    let witness = Witness {
        plugin: title,
        function: "classify",
        trail: &Trail::default(),
        scrub: &Scrubber::new(&[]),
    };
    witness.breakdown(BreakKind::NoRoom, detail).into()
}
