//! The plugin tier: the process that runs plugins. It has the sandbox, the way to networks and the secrets of the
//! connections that it was given, and nothing else: no database, no key of the host, no environment, no descriptor but
//! the one it answers on, no file but what resolving and certificates need. It ends when the host does.

use super::paths;
use super::wire::{self, Answer, Ask, Call, Down, Hello, Said, Spec, Up};
use jackfield_confine::Room;
use jackfield_engine::bindings::Level;
use jackfield_engine::egress::{Grants, SystemResolver};
use jackfield_engine::manifest::World;
use jackfield_engine::{
    ChannelConnection, ChannelPlugin, ConnectionSpec, Engine, EngineConfig, LogSink, Manifest, Seal, Secret,
    SystemClock, SystemRandom, TriageLane, TriagePlugin,
};
use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream as StdStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The name of the subcommand.
pub const COMMAND: &str = "plugin-tier";
/// Log lines that wait to be told; more are left out.
const LINES: usize = 1_000;

type Out = mpsc::UnboundedSender<Up>;

/// Runs until the host goes away.
pub fn run() -> Result<(), String> {
    let by_hand = "this is started by a host (`[plugins] tier = \"process\"`), not by hand";
    let left = jackfield_confine::descriptors();
    if !left.is_empty() {
        return Err(format!("descriptors are open that nobody gave it: {}", left.join(", ")));
    }
    let link = io::stdin().as_fd().try_clone_to_owned();
    let mut link = StdStream::from(link.map_err(|error| error.to_string())?);
    let (first, _): (Down, _) = wire::read(&mut link, 0).map_err(|_| by_hand.to_owned())?;
    let Ask::Hello(hello) = first.ask else {
        return Err(by_hand.to_owned());
    };
    // Before there is another thread, and before anything of a stranger is here.
    let held = jackfield_confine::enter(&Room::Tier { read: paths::read() });
    let missing = match held {
        Ok(held) if held.whole() || !hello.required => held.missing,
        Ok(held) => return refuse(&mut link, first.id, &held.words().unwrap_or_default()),
        Err(error) if hello.required => return refuse(&mut link, first.id, &error.to_string()),
        Err(error) => vec![error.to_string()],
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(async move {
        let (out, told) = mpsc::unbounded_channel();
        let (log, lines) = mpsc::channel(LINES);
        tell(&log, hello.level);
        link.set_nonblocking(true).map_err(|error| error.to_string())?;
        let (from, to) = UnixStream::from_std(link)
            .map_err(|error| error.to_string())?
            .into_split();
        tokio::spawn(write(to, told, lines));
        match engine(&hello, log) {
            Ok(engine) => {
                let ready = Answer::Ready {
                    takes: engine.takes(),
                    missing,
                };
                let _ = out.send(Up::Answer(first.id, ready));
                let tier = Arc::new(Apart {
                    engine,
                    seal: Seal::given(&hello.seal),
                    out,
                    plugins: Mutex::default(),
                    connections: Mutex::default(),
                    lanes: Mutex::default(),
                    tasks: Mutex::default(),
                });
                tier.serve(from).await
            }
            Err(why) => {
                let _ = out.send(Up::Answer(first.id, Answer::Refused(why)));
                // Until the host has read it and closes its end.
                let mut from = from;
                let _ = from.read_u8().await;
            }
        }
        // What is under way has nobody who waits for it.
        std::process::exit(0)
    })
}

fn refuse(link: &mut StdStream, id: u64, why: &str) -> Result<(), String> {
    wire::write(link, &Up::Answer(id, Answer::Refused(why.to_owned())), b"").map_err(|error| error.to_string())
}

fn engine(hello: &Hello, log: mpsc::Sender<Up>) -> Result<Arc<Engine>, String> {
    let config = EngineConfig {
        // The host compiles and keeps.
        cache: None,
        instances: hello.instances,
        max_memory: hello.max_memory,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        log: Arc::new(Lines(log)),
        extra_roots: Vec::new(),
    };
    Engine::new(config).map_err(|error| error.to_string())
}

enum Loaded {
    Channel(ChannelPlugin),
    Triage(TriagePlugin),
}

/// What the tier has.
struct Apart {
    engine: Arc<Engine>,
    seal: Seal,
    out: Out,
    plugins: Mutex<HashMap<u64, Arc<Loaded>>>,
    connections: Mutex<HashMap<u64, Arc<ChannelConnection>>>,
    lanes: Mutex<HashMap<u64, Arc<TriageLane>>>,
    tasks: Mutex<HashMap<u64, AbortHandle>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Apart {
    async fn serve(self: Arc<Self>, mut from: OwnedReadHalf) {
        while let Ok((down, code)) = read(&mut from).await {
            self.take(down, code);
        }
    }

    fn take(self: &Arc<Self>, Down { id, ask }: Down, code: Vec<u8>) {
        match ask {
            Ask::Stop(request) => {
                if let Some(task) = lock(&self.tasks).remove(&request) {
                    task.abort();
                }
            }
            Ask::Unload(plugin) => drop(lock(&self.plugins).remove(&plugin)),
            Ask::Close(connection) => drop(lock(&self.connections).remove(&connection)),
            Ask::Unseat(lane) => drop(lock(&self.lanes).remove(&lane)),
            ask => {
                let tier = Arc::clone(self);
                // Held while the task is put down, so that it cannot end before it is there.
                let mut tasks = lock(&self.tasks);
                let task = tokio::spawn(async move {
                    let answer = Box::pin(tier.answer(ask, code)).await;
                    lock(&tier.tasks).remove(&id);
                    let _ = tier.out.send(Up::Answer(id, answer));
                });
                tasks.insert(id, task.abort_handle());
            }
        }
    }

    async fn answer(self: &Arc<Self>, ask: Ask, code: Vec<u8>) -> Answer {
        let done = match ask {
            Ask::Load { plugin, manifest, hash } => {
                let tier = Arc::clone(self);
                let load = move || tier.load(plugin, &manifest, &hash, &code);
                tokio::task::spawn_blocking(load)
                    .await
                    .unwrap_or_else(|error| Err(format!("loading the plugin broke off: {error}")))
            }
            Ask::Open {
                connection,
                plugin,
                spec,
            } => self.open(connection, plugin, spec).map(|()| Answer::Done),
            Ask::Call(connection, call) => {
                let found = lock(&self.connections).get(&connection).cloned();
                match found {
                    Some(connection) => Ok(Box::pin(called(&connection, call)).await),
                    None => Err("there is no such connection".to_owned()),
                }
            }
            Ask::Seat {
                lane,
                plugin,
                limits,
                threads,
            } => {
                let found = lock(&self.plugins).get(&plugin).cloned();
                match found.as_deref() {
                    Some(Loaded::Triage(plugin)) => TriageLane::new(plugin.clone(), limits, threads)
                        .map(|made| {
                            lock(&self.lanes).insert(lane, Arc::new(made));
                            Answer::Done
                        })
                        .map_err(|error| error.to_string()),
                    _ => Err("there is no such judge".to_owned()),
                }
            }
            Ask::Judge(lane, subjects) => {
                let found = lock(&self.lanes).get(&lane).cloned();
                match found {
                    Some(lane) => Ok(Answer::Judged(lane.classify(subjects).await)),
                    None => Err("there is no such lane".to_owned()),
                }
            }
            Ask::Hello(_) | Ask::Unload(_) | Ask::Close(_) | Ask::Unseat(_) | Ask::Stop(_) => {
                Err("that was not asked in its place".to_owned())
            }
        };
        done.unwrap_or_else(Answer::Refused)
    }

    fn load(&self, plugin: u64, manifest: &str, hash: &[u8], code: &[u8]) -> Result<Answer, String> {
        let manifest = Manifest::parse(manifest).map_err(|error| error.to_string())?;
        let no = |error: jackfield_engine::LoadError| error.what;
        let (loaded, answer) = match manifest.world {
            World::ChannelPlugin => {
                let loaded = self
                    .engine
                    .load_channel_sealed(&self.seal, hash, code, manifest)
                    .map_err(no)?;
                let face = loaded.face();
                let answer = Answer::Channel(face.description().clone(), face.extra());
                (Loaded::Channel(loaded), answer)
            }
            World::TriagePlugin => {
                let loaded = self
                    .engine
                    .load_triage_sealed(&self.seal, hash, code, manifest)
                    .map_err(no)?;
                let answer = Answer::Triage(loaded.description().clone());
                (Loaded::Triage(loaded), answer)
            }
        };
        lock(&self.plugins).insert(plugin, Arc::new(loaded));
        Ok(answer)
    }

    fn open(&self, connection: u64, plugin: u64, spec: Spec) -> Result<(), String> {
        let found = lock(&self.plugins).get(&plugin).cloned();
        let Some(Loaded::Channel(plugin)) = found.as_deref() else {
            return Err("there is no such channel".to_owned());
        };
        let mut secrets = Vec::new();
        for secret in spec.secrets {
            let hosts = Grants::parse(&secret.hosts).map_err(|error| error.to_string())?;
            secrets.extend(Secret::lines(&secret.name, &secret.value, &hosts).map_err(|error| error.to_string())?);
        }
        let made = plugin.connect(ConnectionSpec {
            id: spec.id,
            settings: spec.settings,
            grants: Grants::parse(&spec.grants).map_err(|error| error.to_string())?,
            secrets,
            limits: spec.limits,
            resolver: Arc::new(SystemResolver),
            recorder: None,
        });
        lock(&self.connections).insert(connection, Arc::new(made.map_err(|error| error.what)?));
        Ok(())
    }
}

async fn called(connection: &ChannelConnection, call: Call) -> Answer {
    let said = match call {
        Call::Check => Said::Check(connection.check().await),
        Call::Poll {
            cursor,
            kv,
            max_events,
            sparing: true,
        } => Said::Poll(connection.poll_sparing(cursor, kv, max_events).await),
        Call::Poll {
            cursor, kv, max_events, ..
        } => Said::Poll(
            connection
                .poll(cursor, kv, max_events)
                .await
                .map(|polled| (polled, Vec::new())),
        ),
        Call::Publish(draft, kv) => Said::Publish(connection.publish(draft, kv).await),
        Call::Reconcile(draft, kv) => Said::Reconcile(connection.reconcile(draft, kv).await),
        Call::Ingest(request, kv) => Said::Ingest(connection.ingest(request, kv).await),
        Call::Verify(request) => Said::Verify(connection.verify(request).await),
    };
    let trace = connection.last_trace();
    Answer::Called {
        said: Box::new(said),
        note: connection.last_call(),
        grants: connection.grants_used(),
        trace: (!trace.events.is_empty()).then(|| trace.write()),
    }
}

async fn read(from: &mut OwnedReadHalf) -> io::Result<(Down, Vec<u8>)> {
    let mut head = [0; 8];
    from.read_exact(&mut head).await?;
    let (length, behind) = wire::lengths(head, wire::CODE)?;
    let mut bytes = zeroize::Zeroizing::new(vec![0; length]);
    from.read_exact(&mut bytes).await?;
    let mut code = vec![0; behind];
    from.read_exact(&mut code).await?;
    Ok((wire::message(&bytes)?, code))
}

async fn write(
    mut to: tokio::net::unix::OwnedWriteHalf,
    mut answers: mpsc::UnboundedReceiver<Up>,
    mut lines: mpsc::Receiver<Up>,
) {
    loop {
        let up = tokio::select! {
            biased;
            Some(up) = answers.recv() => up,
            Some(up) = lines.recv() => up,
            else => return,
        };
        let frame = wire::frame(&up, b"").or_else(|error| match up {
            Up::Answer(id, _) => wire::frame(
                &Up::Answer(id, Answer::Refused(format!("the answer is too long: {error}"))),
                b"",
            ),
            _ => Err(error),
        });
        if let Ok(frame) = frame
            && to.write_all(&frame).await.is_err()
        {
            return;
        }
    }
}

/// Lines of plugins.
struct Lines(mpsc::Sender<Up>);

impl LogSink for Lines {
    fn line(&self, who: &str, level: Level, line: &str) {
        let line = Up::Line {
            who: who.to_owned(),
            level,
            line: line.to_owned(),
        };
        // Who writes faster than anybody reads loses lines and no time.
        let _ = self.0.try_send(line);
    }
}

/// The tier's own log goes to the host's.
struct Told(mpsc::Sender<Up>, u8);

fn tell(log: &mpsc::Sender<Up>, level: u8) {
    let subscriber = tracing_subscriber::registry().with(Told(log.clone(), level));
    // Nobody else is there to have set one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(|panic| tracing::error!("the plugin tier: {panic}")));
}

/// As numbers, the gravest first.
pub(super) fn number(level: tracing::Level) -> u8 {
    match level {
        tracing::Level::ERROR => 1,
        tracing::Level::WARN => 2,
        tracing::Level::INFO => 3,
        tracing::Level::DEBUG => 4,
        tracing::Level::TRACE => 5,
    }
}

impl<S: tracing::Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let level = number(*event.metadata().level());
        if level > self.1 {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let text = words.0.chars().take(4096).collect();
        let _ = self.0.try_send(Up::Log { level, text });
    }
}

#[derive(Default)]
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write;
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?} "),
            name => write!(self.0, "{name}={value:?} "),
        };
    }
}
