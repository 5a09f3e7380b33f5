//! host/server
fn main() {}
