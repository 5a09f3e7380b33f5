//! A stand-in that listens.

use crate::clock::now_ms;
use crate::config::Config;
use crate::http::{Shared, router};
use crate::mastodon::{NewAccount, World};
use crate::people::Cast;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running stand-in. Dropping it ends it at once; [`Standin::stop`] waits for the end.
#[derive(Debug)]
pub struct Standin {
    addr: SocketAddr,
    token: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Standin {
    /// Starts to listen; the address is known when this returns.
    pub async fn start(config: Config) -> io::Result<Self> {
        if !config.listen.ip().is_loopback() {
            let words = format!(
                "{} is no loopback address: a stand-in listens on 127.0.0.1 or ::1 only",
                config.listen
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, words));
        }
        let listener = TcpListener::bind(config.listen).await?;
        let addr = listener.local_addr()?;
        let token = config.token.clone().unwrap_or_else(random_token);
        if let Some(path) = &config.token_file {
            write_private(path, &token)?;
        }
        let now = now_ms();
        let mut world = World::new(&format!("http://{addr}"), config.max_characters);
        let brand = NewAccount {
            username: config.brand.clone(),
            display_name: "Northwind".to_owned(),
            followers: 5210,
            ..NewAccount::default()
        };
        let brand = world.add_account(brand, now);
        world.add_token(&token, brand);
        let cast = Cast::move_in(&mut world, brand, config.people, config.seed, config.pace, now);
        let shared = Shared::new(world, cast, config.rate_limit);

        let (stop, stopped) = oneshot::channel();
        let app = router(shared.clone());
        let server = tokio::spawn(async move {
            let ended = async move {
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(ended).await {
                tracing::error!(%error, "the stand-in stopped listening");
            }
        });
        let people = tokio::spawn(live(shared.clone()));
        Ok(Self {
            addr,
            token,
            shared,
            stop: Some(stop),
            tasks: vec![server, people],
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`, the `server` of a connection's settings.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The brand's access token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Lets the next thing happen now, whatever the time; what it was, or none where nobody has anything in mind.
    pub fn step(&self) -> Option<String> {
        let mut state = self.shared.state();
        let crate::http::State { world, cast } = &mut *state;
        cast.step(world, now_ms())
    }

    /// Looks at the state.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.shared.state().world)
    }

    /// Ends it, and waits until nothing listens any more.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let mut tasks = std::mem::take(&mut self.tasks).into_iter();
        let server = tasks.next();
        tasks.for_each(|task| task.abort());
        if let Some(mut server) = server {
            // A held answer (an ordered time-out) must not hold the end.
            if tokio::time::timeout(Duration::from_millis(500), &mut server)
                .await
                .is_err()
            {
                server.abort();
                let _ = server.await;
            }
        }
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Lets the people do what is due, and sleeps until the next of it.
async fn live(shared: Arc<Shared>) {
    loop {
        let due = {
            let mut state = shared.state();
            let crate::http::State { world, cast } = &mut *state;
            let now = now_ms();
            cast.catch_up(world, now);
            cast.next_due().map(|at| at.saturating_sub(now).max(1))
        };
        let woken = shared.wake.notified();
        match due {
            Some(ms) => {
                let _ = tokio::time::timeout(Duration::from_millis(ms), woken).await;
            }
            None => woken.await,
        }
    }
}

fn random_token() -> String {
    let bytes: [u8; 24] = rand::random();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}
