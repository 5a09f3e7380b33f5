//! Lines in virtual time against a network with a memory and faults on order: nothing lost, nothing twice, and three
//! kinds of trouble that are never confused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_protocol::{Cause, Command as Wish, Health, Status};
use jackfield_server::lines::budget::Allowances;
use jackfield_store::Store;
use stage::network::{Call, Fault};
use stage::{House, LINE, START, record};
use std::time::Duration;

const SECOND: i64 = 1000;

#[tokio::test(start_paused = true)]
async fn what_is_posted_is_stored_once_and_the_cursor_moves_along() {
    let house = House::open().await;
    house.network.post("1", "a", "Where is my parcel?");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.network.post("2", "a", "Hello?");
    house.network.post("3", "b", "Thanks");
    house.until("all stored", |h| h.messages() == ["1", "2", "3"]).await;
    assert_eq!(house.store.cursor(&LINE.into()).await.unwrap(), Some(b"3".to_vec()));
    assert_eq!(
        house.store.kv(&LINE.into()).await.unwrap(),
        [("polls".to_owned(), vec![1])]
    );
    assert_eq!(house.line().unwrap().health, Health::Healthy);
}

#[tokio::test(start_paused = true)]
async fn more_is_fetched_at_once_and_a_plugin_that_stands_still_does_not_spin() {
    let house = House::open().await;
    for number in 0..100 {
        house.network.post(&format!("{number:03}"), "a", "hi");
    }
    house.until("all stored", |h| h.messages().len() == 100).await;
    let polls = house.network.calls(Call::Poll);
    assert!(polls.last().unwrap() - polls[0] <= 6 * SECOND, "{polls:?}");

    house.network.circles();
    let before = house.network.calls(Call::Poll).len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let after = house.network.calls(Call::Poll).len() - before;
    assert!((10..=16).contains(&after), "{after} polls in a minute");
}

