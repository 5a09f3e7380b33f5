//! How a reply gets to its network once, in virtual time, whatever happens to the call, the line or the host.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_desk::ReplyState;
use jackfield_protocol::{Command as Wish, Health, Unsent};
use stage::network::{Call, Fault};
use stage::{House, is_failed, is_sent};
use std::time::Duration;

const SECOND: i64 = 1000;

#[tokio::test(start_paused = true)]
async fn sending_is_in_the_log_before_the_network_is_asked() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.once(Call::Publish, Fault::Hang);
    house.reply("a", "r1", "Hello Ana").await;
    house
        .until("asked", |h| !h.network.calls(Call::Publish).is_empty())
        .await;
    assert_eq!(house.replied("a", "r1").unwrap().state, ReplyState::Sending);
}

#[tokio::test(start_paused = true)]
async fn a_reply_goes_out_at_once_and_is_sent_when_the_network_says_so() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    let begun = house.clock.now();
    house.reply("a", "r1", "Hello Ana").await;
    let reply = house.until_reply("a", "r1", is_sent).await;
    assert!(house.clock.now() - begun < SECOND);
    let published = house.network.published();
    assert_eq!((published.len(), published[0].text.as_str()), (1, "Hello Ana"));
    assert_eq!(
        (published[0].key.as_str(), published[0].parent.as_deref()),
        (reply.key.as_str(), Some("1"))
    );
    assert!(house.network.calls(Call::Reconcile).is_empty());
}

#[tokio::test(start_paused = true)]
async fn replies_of_a_conversation_go_out_in_order() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.once(Call::Publish, Fault::Later(None));
    for (id, text) in [("r1", "one"), ("r2", "two"), ("r3", "three")] {
        house.reply("a", id, text).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.until_reply("a", "r3", is_sent).await;
    let texts: Vec<_> = house.network.published().into_iter().map(|draft| draft.text).collect();
    assert_eq!(texts, ["one", "two", "three"]);
}

