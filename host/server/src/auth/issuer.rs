//! Keys: read once at the start, checked for being what the algorithm needs, never shown.

use crate::config::{Algorithm, IssuerConfig, Secret, SecretError, SecretRef};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto};
use serde_json::json;

/// An issuer with its key.
pub struct Issuer {
    config: IssuerConfig,
    key: DecodingKey,
    secret: Option<Secret>,
}

/// Why an issuer's key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("issuer `{name}`: {why}")]
pub struct IssuerError {
    /// Which issuer.
    pub name: String,
    /// What is wrong, and the repair.
    pub why: String,
}

/// RFC 7518, 3.2: a key for HS256 has at least as many bits as the hash.
const LEAST_SECRET: usize = 32;

impl Issuer {
    /// Reads the key.
    pub fn open(config: &IssuerConfig) -> Result<Self, IssuerError> {
        let wrong = |why: String| IssuerError {
            name: config.name.clone(),
            why,
        };
        let secret = read(config).map_err(|error| wrong(error.to_string()))?;
        let value = secret.expose();
        let is_pem = value.starts_with(b"-----BEGIN");
        let key = match config.algorithm {
            Algorithm::Hs256 if is_pem => {
                return Err(wrong(
                    "HS256 takes a shared secret, and this is a PEM key. Write algorithm = \"RS256\" or \"EdDSA\""
                        .to_owned(),
                ));
            }
            Algorithm::Hs256 if value.len() < LEAST_SECRET => {
                return Err(wrong(format!(
                    "the secret has {} bytes; HS256 needs {LEAST_SECRET} or more. `jackfield init` makes a good one",
                    value.len()
                )));
            }
            Algorithm::Hs256 => DecodingKey::from_secret(value),
            Algorithm::Rs256 | Algorithm::EdDsa => public(config.algorithm, value).map_err(wrong)?,
        };
        let secret = (config.algorithm == Algorithm::Hs256).then_some(secret);
        Ok(Self {
            config: config.clone(),
            key,
            secret,
        })
    }

    /// What the operator says of it.
    pub fn config(&self) -> &IssuerConfig {
        &self.config
    }

    /// The signature is this issuer's, by this issuer's algorithm.
    pub fn signed(&self, signature: &str, message: &[u8]) -> bool {
        crypto::verify(signature, message, &self.key, kind(self.config.algorithm)).unwrap_or(false)
    }

    /// The key to sign with, where it is the one to check with too.
    pub fn signing_key(&self) -> Option<SigningKey> {
        let secret = self.secret.as_ref()?;
        Some(SigningKey {
            algorithm: Algorithm::Hs256,
            key: EncodingKey::from_secret(secret.expose()),
        })
    }
}

/// A shared secret may be read by its owner alone; a public key by anybody.
fn read(config: &IssuerConfig) -> Result<Secret, SecretError> {
    match config.algorithm {
        Algorithm::Hs256 => config.key.read_private(),
        Algorithm::Rs256 | Algorithm::EdDsa => config.key.read(),
    }
}

fn public(algorithm: Algorithm, pem: &[u8]) -> Result<DecodingKey, String> {
    let name = algorithm.as_str();
    if pem.windows(11).any(|window| window == b"PRIVATE KEY") {
        return Err(format!(
            "{name} checks with the public key, and this is the private one. \
             Run: openssl pkey -in PRIVATE.pem -pubout -out PUBLIC.pem; keep the private one with the page's server"
        ));
    }
    let read = match algorithm {
        Algorithm::EdDsa => DecodingKey::from_ed_pem(pem),
        _ => DecodingKey::from_rsa_pem(pem),
    };
    read.map_err(|_| format!("this is not a public key for {name} in PEM (-----BEGIN PUBLIC KEY-----)"))
}

fn kind(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

/// A key that makes tokens: for the demo page, for `jackfield token`, for tests.
pub struct SigningKey {
    algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    /// Reads the private key of an issuer whose public one is configured.
    pub fn open(algorithm: Algorithm, key: &SecretRef) -> Result<Self, String> {
        let value = key.read_private().map_err(|error| error.to_string())?;
        Self::from_bytes(algorithm, value.expose())
    }

    /// Takes a key from memory.
    pub fn from_bytes(algorithm: Algorithm, value: &[u8]) -> Result<Self, String> {
        let key = match algorithm {
            Algorithm::Hs256 => Ok(EncodingKey::from_secret(value)),
            Algorithm::Rs256 => EncodingKey::from_rsa_pem(value),
            Algorithm::EdDsa => EncodingKey::from_ed_pem(value),
        };
        let key = key.map_err(|_| format!("this is not a private key for {} in PEM", algorithm.as_str()))?;
        Ok(Self { algorithm, key })
    }

    /// Signs claims.
    pub fn sign(&self, claims: &serde_json::Value) -> Result<String, String> {
        let header = jsonwebtoken::Header::new(kind(self.algorithm));
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|error| error.to_string())
    }

    /// Makes a token for an agent of a brand on a page.
    pub fn mint(&self, wish: &Wish<'_>) -> Result<String, String> {
        let mut claims = json!({
            "iss": wish.issuer.name,
            "aud": "jackfield",
            "sub": wish.agent,
            "tenant": wish.issuer.workspace,
            "brand": wish.brand,
            "jti": uuid::Uuid::now_v7().to_string(),
            "iat": wish.now_seconds,
            "exp": wish.now_seconds.saturating_add(wish.ttl_seconds),
        });
        if let Some(claims) = claims.as_object_mut() {
            if let Some(origin) = wish.origin {
                claims.insert("origin".to_owned(), origin.into());
            }
            if let Some(name) = wish.name {
                claims.insert("name".to_owned(), name.into());
            }
            if !wish.roles.is_empty() {
                claims.insert("roles".to_owned(), wish.roles.into());
            }
        }
        self.sign(&claims)
    }
}

/// What a token is to say.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// In whose name.
    pub issuer: &'a IssuerConfig,
    /// For whom.
    pub agent: &'a str,
    /// Their name.
    pub name: Option<&'a str>,
    /// For which brand.
    pub brand: &'a str,
    /// For which page.
    pub origin: Option<&'a str>,
    /// Their roles in the brand.
    pub roles: &'a [String],
    /// From when.
    pub now_seconds: i64,
    /// For how long.
    pub ttl_seconds: i64,
}
