//! plugins/conform
fn main() {}
