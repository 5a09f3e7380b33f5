//! The running host: everything wired, started in the order in which it depends, stopped in the other.

use crate::admin::{self, Admin, AdminKey, open_metrics};
use crate::alarm::Alarm;
use crate::api::{self, Api};
use crate::auth::Keyring;
use crate::bundle::Bundle;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::feed::Hub;
use crate::floor::{Matching, Presences};
use crate::hooks::{self, Hooks};
use crate::house;
use crate::lines::{Board, Opener, Timing};
use crate::pages::{self, Demo, Pages};
use crate::plugins::{PluginOpener, Plugins};
use crate::registry::Registry;
use crate::telemetry::Telemetry;
use crate::triage::{Bench, Judge, PluginBench, Triage};
use crate::work::Desk;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use axum::{Json, Router};
use jackfield_store::{SqliteOptions, SqliteStore, Store};
use serde_json::json;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::set_header::SetResponseHeaderLayer;

/// How long a stop may take; what is not done then is a doubt that the next start clears.
const STOP: Duration = Duration::from_secs(10);

/// A host that runs.
pub struct Host {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where /metrics is read without a token, where that was asked for.
    pub metrics: Option<SocketAddr>,
    telemetry: Telemetry,
    /// What networks send by themselves, and how it ended.
    pub hooks: Arc<Hooks>,
    desk: Desk,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Held for as long as the host runs: two hosts on one file would publish each other's replies.
    _alone: Option<File>,
}

impl Host {
    /// Starts everything; answers when requests are served.
    pub async fn start(config: &Config, demo: bool) -> Result<Self, String> {
        let plugins = Arc::new(Plugins::new(config)?);
        Self::start_with(config, demo, plugins).await
    }

