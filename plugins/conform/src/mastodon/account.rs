//! Who has an account.

use std::collections::BTreeSet;

/// The number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u64);

/// An account, here or on another server as seen from here.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// The name before any domain.
    pub username: String,
    /// The other server it lives on; none where it lives here.
    pub domain: Option<String>,
    /// The name it shows; may be empty.
    pub display_name: String,
    /// About itself, as HTML.
    pub note: String,
    /// A program, by its own word.
    pub bot: bool,
    /// Followers that are not accounts here, added to the ones that are.
    pub followers_elsewhere: u64,
    /// Accounts here that follow it.
    pub followers: BTreeSet<AccountId>,
    /// When it was made.
    pub created_ms: u64,
}

/// What is needed to make one.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// The name before any domain.
    pub username: String,
    /// The other server it lives on.
    pub domain: Option<String>,
    /// The name it shows.
    pub display_name: String,
    /// A program.
    pub bot: bool,
    /// Followers elsewhere.
    pub followers: u64,
}

impl Account {
    /// `ana`, or `ana@elsewhere.example` for one that lives there.
    pub fn acct(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{}@{domain}", self.username),
            None => self.username.clone(),
        }
    }

    /// Its page.
    pub fn url(&self, base: &str) -> String {
        match &self.domain {
            Some(domain) => format!("https://{domain}/@{}", self.username),
            None => format!("{base}/@{}", self.username),
        }
    }

    /// Its ActivityPub address.
    pub fn uri(&self, base: &str) -> String {
        match &self.domain {
            Some(domain) => format!("https://{domain}/users/{}", self.username),
            None => format!("{base}/ap/users/{}", self.id.0),
        }
    }
}
