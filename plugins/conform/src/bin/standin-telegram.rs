//! `standin-telegram`: the Bot API in memory, for the conformance kit and for people who try the channel `telegram`.

use jackfield_conform::{program, telegram};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    program::program(telegram::router(), telegram::TOKEN).await
}
