//! Who is asking: short-lived tokens signed by the embedder's server, bound to workspace, brand and origin.
//!
//! The order of the checks is the argument. First the size, then the shape; then the issuer, whose configuration alone
//! says how its tokens are signed (a token that names its own algorithm is an old way in); then the signature; and only
//! after it holds is anything else of the token believed or spoken about. No answer repeats any part of the token.

mod issuer;
mod refusal;
mod token;

pub use issuer::{Issuer, IssuerError, SigningKey, Wish};
pub use refusal::{Refused, Why};

use crate::clock::Clock;
use crate::config::{Config, IssuerConfig};
use jackfield_desk::authority::Writer;
use jackfield_protocol::{AgentId, BrandId, Millis, WorkspaceId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most bytes of a token: an RS256 one with every claim stays under 2 KiB.
pub const MAX_TOKEN: usize = 4096;
/// How far clocks may differ, seconds.
pub const LEEWAY: i64 = 30;
/// The longest life of a token, seconds: a stolen one is soon worth nothing.
pub const MAX_LIFETIME: i64 = 3600;

/// Somebody whose token was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The agent.
    pub agent: AgentId,
    /// The name to show, where the token gives one.
    pub name: Option<String>,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The brand.
    pub brand: BrandId,
    /// Their roles in the brand, as far as the token says.
    pub roles: BTreeSet<String>,
    /// Who vouches for them.
    pub issuer: String,
    /// The token's own id, for the record.
    pub token: String,
    /// When the token ends.
    pub expires_at: Millis,
}

impl Caller {
    /// Them, as the desk knows people who write.
    pub fn writer(&self) -> Writer {
        Writer {
            agent: self.agent.clone(),
            name: self.name.clone(),
            brand: self.brand.clone(),
            roles: self.roles.clone(),
        }
    }
}

/// What the request says about the page it comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Page<'a> {
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Site` header.
    pub site: Option<&'a str>,
    /// The `Host` header: an origin with this very host is our own frame page.
    pub host: Option<&'a str>,
    /// Our own origin, where the configuration says it; a proxy may have put its own words into `Host`.
    pub own: Option<&'a str>,
}

/// Everybody whose tokens are believed.
pub struct Keyring {
    issuers: Vec<Issuer>,
    /// Our own origin as browsers see it, where the operator says it.
    own: Option<String>,
    clock: Arc<dyn Clock>,
}

impl Keyring {
    /// Reads every key.
    pub fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, IssuerError> {
        let issuers = config.issuers.iter().map(Issuer::open).collect::<Result<_, _>>()?;
        Ok(Self {
            issuers,
            own: config.public_origin.clone(),
            clock,
        })
    }

    /// All issuers.
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// All origins of all issuers, for the allow-list of cross-origin requests.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.issuers
            .iter()
            .flat_map(|issuer| issuer.config().origins.iter().map(String::as_str))
    }

    /// Checks a token for a request from a page.
    pub fn check(&self, token: &str, page: Page<'_>) -> Result<Caller, Refused> {
        let parts = token::split(token)?;
        let claims = parts.claims()?;
        let issuer = claims.text("iss")?;
        let issuer = self
            .issuers
            .iter()
            .find(|known| known.config().name == issuer)
            .ok_or(Why::IssuerUnknown)?;
        if parts.algorithm()? != issuer.config().algorithm.as_str() {
            return Err(Why::Algorithm(issuer.config().algorithm).into());
        }
        if !issuer.signed(parts.signature, parts.message.as_bytes()) {
            return Err(Why::Signature.into());
        }
        self.believe(&claims, issuer.config(), page)
    }

    /// The signature holds: what does the token say?
    fn believe(&self, claims: &token::Claims, issuer: &IssuerConfig, page: Page<'_>) -> Result<Caller, Refused> {
        let now = self.clock.now() / 1000;
        if !claims.audience("jackfield")? {
            return Err(Why::Audience.into());
        }
        let (issued, expires) = (claims.seconds("iat")?, claims.seconds("exp")?);
        if expires <= now.saturating_sub(LEEWAY) {
            return Err(Why::Expired {
                seconds: now.saturating_sub(expires),
            }
            .into());
        }
        if issued > now.saturating_add(LEEWAY) || claims.not_before()? > now.saturating_add(LEEWAY) {
            return Err(Why::NotYet.into());
        }
        if expires > now.saturating_add(MAX_LIFETIME + LEEWAY) || expires.saturating_sub(issued) > MAX_LIFETIME {
            return Err(Why::Lifetime.into());
        }
        let workspace = claims.text("tenant")?;
        if workspace != issuer.workspace.as_str() {
            return Err(Why::Workspace.into());
        }
        let brand = claims.text("brand")?;
        let brand = issuer
            .brands
            .iter()
            .find(|known| known.as_str() == brand)
            .ok_or(Why::Brand)?;
        let page = Page {
            own: self.own.as_deref(),
            ..page
        };
        origin(claims.optional_text("origin")?, issuer, page)?;
        Ok(Caller {
            agent: AgentId(claims.subject()?.to_owned()),
            name: claims.optional_text("name")?.map(str::to_owned),
            workspace: issuer.workspace.clone(),
            brand: brand.clone(),
            roles: claims.roles()?,
            issuer: issuer.name.clone(),
            token: claims.text("jti")?.to_owned(),
            expires_at: expires.saturating_mul(1000),
        })
    }
}

/// A token works on the page it was made for, in our own frame page, and outside of browsers.
///
/// Browsers put `Origin` on every cross-origin request and on every POST; where it is absent the request is a GET from
/// our own origin (`Sec-Fetch-Site: same-origin`) or does not come from a page at all (no `Sec-Fetch-Site`).
fn origin(claimed: Option<&str>, issuer: &IssuerConfig, page: Page<'_>) -> Result<(), Refused> {
    if let Some(claimed) = claimed
        && !issuer.origins.iter().any(|known| known == claimed)
    {
        return Err(Why::OriginNotOfIssuer.into());
    }
    let same_site = matches!(page.site, None | Some("same-origin"));
    let fits = match (page.origin, claimed) {
        (None, _) => same_site,
        (Some(origin), Some(claimed)) => origin == claimed || (same_site && is_own(origin, page)),
        (Some(_), None) => false,
    };
    if fits {
        Ok(())
    } else {
        Err(Why::Origin {
            claimed: claimed.map(str::to_owned),
        }
        .into())
    }
}

/// The origin is this server's own: as the operator says, else as the browser reached it.
fn is_own(origin: &str, page: Page<'_>) -> bool {
    if let Some(own) = page.own {
        return origin == own;
    }
    let bare = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    bare.is_some() && bare == page.host
}
