//! Why a token is not believed, in words that help who made it and tell a thief nothing.

use super::{LEEWAY, MAX_LIFETIME, MAX_TOKEN};
use crate::config::Algorithm;
use jackfield_protocol::Problem;

/// A token was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Why);

/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// There is none.
    Missing,
    /// It is too large to be one.
    TooLarge,
    /// It is not one.
    Malformed(&'static str),
    /// Nobody we know made it.
    IssuerUnknown,
    /// It is signed in another way than its issuer signs.
    Algorithm(Algorithm),
    /// The signature does not hold.
    Signature,
    /// A claim is absent or not what it should be.
    Claim {
        /// Which.
        name: &'static str,
        /// How.
        wrong: &'static str,
    },
    /// It is meant for somebody else.
    Audience,
    /// It has ended.
    Expired {
        /// So long ago.
        seconds: i64,
    },
    /// It has not begun.
    NotYet,
    /// It would live too long.
    Lifetime,
    /// Its workspace is not its issuer's.
    Workspace,
    /// Its brand is not its issuer's.
    Brand,
    /// Its origin is not one of its issuer's.
    OriginNotOfIssuer,
    /// It comes from another page than the one it was made for.
    Origin {
        /// The page it was made for.
        claimed: Option<String>,
    },
}

impl From<Why> for Refused {
    fn from(why: Why) -> Self {
        Self(why)
    }
}

impl Refused {
    /// True where a new token for the same person would help: 401. Else they may not: 403.
    pub fn is_about_the_token(&self) -> bool {
        !matches!(
            self.0,
            Why::Workspace | Why::Brand | Why::OriginNotOfIssuer | Why::Origin { .. }
        )
    }

    /// For programs and for people.
    pub fn problem(&self) -> Problem {
        let (code, field, message) = match &self.0 {
            Why::Missing => (
                "token-missing",
                None,
                "This needs a token: send the header `Authorization: Bearer TOKEN`.".to_owned(),
            ),
            Why::TooLarge => ("token-too-large", None, format!("The token is larger than {MAX_TOKEN} bytes. Put less into it.")),
            Why::Malformed(what) => (
                "token-malformed",
                None,
                format!("This is not a JSON Web Token: {what}. Send the token exactly as it was made."),
            ),
            Why::IssuerUnknown => (
                "token-issuer-unknown",
                Some("iss"),
                "The token's issuer is not configured here. Its `iss` has to be the name of an [[issuer]] in jackfield.toml."
                    .to_owned(),
            ),
            Why::Algorithm(expected) => (
                "token-algorithm",
                Some("alg"),
                format!("Tokens of this issuer are signed with {}; this one says otherwise.", expected.as_str()),
            ),
            Why::Signature => (
                "token-signature",
                None,
                "The token's signature does not hold. Sign with the key that jackfield.toml names for this issuer.".to_owned(),
            ),
            Why::Claim { name, wrong } => {
                ("token-claim", Some(*name), format!("The token's `{name}` {wrong}. Make a token that has it."))
            }
            Why::Audience => (
                "token-audience",
                Some("aud"),
                "The token is meant for somebody else: its `aud` has to be \"jackfield\".".to_owned(),
            ),
            Why::Expired { seconds } => (
                "token-expired",
                Some("exp"),
                format!("The token ended {seconds} seconds ago. Ask the page's server for a new one."),
            ),
            Why::NotYet => (
                "token-not-yet",
                Some("iat"),
                format!("The token begins in the future. Clocks may differ by {LEEWAY} seconds: set the clock of its maker."),
            ),
            Why::Lifetime => (
                "token-lifetime",
                Some("exp"),
                format!("The token lives too long. `exp` may be at most {MAX_LIFETIME} seconds after `iat` and after now."),
            ),
            Why::Workspace => (
                "workspace-unknown",
                Some("tenant"),
                "The token's issuer does not speak for this workspace. Check `tenant` against jackfield.toml.".to_owned(),
            ),
            Why::Brand => (
                "brand-unknown",
                Some("brand"),
                "The token's issuer does not speak for this brand. Check `brand` against jackfield.toml.".to_owned(),
            ),
            Why::OriginNotOfIssuer => (
                "origin-unknown",
                Some("origin"),
                "The token's `origin` is not among its issuer's origins. Add the page's origin in jackfield.toml.".to_owned(),
            ),
            Why::Origin { claimed: Some(claimed) } => (
                "origin-wrong",
                Some("origin"),
                format!("The token was made for the page {claimed} and was sent from another. Make one for this page."),
            ),
            Why::Origin { claimed: None } => (
                "origin-wrong",
                Some("origin"),
                "The token names no page and was sent from one. Make a token whose `origin` is that page's.".to_owned(),
            ),
        };
        Problem {
            code: code.to_owned(),
            message,
            field: field.map(str::to_owned),
        }
    }
}
