//! What grows.

mod cusum;

pub use cusum::Cusum;
