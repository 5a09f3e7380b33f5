//! What must hold for every input, whoever wrote it. A target is a function of bytes that panics where a claim does not
//! hold; libFuzzer looks for such bytes (`cargo xtask fuzz`), and `tests/tests/fuzzed.rs` runs every seed and every
//! input that once broke something, in each ordinary test run.
//!
//! | target | bytes are | what must hold |
//! |---|---|---|
//! | [`manifest`] | a `plugin.toml` | read or refused with a line of the file; what an operator reads of it cannot move their cursor |
//! | [`package`] | a `.plug` file | one spelling; nobody's key makes it trusted; its capabilities can be told or are refused |
//! | [`inspect`] | a component | capabilities can be told or are refused; no part of our file can be hidden in it |
//! | [`load`] | a small component | loaded or refused in words; what is loaded can also be inspected |
//! | [`mapping`] | a mapping, then an answer of its system | mistakes have lines and are few; events are within the contract |
//! | [`webhook`] | draws of a recipe and a request | signed by the recipe's key it verifies; one changed bit, and it does not |
//! | [`trace`] | a trace | what is read is written again to the same |
//! | [`conform`] | a `conform.toml` | read or refused with a line of the file |
//! | [`grant`] | what an operator grants | what is read is written again to the same grant |

mod component;
mod draw;
mod mapping;
mod reading;
mod webhook;

pub use component::{inspect, load};
pub use mapping::mapping;
pub use reading::{conform, grant, manifest, package, trace};
pub use webhook::webhook;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 9] = [
    ("conform", conform),
    ("grant", grant),
    ("inspect", inspect),
    ("load", load),
    ("manifest", manifest),
    ("mapping", mapping),
    ("package", package),
    ("trace", trace),
    ("webhook", webhook),
];
