//! The guest whose network sends by itself (`tests/guests/hook`), and that network.

use crate::host::{BRAND, Folder};
use crate::places;
use crate::wait::seconds;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// What signs the requests.
pub const SECRET: &str = "what signs the requests";

/// The guest's files.
pub fn guest() -> std::path::PathBuf {
    let guest = places::root().join("tests/guests/dist/hook");
    assert!(
        guest.join("plugin.wasm").is_file(),
        "{} is missing: run `cargo xtask build --plugins-only`",
        guest.display()
    );
    guest
}

/// Gives a folder a bundle with the guest in it.
pub fn bundle(folder: &Folder) {
    let bundle = folder.path().join("bundle");
    std::fs::create_dir_all(bundle.join("plugins/hook")).expect("the folder can be written");
    for file in ["plugin.toml", "plugin.wasm"] {
        std::fs::copy(guest().join(file), bundle.join("plugins/hook").join(file)).expect("the folder can be written");
    }
    let keywords = places::dist().join("plugins/keywords");
    std::os::unix::fs::symlink(keywords, bundle.join("plugins/keywords")).expect("the folder can be written");
    folder.configure(|config| {
        config.insert("bundle".to_owned(), "bundle".into());
    });
}

/// `jackfield connection add` of the guest; what it said.
pub async fn connect(folder: &Folder, id: &str, settings: &str) -> String {
    folder.secret("signing.secret", SECRET.as_bytes());
    folder.secret("verify.token", b"a word of ours");
    let config = folder.config().display().to_string();
    let add = [
        "connection",
        "add",
        id,
        "--config",
        &config,
        "--plugin",
        "hook",
        "--workspace",
        "demo",
        "--brand",
        BRAND,
        "--settings",
        settings,
        "--secret",
        "signing-secret=file:signing.secret",
        "--secret",
        "verify-token=file:verify.token",
    ];
    folder.cli_ok(&add).await
}

/// The value of the header `X-Hook-Signature`.
pub fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length will do");
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends it once; the status, or none where no answer came.
pub async fn send(base: &str, id: &str, body: &str) -> Option<u16> {
    let request = crate::http()
        .post(format!("{base}/hooks/{id}"))
        .timeout(seconds(20))
        .header("X-Hook-Signature", signature(body))
        .body(body.to_owned());
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    // The whole answer, not its head alone.
    answer.bytes().await.ok()?;
    Some(status)
}

/// A batch of `many` messages.
pub fn batch(number: usize, many: usize) -> String {
    let messages: Vec<_> = (0..many)
        .map(|n| {
            json!({"id": format!("m{number:04}-{n}"), "thread": format!("t{}", (number + n) % 40), "from": "ana",
                "text": format!("message {number} {n}"), "at": 1_795_510_800_000_u64 + number as u64})
        })
        .collect();
    json!({"messages": messages}).to_string()
}
