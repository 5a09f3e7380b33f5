//! What is planted, drawn anew for each run.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::RngExt;

/// What is planted.
pub(crate) struct Values {
    pub(crate) token: String,
    pub(crate) odd: String,
    pub(crate) basic: String,
    password: String,
    pub(crate) signing: String,
    pub(crate) verify: String,
    pub(crate) control: String,
}

pub(crate) fn drawn(length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length)
        .map(|_| LETTERS[rng.random_range(0..LETTERS.len())] as char)
        .collect()
}

impl Values {
    pub(crate) fn drawn() -> Self {
        let password = format!("{}/+{}", drawn(8), drawn(14));
        Self {
            token: format!("t{}", drawn(31)),
            odd: format!("{}/+\"&<>'~{}=", drawn(12), drawn(12)),
            basic: BASE64_STANDARD.encode(format!("agent:{password}")),
            password,
            signing: drawn(32),
            verify: format!("{} {}", drawn(16), drawn(16)),
            control: format!("w{}", drawn(31)),
        }
    }

    pub(crate) fn all(&self) -> [(&'static str, &str); 7] {
        [
            ("token", &self.token),
            ("odd", &self.odd),
            ("basic", &self.basic),
            ("password", &self.password),
            ("signing", &self.signing),
            ("verify", &self.verify),
            ("control", &self.control),
        ]
    }
}
