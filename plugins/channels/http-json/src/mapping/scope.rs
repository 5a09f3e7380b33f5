//! Which names mean something where. Everything a template may insert is in these lists and in the table of the
//! documentation.

/// What is always known.
pub(crate) const PLAIN: [&str; 3] = ["base", "now", "values"];
/// The request of a poll.
pub(crate) const POLL: [&str; 6] = ["account", "base", "now", "page", "since", "values"];
/// The request for the parts of an item.
pub(crate) const EACH: [&str; 6] = ["$", "account", "base", "now", "page", "values"];
/// A field of a message, and conditions on it.
pub(crate) const MESSAGE: [&str; 7] = ["$", "account", "base", "now", "outer", "root", "values"];
/// The request that publishes.
pub(crate) const PUBLISH: [&str; 10] = [
    "account",
    "base",
    "key",
    "language",
    "now",
    "parent",
    "text",
    "thread",
    "values",
    "visibility",
];
/// The answer to it.
pub(crate) const ANSWER: [&str; 8] = ["$", "base", "header", "key", "now", "parent", "thread", "values"];
/// The request that asks whether something was published.
pub(crate) const RECONCILE: [&str; 9] = [
    "account", "asked-at", "base", "key", "now", "page", "parent", "thread", "values",
];
/// What is signed of a request that the system sends.
pub(crate) const SIGNED: [&str; 2] = ["body", "header"];
