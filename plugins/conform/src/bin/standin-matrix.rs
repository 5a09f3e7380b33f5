//! `standin-matrix`: a Matrix homeserver in memory, for the conformance kit and for people who try the channel `matrix`.

use jackfield_conform::{matrix, program};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    program::program(matrix::router(), matrix::TOKEN).await
}
