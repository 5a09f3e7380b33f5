//! Tokens as an embedding page's server would mint them: by hand, so that the host's own minting is not believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// An issuer that the host under test believes.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// `iss`.
    pub name: String,
    /// `tenant`.
    pub workspace: String,
    /// The shared secret.
    pub key: Vec<u8>,
}

impl Issuer {
    /// A token for an agent of a brand, good for ten minutes and for callers that are not browsers.
    pub fn token(&self, agent: &str, brand: &str) -> String {
        self.sign(&self.claims(agent, brand))
    }

    /// The claims of [`Self::token`], for tests that bend one of them.
    pub fn claims(&self, agent: &str, brand: &str) -> Value {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("the clock is past 1970")
            .as_secs();
        let jti = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        json!({
            "iss": self.name, "aud": "jackfield", "sub": agent, "tenant": self.workspace, "brand": brand,
            "jti": jti, "iat": now, "exp": now + 600,
        })
    }

    /// HS256 over any claims.
    pub fn sign(&self, claims: &Value) -> String {
        let head = B64.encode(json!({"alg": "HS256", "typ": "JWT"}).to_string());
        let body = B64.encode(claims.to_string());
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(format!("{head}.{body}").as_bytes());
        format!("{head}.{body}.{}", B64.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_standards_example() {
        // RFC 7515, appendix A.1: the same key over the same signing input; the input there has line breaks that a
        // JSON serializer does not make, so it is signed as it stands.
        let key = B64
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                     eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(input.as_bytes());
        assert_eq!(
            B64.encode(mac.finalize().into_bytes()),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
    }
}