#[tokio::test(start_paused = true)]
async fn a_network_that_asks_for_time_gets_it() {
    let house = House::open().await;
    house.network.not_before(Some(90_000));
    let count = |h: &House| h.network.calls(Call::Poll).len();
    let begun = count(&house);
    house.until("two polls with the wish", |h| count(h) >= begun + 3).await;
    let polls = house.network.calls(Call::Poll);
    let last = &polls[polls.len() - 2..];
    assert!(last[1] - last[0] >= 90 * SECOND, "{polls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_down_is_asked_ever_more_rarely_and_all_is_well_when_it_is_back() {
    let house = House::open().await;
    house
        .until("a first poll", |h| !h.network.calls(Call::Poll).is_empty())
        .await;
    house.network.always(Some(Fault::Later(None)));
    house.network.post("1", "a", "Anybody there?");
    let action = house.until_health(Health::Degraded).await;
    assert!(
        action.starts_with("The network does not answer") && action.contains("nothing is lost"),
        "{action}"
    );
    let begun = house.clock.now();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let asked: Vec<_> = house
        .network
        .calls(Call::Poll)
        .into_iter()
        .filter(|at| *at > begun)
        .collect();
    assert!((8..=20).contains(&asked.len()), "{} polls in an hour", asked.len());
    let gaps: Vec<_> = asked.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(
        gaps.iter().all(|gap| *gap <= 376 * SECOND),
        "never longer than five minutes and a quarter: {gaps:?}"
    );

    house.network.always(None);
    house.until_health(Health::Healthy).await;
    house.until("nothing was lost", |h| h.messages() == ["1"]).await;
    assert_eq!(house.line().unwrap().action, "");
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_obeyed_to_the_second() {
    let house = House::open().await;
    house.network.once(Call::Poll, Fault::Later(Some(120_000)));
    house.until_health(Health::Degraded).await;
    let limited = *house.network.calls(Call::Poll).last().unwrap();
    house.until_health(Health::Healthy).await;
    let next = house
        .network
        .calls(Call::Poll)
        .into_iter()
        .find(|at| *at > limited)
        .unwrap();
    assert!(next - limited >= 120 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_refused_credential_stops_the_calls_until_it_is_renewed() {
    let house = House::open().await;
    house
        .until("a first poll", |h| !h.network.calls(Call::Poll).is_empty())
        .await;
    house.network.always(Some(Fault::Credential));
    let action = house.until_health(Health::CredentialNeeded).await;
    assert!(
        action.starts_with("The token was revoked.") && action.contains("credential"),
        "{action}"
    );
    let before = house.network.calls(Call::Poll).len();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        house.network.calls(Call::Poll).len(),
        before,
        "nobody asks with a credential that was refused"
    );

    house.network.always(None);
    house.network.renew(b"a new one");
    let renewed = house.clock.now();
    house.until_health(Health::Healthy).await;
    assert!(
        house.clock.now() - renewed <= 6 * SECOND,
        "the renewal is noticed within seconds"
    );
    assert_eq!(house.network.opened(), 2, "the connection is made anew with it");
}

#[tokio::test(start_paused = true)]
async fn a_broken_plugin_is_set_aside_and_somebody_who_acts_is_heard_at_once() {
    let house = House::open().await;
    house.network.always(Some(Fault::Trap));
    let action = house.until_health(Health::Quarantined).await;
    assert!(
        action.contains("it divided by zero") && action.contains("jackfield connection resume main"),
        "{action}"
    );
    let line = house.line().unwrap();
    assert_eq!(line.cause, Some(Cause::PluginBroken));
    let before = house.network.calls(Call::Poll).len();
    assert_eq!(before, 3);
    tokio::time::sleep(Duration::from_secs(7200)).await;
    // After 15 minutes, 30 more, 60 more.
    assert_eq!(
        house.network.calls(Call::Poll).len(),
        before + 3,
        "it is tried now and then"
    );

    house.network.always(None);
    let mut touched = record(LINE);
    touched.touched_at = house.clock.now();
    house.store.put_connection(touched).await.unwrap();
    let acted = house.clock.now();
    house.until_health(Health::Healthy).await;
    assert!(house.clock.now() - acted <= 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_was_set_aside_and_works_again_goes_on_by_itself() {
    let house = House::open().await;
    house.network.always(Some(Fault::Trap));
    house.until_health(Health::Quarantined).await;
    house.network.always(None);
    house.network.post("1", "a", "hi");
    let begun = house.clock.now();
    house.until_health(Health::Healthy).await;
    assert!(house.clock.now() - begun <= 901 * SECOND);
    assert_eq!(house.messages(), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_has_used_up_its_hour_waits_for_the_next_and_says_so() {
    let mut house = House::dark();
    let mut allowances = Allowances::default();
    allowances.usual.hour.stored_bytes = 1000;
    house.allow(allowances);
    house.store.put_connection(record(LINE)).await.unwrap();
    house.start();
    for number in 0..9 {
        house.network.post(&number.to_string(), "a", "hi");
    }
    let action = house.until_health(Health::Degraded).await;
    assert!(
        action.contains("1000 stored bytes of this hour") && action.contains("04:00 UTC"),
        "{action}"
    );
    let line = house.line().unwrap();
    assert_eq!(
        (line.cause, line.next_try),
        (Some(Cause::Budget), Some(START - START % 3_600_000 + 3_600_000))
    );
    let polls = house.network.calls(Call::Poll).len();
    house.until_health(Health::Healthy).await;
    assert!(house.clock.now() >= line.next_try.unwrap());
    assert_eq!(
        house.network.calls(Call::Poll).len(),
        polls + 1,
        "nobody was asked in the meantime"
    );
    let (_, _, ledger) = house.board.books().remove(0);
    assert_eq!(
        ledger.read().refused.into_iter().collect::<Vec<_>>(),
        [(("stored-bytes", "hour"), 1)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_gives_a_line_that_has_used_up_its_hour_nothing_back() {
    let mut allowances = Allowances::default();
    allowances.usual.hour.stored_bytes = 1000;
    let mut house = House::dark();
    house.allow(allowances.clone());
    house.store.put_connection(record(LINE)).await.unwrap();
    house.start();
    for number in 0..9 {
        house.network.post(&number.to_string(), "a", "hi");
    }
    house.until_health(Health::Degraded).await;
    let polls = house.network.calls(Call::Poll).len();
    for _ in 0..3 {
        house = house.after_a_kill();
        house.allow(allowances.clone());
        house.start();
        let action = house.until_health(Health::Degraded).await;
        assert!(action.contains("1000 stored bytes of this hour"), "{action}");
        assert_eq!(house.line().unwrap().cause, Some(Cause::Budget));
    }
    assert_eq!(house.network.calls(Call::Poll).len(), polls, "nobody was asked");
    house.until_health(Health::Healthy).await;
    assert!(
        house.clock.now() >= START - START % 3_600_000 + 3_600_000,
        "in the next hour"
    );
}

#[tokio::test(start_paused = true)]
async fn two_breakdowns_and_a_good_call_are_a_bad_day_and_not_a_quarantine() {
    let house = House::open().await;
    for _ in 0..4 {
        house.network.once(Call::Poll, Fault::Trap);
        house.network.once(Call::Poll, Fault::Trap);
        house.until_health(Health::Degraded).await;
        house.until_health(Health::Healthy).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_desk_does_not_take_is_set_aside_and_not_asked_for_in_a_circle() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    // The same line for another brand: its old threads belong to the old one.
    let mut moved = record(LINE);
    moved.brand = "southwind".into();
    house.store.put_connection(moved).await.unwrap();
    house.network.post("2", "a", "hi again");
    house.network.post("3", "b", "somebody else");
    house.until("what came with it", |h| h.messages() == ["1", "3"]).await;
    let inputs = house.store.inputs();
    assert!(
        inputs.len() == 1 && inputs[0].2.contains("cannot keep it"),
        "{}",
        inputs[0].2
    );
    assert_eq!(house.line().unwrap().health, Health::Healthy);
    let polls = house.network.calls(Call::Poll).len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let after = house.network.calls(Call::Poll).len() - polls;
    assert!((10..=16).contains(&after), "{after} polls in a minute");
    assert_eq!(house.store.inputs().len(), 1, "set aside once");
}

#[tokio::test(start_paused = true)]
async fn lines_come_go_and_pause_within_two_seconds() {
    let mut house = House::dark();
    house.start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begun = house.clock.now();
    house.store.put_connection(record(LINE)).await.unwrap();
    house.until("there", |h| h.line().is_some()).await;
    assert!(house.clock.now() - begun <= 2100);

    let mut paused = record(LINE);
    paused.paused = true;
    house.store.put_connection(paused).await.unwrap();
    let action = house.until_health(Health::Degraded).await;
    assert!(action.contains("jackfield connection resume main"), "{action}");
    let polls = house.network.calls(Call::Poll).len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(house.network.calls(Call::Poll).len(), polls);
    assert!(house.board.policy(&LINE.into()).closed.unwrap().contains("paused"));

    house.store.remove_connection(&LINE.into()).await.unwrap();
    house.until("gone", |h| h.line().is_none()).await;
    assert!(house.board.policy(&LINE.into()).closed.unwrap().contains("was removed"));
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_is_not_there_says_so_and_stops_nobody_else() {
    let house = House::open().await;
    let mut other = record("other");
    other.plugin = "absent".to_owned();
    house.store.put_connection(other).await.unwrap();
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.until("both", |h| h.board.all().len() == 2).await;
    let views = house.board.views(&"demo".into(), &"northwind".into());
    assert_eq!(
        (views[0].health, views[1].health),
        (Health::Healthy, Health::Quarantined)
    );
    assert!(
        views[1].action.contains("there is no plugin `absent`"),
        "{}",
        views[1].action
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_what_comes_in_and_nothing_is_lost() {
    let house = House::open().await;
    house.store.full(true);
    house.network.post("1", "a", "hi");
    let action = house.until_health(Health::Degraded).await;
    assert!(
        action.contains("disk is full") && !action.contains("/somewhere"),
        "{action}"
    );
    assert_eq!(house.messages(), Vec::<String>::new());
    house.store.full(false);
    house.until("stored", |h| h.messages() == ["1"]).await;
    house.until_health(Health::Healthy).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_a_call_end_and_waits_no_longer_than_it_may() {
    let mut house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    assert!(house.stop().await < SECOND, "nothing was under way");

    let mut house = House::open().await;
    house.network.once(Call::Poll, Fault::Hang);
    house.until("asked", |h| !h.network.calls(Call::Poll).is_empty()).await;
    let took = house.stop().await;
    assert!((7 * SECOND..10 * SECOND).contains(&took), "{took} ms");
}

#[tokio::test(start_paused = true)]
async fn two_agents_and_a_poll_at_the_same_moment_all_get_their_way() {
    let house = House::open().await;
    house.network.post("1", "a", "hi");
    house.until("stored", |h| h.messages() == ["1"]).await;
    for number in 2..30 {
        house.network.post(&number.to_string(), "a", "and another thing");
    }
    let note = |number: usize| Wish::Note {
        text: format!("note {number}"),
    };
    let notes = (0..40).map(|number| {
        let id = format!("n{number}");
        let house = &house;
        async move { house.wish("a", &id, note(number)).await.map(|done| done.events.len()) }
    });
    let done = futures_util::future::join_all(notes).await;
    assert!(done.iter().all(|events| *events == Ok(1)), "{done:?}");
    house.until("all in", |h| h.messages().len() == 29).await;
    let state = house.conversation("a").unwrap();
    assert_eq!((state.notes.len(), state.status), (40, Status::Open));
}
