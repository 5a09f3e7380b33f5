//! Names to addresses, once per hop, behind a trait so that a test can be the name server.

use futures_util::future::BoxFuture;
use std::net::IpAddr;

/// Resolves names. The policy checks every address of the answer; the client dials only those that were checked.
pub trait Resolver: Send + Sync {
    /// All addresses of `host`. An empty list counts as "does not resolve". The error is a sentence for people.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, String>>;
}

/// The machine's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, String>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0))
                .await
                .map_err(|error| error.to_string())?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
