//! A TCP relay between the host and a network that can lose answers.
//!
//! It makes the one fault that matters most and that no server makes of itself: the request arrived and was
//! carried out, and the connection broke before the answer. It can also hide idempotency keys, so that a network that
//! has none is played by one that has: then nothing but the host's own care keeps a reply from being there twice. The
//! relay knows no HTTP beyond the head of a request, which our client always sends in one piece.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A running relay; ends when dropped.
#[derive(Debug)]
pub struct Wire {
    /// Where to connect instead.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    to_lose: AtomicU32,
    prefix: Mutex<String>,
    lost: AtomicU32,
    hiding: AtomicBool,
    hidden: AtomicU32,
}

const KEY: &[u8] = b"idempotency-key:";

impl Wire {
    /// Relays to a server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(relay(client, server, Arc::clone(&shared)));
                }
            }
        });
        Self { address, shared, task }
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Loses the answers to the next `n` requests whose first line begins so: `POST /api/v1/statuses `.
    pub fn lose(&self, prefix: &str, n: u32) {
        *self.shared.prefix.lock().expect("nobody panics in here") = prefix.to_owned();
        self.shared.to_lose.store(n, Ordering::SeqCst);
    }

    /// From now on the server sees no idempotency key.
    pub fn hide_keys(&self) {
        self.shared.hiding.store(true, Ordering::SeqCst);
    }

    /// Keys hidden so far.
    pub fn hidden(&self) -> u32 {
        self.shared.hidden.load(Ordering::SeqCst)
    }

    /// Answers lost so far.
    pub fn lost(&self) -> u32 {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn loses(&self, request: &[u8]) -> bool {
        let prefix = self.prefix.lock().expect("nobody panics in here").clone();
        !prefix.is_empty()
            && request.starts_with(prefix.as_bytes())
            && self
                .to_lose
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok()
    }
}

impl Shared {
    /// Gives the key's header a name that no server knows, of the same length.
    fn hide(&self, request: &mut [u8]) {
        if self.hiding.load(Ordering::SeqCst)
            && let Some(at) = request
                .windows(KEY.len())
                .position(|name| name.eq_ignore_ascii_case(KEY))
        {
            request[at] = b'x';
            self.hidden.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn relay(mut client: TcpStream, server: SocketAddr, shared: Arc<Shared>) {
    let Ok(mut upstream) = TcpStream::connect(server).await else {
        return;
    };
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut losing = false;
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(n) if n > 0 => {
                    losing = losing || shared.loses(&up[..n]);
                    shared.hide(&mut up[..n]);
                    if upstream.write_all(&up[..n]).await.is_err() { return }
                }
                _ => return,
            },
            read = upstream.read(&mut down) => match read {
                // The network has answered, so it has done what was asked: now the line breaks.
                Ok(n) if n > 0 && losing => {
                    shared.lost.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                Ok(n) if n > 0 => if client.write_all(&down[..n]).await.is_err() { return },
                _ => return,
            },
        }
    }
}