/// What happens to the one publish, and what the network and the log must say in the end.
#[tokio::test(start_paused = true)]
async fn whatever_happens_to_a_publish_the_network_has_the_reply_once() {
    let cases: &[(&str, &[(Call, Fault)])] = &[
        ("its answer is lost", &[(Call::Publish, Fault::LostAnswer)]),
        ("it never arrives", &[(Call::Publish, Fault::Later(None))]),
        ("the plugin traps before it asks", &[(Call::Publish, Fault::Trap)]),
        (
            "its answer is lost and the network is down when it is asked",
            &[
                (Call::Publish, Fault::LostAnswer),
                (Call::Reconcile, Fault::Later(Some(30_000))),
            ],
        ),
        (
            "the plugin traps in both",
            &[(Call::Publish, Fault::LostAnswer), (Call::Reconcile, Fault::Trap)],
        ),
        ("the credential is refused", &[(Call::Publish, Fault::Credential)]),
        ("the answer makes no sense", &[(Call::Publish, Fault::Unexpected)]),
        (
            "four tries fail",
            &[
                (Call::Publish, Fault::Later(None)),
                (Call::Publish, Fault::Later(Some(9_000))),
                (Call::Publish, Fault::Unexpected),
                (Call::Publish, Fault::LostAnswer),
            ],
        ),
    ];
    for (name, faults) in cases {
        let house = House::open().await;
        house.network.post("1", "a", "hi");
        house.until("stored", |h| h.messages() == ["1"]).await;
        for (call, fault) in *faults {
            house.network.once(*call, fault.clone());
        }
        house.reply("a", "r1", "Hello Ana").await;
        house.until_reply("a", "r1", is_sent).await;
        assert_eq!(house.network.published().len(), 1, "{name}");
        // Between two tries the network is always asked first.
        let publishes = house.network.calls(Call::Publish);
        let reconciles = house.network.calls(Call::Reconcile);
        if *name != "the credential is refused" {
            assert!(
                reconciles.len() + 1 >= publishes.len(),
                "{name}: {publishes:?} {reconciles:?}"
            );
            for two in publishes.windows(2) {
                let between = |at: &i64| *at >= two[0] && *at <= two[1];
                assert!(reconciles.iter().any(between), "{name}: {publishes:?} {reconciles:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_no_is_failed_with_its_reason_and_can_be_tried_again() {
    for (fault, reason, cause) in [
        (Fault::Rule, "Too long by 12 characters.", Unsent::Rule),
        (Fault::Refused, "The network refused: not here", Unsent::Refused),
        (
            Fault::WindowClosed,
            "The network no longer takes an answer in this conversation. Reach the person another way.",
            Unsent::WindowClosed,
        ),
    ] {
        let house = House::open().await;
        house.network.post("1", "a", "hi");
        house.until("stored", |h| h.messages() == ["1"]).await;
        house.network.once(Call::Publish, fault);
        house.reply("a", "r1", "Hello Ana").await;
        let reply = house.until_reply("a", "r1", is_failed).await;
        assert_eq!(
            reply.state,
            ReplyState::Failed {
                reason: reason.to_owned(),
                cause: Some(cause)
            }
        );
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(house.network.calls(Call::Publish).len(), 1, "a no is not asked again");
        assert_eq!(
            house.line().unwrap().health,
            Health::Healthy,
            "a no is no fault of the line"
        );

        let retry = Wish::Retry { reply: "r1".into() };
        house
            .wish("a", "again", retry)
            .await
            .map_err(|undone| undone.to_string())
            .unwrap();
        house.until_reply("a", "r1", is_sent).await;
        assert_eq!(house.network.published().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_waited_for_its_line_is_looked_for_from_its_first_try_and_not_from_the_wish() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.always(Some(Fault::Later(None)));
    house.until_health(Health::Degraded).await;
    house.reply("a", "r1", "Hello Ana").await;
    let wished = u64::try_from(house.replied("a", "r1").unwrap().asked_at).unwrap();
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    assert!(
        house.network.calls(Call::Publish).is_empty(),
        "nothing is sent while the network is down"
    );
    house.network.always(None);
    house.network.once(Call::Publish, Fault::LostAnswer);
    house.until_reply("a", "r1", is_sent).await;
    let tried = house.network.calls(Call::Publish)[0];
    let asked = house.network.looked_for();
    assert_eq!(asked, [u64::try_from(tried).unwrap()]);
    assert!(asked[0] >= wished + 86_400_000);
    assert_eq!(
        house.network.published()[0].asked_at,
        asked[0],
        "the same in every call"
    );
}

#[tokio::test(start_paused = true)]
async fn after_twelve_tries_somebody_has_to_look() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    for _ in 0..12 {
        house.network.once(Call::Publish, Fault::Unexpected);
    }
    house.reply("a", "r1", "Hello Ana").await;
    let begun = house.clock.now();
    house
        .until("given up", |h| {
            h.clock.now() - begun > 1000 * SECOND || h.replied("a", "r1").is_some_and(|reply| is_failed(&reply.state))
        })
        .await;
    house.until_reply("a", "r1", is_failed).await;
    assert_eq!(house.network.published().len(), 0);
    assert_eq!(house.network.calls(Call::Publish).len(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_killed_host_asks_first_and_sends_only_what_the_network_does_not_have() {
    for arrived in [true, false] {
        let house = House::open().await;
        house.network.post("1", "a", "hi");
        house.until("stored", |h| h.messages() == ["1"]).await;
        let fault = if arrived { Fault::Hang } else { Fault::Later(None) };
        house.network.once(Call::Publish, fault);
        house.reply("a", "r1", "Hello Ana").await;
        house
            .until("asked", |h| !h.network.calls(Call::Publish).is_empty())
            .await;
        let mut house = house.after_a_kill();
        house.start();
        house.until_reply("a", "r1", is_sent).await;
        assert_eq!(house.network.published().len(), 1, "arrived: {arrived}");
        assert!(!house.network.calls(Call::Reconcile).is_empty(), "arrived: {arrived}");
        assert_eq!(house.network.calls(Call::Publish).len(), if arrived { 1 } else { 2 });
    }
}

#[tokio::test(start_paused = true)]
async fn an_operator_reads_of_a_reply_that_cannot_be_looked_for_and_after_the_repair_it_is_asked_after_again() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.once(Call::Publish, Fault::LostAnswer);
    for _ in 0..4 {
        house.network.once(Call::Reconcile, Fault::Unexpected);
    }
    house.reply("a", "r1", "Hello Ana").await;
    house
        .until("told", |h| {
            h.line().is_some_and(|line| {
                line.health == Health::Degraded && line.action.contains("3 times it could not be found out")
            })
        })
        .await;
    let line = house.line().unwrap();
    for part in [
        "jackfield plugin upgrade",
        "--give-up-replies",
        "asked after again by itself",
    ] {
        assert!(line.action.contains(part), "{part}: {}", line.action);
    }
    assert!(line.next_try.is_some() && line.cause.is_some());
    // The polls go on all the while.
    house.network.post("2", "a", "are you there?");
    house.until("stored", |h| h.messages() == ["1", "2"]).await;
    house.until_reply("a", "r1", is_sent).await;
    house.until_health(Health::Healthy).await;
    assert_eq!(house.network.published().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_doubt_that_nobody_could_clear_ends_in_words_and_a_retry_asks_before_it_sends() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.once(Call::Publish, Fault::LostAnswer);
    for _ in 0..30 {
        house.network.once(Call::Reconcile, Fault::Unexpected);
    }
    house.reply("a", "r1", "Hello Ana").await;
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    let reply = house.until_reply("a", "r1", is_failed).await;
    let ReplyState::Failed { reason, .. } = reply.state else {
        panic!("it is failed")
    };
    assert!(reason.contains("Look at the thread on the network"), "{reason}");

    let retry = Wish::Retry { reply: "r1".into() };
    house
        .wish("a", "again", retry)
        .await
        .map_err(|undone| undone.to_string())
        .unwrap();
    house.until_reply("a", "r1", is_sent).await;
    assert_eq!(house.network.published().len(), 1, "the network had it all the time");
}
