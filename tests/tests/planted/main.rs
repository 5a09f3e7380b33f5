//! Secrets are planted in the connections of a real host, each network that they go to gives them back in every form it
//! can think of, and a plugin shows whatever it sees wherever it can. None of them may be found anywhere: not in the
//! memory of a guest, the log (at its most talkative), the database, the traces, what an operator or an agent reads,
//! metrics, spans, a recorded fixture, nor the words of an error.
//!
//! Beside each secret goes a word that is none, along the same way. It has to be found where a secret must not be, or
//! nothing was tried there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud
#![allow(clippy::print_stderr)] // where it was looked

mod echo;
mod memory;
mod places;
mod scan;
mod stage;
mod story;
mod values;

use places::Places;
use scan::Scan;
use story::Story;

#[test]
fn the_search_sees_through_every_form_that_the_network_knows() {
    let values = values::Values::drawn();
    let all = values.all();
    let scan = Scan::new(&all);
    for (name, form) in echo::FORMS {
        for (which, value) in &all {
            // What a server reads out of `Basic` is the password.
            let which = if (name, *which) == ("decoded", "basic") {
                "password"
            } else {
                which
            };
            for around in ["", "x", "xy", "{\"a\":\""] {
                let text = format!("{around}{}{around}", form(value));
                let found = scan.of(text.as_bytes());
                assert!(
                    found.keys().any(|(found, _)| *found == which),
                    "{name}: {which}: {text}: {found:?}"
                );
            }
        }
    }
    assert_eq!(
        scan.of(b"nothing of it, not even in AAAAAAAAAAAAAAAA or 0123456789abcdef")
            .len(),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_secret_is_found_nowhere_and_a_word_beside_it_everywhere() {
    let story = Story::begin().await;
    story.happens().await;
    let mut places = Places::new(Scan::new(&story.values.all()));
    story.guests(&mut places);
    story.shown(&mut places).await;
    story.commands(&mut places).await;
    let story = story.ends().await;
    story.recorded(&mut places).await;
    story.kept(&mut places);
    story.told(&mut places);
    places.judge();
}