    /// The same with these plugins.
    pub async fn start_with(config: &Config, demo: bool, plugins: Arc<Plugins>) -> Result<Self, String> {
        if demo && !config.listen.ip().is_loopback() {
            return Err(format!(
                "--demo gives a token to whoever asks, so it listens on this machine only, and the configuration says {}. Write listen = \"127.0.0.1:7070\"",
                config.listen
            ));
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let keyring = Keyring::open(config, Arc::clone(&clock)).map_err(|error| error.to_string())?;
        let listener = TcpListener::bind(config.listen)
            .await
            .map_err(|error| cannot_listen(config.listen, &error))?;
        let store =
            SqliteStore::open(&config.database, &SqliteOptions::default()).map_err(|error| error.to_string())?;
        let alone = alone(&config.database)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let registry = Arc::new(Registry::new(
            Arc::clone(&plugins),
            Arc::clone(&store),
            Arc::clone(&clock),
            config.plugins.clone(),
        ));
        registry.follow().await.map_err(|refused| refused.to_string())?;
        registry.sweep().await.map_err(|refused| refused.to_string())?;
        let bench = PluginBench::new(Arc::clone(&plugins), &config.triage.plugins)?;
        let opener = PluginOpener {
            plugins,
            registry: Some(Arc::clone(&registry)),
        };
        let parts = Parts {
            store,
            opener: Arc::new(opener),
            registry: Some(registry),
            judges: Judges::Bench(Arc::new(Arc::new(bench))),
            clock,
            keyring,
        };
        let extra = match demo {
            true => {
                let keyring = Keyring::open(config, Arc::clone(&parts.clock)).map_err(|error| error.to_string())?;
                let pages = Arc::new(Pages::new(Bundle::new(config.bundle.clone()), &keyring));
                Some(pages::demo(Arc::new(Demo::new(
                    pages,
                    keyring,
                    Arc::clone(&parts.clock),
                )?)))
            }
            false => None,
        };
        let mut host = Self::with(config, parts, listener, extra).await?;
        // For the command line on this machine; where it cannot be written, the address of the configuration is asked.
        let beside = config.database.with_extension("address");
        if let Err(error) = std::fs::write(&beside, format!("{}\n", host.address)) {
            tracing::info!(file = %beside.display(), %error, "the address is not written down");
        }
        host._alone = Some(alone);
        Ok(host)
    }

    /// The same with parts of the caller's choice: what tests put in instead of a network.
    pub async fn with(
        config: &Config,
        parts: Parts,
        listener: TcpListener,
        extra: Option<Router>,
    ) -> Result<Self, String> {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let key = config.admin.as_ref().map(AdminKey::open).transpose()?;
        let telemetry = config
            .telemetry
            .as_deref()
            .map_or(Ok(Telemetry::default()), Telemetry::to)?;
        let desk = Desk {
            store: parts.store,
            clock: parts.clock,
            hub: Arc::new(Hub::new()),
            policies: Arc::default(),
            telemetry: telemetry.clone(),
        };
        house::begin(&desk.policies, desk.store.as_ref(), &config.policy, desk.clock.now()).await?;
        for issuer in &config.issuers {
            for brand in &issuer.brands {
                begin(&desk, &issuer.workspace, brand).await?;
            }
        }
        for record in desk.store.connections().await.map_err(|error| error.to_string())? {
            begin(&desk, &record.workspace, &record.brand).await?;
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let untriaged = Arc::new(Notify::new());
        let timing = Timing {
            interval: config.limits.poll_interval,
            max_events: config.limits.poll_events,
        };
        let board = Board::new(
            desk.clone(),
            Arc::clone(&parts.opener),
            timing,
            config.limits.calls_at_once,
            Arc::clone(&untriaged),
        );
        let watched = board.watched(telemetry.clone(), Some(config.cache.join("traces")));
        let board = Arc::new(watched.allowing(config.budgets.clone()));
        board.look().await.map_err(|error| error.to_string())?;
        let (lines, ends) = (Arc::clone(&board), stop.clone());
        tasks.spawn(async move { lines.run(ends).await });
        let terms = config.triage.brand_terms.clone();
        let triage = match parts.judges {
            Judges::Fixed(judges) => Triage::new(desk.clone(), judges, terms, untriaged),
            Judges::Bench(bench) => Triage::on(desk.clone(), bench, parts.registry.clone(), terms, untriaged),
        };
        let ends = stop.clone();
        tasks.spawn(async move { triage.run(ends).await });
        let (alarm, ends) = (Alarm::new(desk.clone()), stop.clone());
        tasks.spawn(async move { alarm.run(ends).await });
        let floor = Arc::new(Presences::default());
        let (matching, ends) = (Matching::new(desk.clone(), Arc::clone(&floor)), stop.clone());
        tasks.spawn(async move { matching.run(ends).await });
        tasks.spawn(seal(desk.clone(), config.limits.seal_interval, stop.clone()));
        tasks.spawn(hooks::sweep(desk.clone(), config.webhooks.keep, stop.clone()));
        let webhooks = Hooks::new(desk.clone(), Arc::clone(&board), parts.opener, hooks::reached(config));
        let hooks = Arc::new(webhooks);

        let pages = Arc::new(Pages::new(Bundle::new(config.bundle.clone()), &parts.keyring));
        let admin = Arc::new(Admin {
            key,
            desk: desk.clone(),
            board: Arc::clone(&board),
            registry: parts.registry,
        });
        let api = Arc::new(Api {
            keyring: parts.keyring,
            desk: desk.clone(),
            board,
            floor,
            feeds: Arc::new(Semaphore::new(config.limits.feeds)),
            stop: stop.clone(),
        });
        let metrics = match config.metrics {
            Some(listen) => Some(metrics(listen, Arc::clone(&admin), &tasks, stop.clone()).await?),
            None => None,
        };
        let app = app(api, admin, pages, Arc::clone(&hooks), extra);
        let ends = stop.clone();
        tasks.spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(async move { ends.cancelled().await });
            if let Err(error) = served.await {
                tracing::error!(%error, "the HTTP server ended");
            }
        });
        tasks.close();
        Ok(Self {
            address,
            metrics,
            telemetry,
            hooks,
            desk,
            stop,
            tasks,
            _alone: None,
        })
    }

    /// Stops taking, lets what is under way end, seals, closes.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                "some work did not end within {} seconds; the next start goes on from the log",
                STOP.as_secs()
            );
        }
        let telemetry = self.telemetry.clone();
        // It waits for the exporter's own thread, which needs this runtime.
        let _ = tokio::task::spawn_blocking(move || telemetry.stop()).await;
        if let Err(error) = self.desk.store.seal(self.desk.clock.now()).await {
            tracing::warn!(%error, "the log was not sealed at the end; the next seal covers it");
        }
    }
}

/// Who judges messages.
pub enum Judges {
    /// The same ones always.
    Fixed(Vec<Arc<dyn Judge>>),
    /// Whoever sits there now.
    Bench(Arc<dyn Bench>),
}

