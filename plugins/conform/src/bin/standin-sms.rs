//! `standin-sms`: Twilio's Messages API in memory, for the conformance kit and for people who try the channel `sms`.

use jackfield_conform::{program, sms};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    program::program(sms::router(), sms::LOGIN).await
}
