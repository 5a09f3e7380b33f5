//! Who may open the operator's door.

use super::Admin;
use crate::api::Fault;
use crate::config::{SecretError, SecretRef};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The shortest token that is taken: what 128 random bits make in base64.
const LEAST: usize = 22;
/// Bytes of the name that somebody gives themselves.
const NAME: usize = 64;

/// The operator's token, as its hash.
pub struct AdminKey([u8; 32]);

impl AdminKey {
    /// Reads the token from where the configuration says it is.
    pub fn open(source: &SecretRef) -> Result<Self, String> {
        let token = source
            .read_private()
            .map_err(|error: SecretError| format!("admin.token: {error}"))?;
        if token.expose().len() < LEAST {
            return Err(format!(
                "admin.token: {source} holds fewer than {LEAST} characters, which can be guessed. Run: openssl rand -base64 32 > FILE; chmod 600 FILE"
            ));
        }
        Ok(Self(hash(token.expose())))
    }

    /// Hashes are compared, so the time says nothing about the token.
    fn opens(&self, token: &[u8]) -> bool {
        hash(token)
            .iter()
            .zip(self.0)
            .fold(0, |differs, (a, b)| differs | (a ^ b))
            == 0
    }
}

fn hash(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Somebody who holds the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// By their own word (`Jackfield-Operator`), for the record; the token does not say who holds it.
    pub name: String,
}

impl FromRequestParts<Arc<Admin>> for Operator {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, Fault> {
        let Some(key) = &admin.key else {
            return Err(Fault::new(
                StatusCode::NOT_FOUND,
                "admin-off",
                "The admin API is off. To turn it on, write [admin] and token = \"file:admin.token\" into the configuration, put a token there (openssl rand -base64 32), and start the host again.",
                None,
            ));
        };
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let token = text(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        match token {
            None => Err(refused(
                "admin-token-missing",
                "This needs the admin token: send the header `Authorization: Bearer TOKEN`.",
            )),
            Some(token) if !key.opens(token.as_bytes()) => Err(refused(
                "admin-token-wrong",
                "This is not the admin token. It is where [admin] token says.",
            )),
            Some(_) => {
                let name: String = text("jackfield-operator")
                    .unwrap_or("unnamed")
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(NAME)
                    .collect();
                Ok(Self { name })
            }
        }
    }
}

fn refused(code: &str, message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, code, message, None)
}