/// What a host is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Makes connections.
    pub opener: Arc<dyn Opener>,
    /// The plugins behind it, for the operator; none where the lines are made of something else.
    pub registry: Option<Arc<Registry>>,
    /// Judge messages.
    pub judges: Judges,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is believed.
    pub keyring: Keyring,
}

/// Where the host listens that runs on a database: flags and a port of 0 make it another place than the configuration
/// says. Worth reading only while one runs.
pub fn address_beside(database: &Path) -> Option<SocketAddr> {
    let written = std::fs::read_to_string(database.with_extension("address")).ok()?;
    written.trim().parse().ok()
}

/// Whether a host runs on a database: it holds the lock beside it.
pub fn runs_beside(database: &Path) -> bool {
    let lock = File::open(database.with_extension("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The lock beside a database, or nothing where a host has it. It ends with the process, however that ends.
pub(crate) fn lock(database: &Path) -> Result<Option<File>, String> {
    let path = database.with_extension("lock");
    let file = File::create(&path).map_err(|error| {
        format!(
            "{}: {error}. The folder of the database has to be writable",
            path.display()
        )
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", path.display())),
    }
}

fn alone(database: &Path) -> Result<File, String> {
    lock(database)?.ok_or_else(|| {
        format!(
            "another jackfield serves {} already. Stop it first; one host serves a file",
            database.display()
        )
    })
}

/// `/metrics` on a listener of its own. Answers where that is.
async fn metrics(
    listen: SocketAddr,
    admin: Arc<Admin>,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<SocketAddr, String> {
    let bound = TcpListener::bind(listen).await;
    let listener = bound.map_err(|error| format!("metrics.listen: {}", cannot_listen(listen, &error)))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tasks.spawn(async move {
        let ends = async move { stop.cancelled().await };
        let served = axum::serve(listener, open_metrics(admin)).with_graceful_shutdown(ends);
        if let Err(error) = served.await {
            tracing::error!(%error, "the listener of the metrics ended");
        }
    });
    Ok(address)
}

async fn begin(
    desk: &Desk,
    workspace: &jackfield_protocol::WorkspaceId,
    brand: &jackfield_protocol::BrandId,
) -> Result<(), String> {
    let head = desk
        .store
        .feed_head(workspace, brand)
        .await
        .map_err(|error| error.to_string())?;
    desk.hub.begin(workspace, brand, head);
    Ok(())
}

fn app(api: Arc<Api>, admin: Arc<Admin>, pages: Arc<Pages>, hooks: Arc<Hooks>, extra: Option<Router>) -> Router {
    let ready = Arc::clone(&api);
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || readyz(ready)))
        .merge(api::routes(api))
        .merge(admin::routes(admin))
        .merge(pages::panel(pages))
        .merge(hooks::routes(hooks))
        .merge(extra.unwrap_or_default())
        .fallback(|| async {
            let text =
                "There is nothing here. The API is described at /api/openapi.json, the panel is /jackfield.js.\n";
            (StatusCode::NOT_FOUND, text)
        })
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
}

/// Ready: the storage answers. How the lines are is told along; a network that is down does not make a host unready.
async fn readyz(api: Arc<Api>) -> (StatusCode, Json<serde_json::Value>) {
    let storage = api.desk.store.connections().await;
    // Anybody may ask: how many lines are how, and not whose they are.
    let mut lines = std::collections::BTreeMap::<String, u32>::new();
    for view in api.board.all() {
        let health = serde_json::to_value(view.health).ok();
        let health = health
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned();
        *lines.entry(health).or_default() += 1;
    }
    match storage {
        Ok(_) => (StatusCode::OK, Json(json!({ "storage": "ok", "lines": lines }))),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "storage": "does not answer; the log of the host says why", "lines": lines })),
        ),
    }
}

async fn seal(desk: Desk, interval: Duration, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = desk.store.seal(desk.clock.now()).await {
            tracing::warn!(%error, "the log was not sealed; it is tried again");
        }
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "another program listens on {address}. Stop it, or give another address with --listen 127.0.0.1:PORT"
        ),
        std::io::ErrorKind::PermissionDenied => {
            format!(
                "this user may not listen on {address}. Ports below 1024 need a privilege; give another with --listen"
            )
        }
        _ => format!("cannot listen on {address}: {error}. Give an address of this machine with --listen"),
    }
}
