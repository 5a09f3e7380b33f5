//! A stand-in of Twilio's Messages API (2010-04-01): one account, its messages, and the people it writes with.
//!
//! Lists come newest first, in pages with `next_page_uri`, filtered by `To`, `From` and the day of `DateSent`; a message
//! has the fields of Twilio's OpenAPI document, all of them (`plugins/channels/sms/tests/recorded.rs` compares). Sending
//! checks what Twilio checks first: a missing number (21604, 21603), no words and no media (21602), too long (21617), who
//! has written STOP (21610). The body of a signed webhook for a message is at `GET /_standin/webhooks/SID`.
//!
//! Left out: services, scheduling, prices, the media's bytes.

mod api;
mod state;

pub use api::{ACCOUNT, LOGIN, NUMBER, router, start};
