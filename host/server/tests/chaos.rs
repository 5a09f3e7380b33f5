//! Any faults in any order, and a host that is killed in the middle: everything is stored once and published once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall

mod stage;

use jackfield_protocol::Health;
use proptest::prelude::*;
use stage::network::{Call, Fault};
use stage::{House, is_sent};
use std::time::Duration;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Post,
    Reply,
    Goes(Call, Fault),
    DiskFull(bool),
    Kill,
    Wait(u16),
}

fn fault() -> impl Strategy<Value = Fault> {
    // No plain "no": a refused reply is not published, and needs a person.
    prop_oneof![
        3 => Just(Fault::Later(None)),
        1 => (1_u64..60_000).prop_map(|ms| Fault::Later(Some(ms))),
        2 => Just(Fault::LostAnswer),
        1 => Just(Fault::Credential),
        2 => Just(Fault::Unexpected),
        1 => Just(Fault::Trap),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![1 => Just(Call::Poll), 3 => Just(Call::Publish), 1 => Just(Call::Reconcile)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Post),
        4 => Just(Step::Reply),
        5 => (call(), fault()).prop_map(|(call, fault)| Step::Goes(call, fault)),
        1 => any::<bool>().prop_map(Step::DiskFull),
        2 => Just(Step::Kill),
        4 => (0_u16..20_000).prop_map(Step::Wait),
    ]
}

async fn live_through(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut house = House::open().await;
    house.network.post("0", "a", "first");
    house.until("stored", |h| h.messages() == ["0"]).await;
    let (mut posts, mut replies) = (1_usize, 0_usize);
    for step in steps {
        match step {
            Step::Post => {
                let thread = if posts % 2 == 0 { "a" } else { "b" };
                house.network.post(&posts.to_string(), thread, "and more");
                posts += 1;
            }
            Step::Reply => {
                house.store.full(false);
                house
                    .reply("a", &format!("r{replies}"), &format!("reply {replies}"))
                    .await;
                replies += 1;
            }
            Step::Goes(call, fault) => house.network.once(call, fault),
            Step::DiskFull(full) => house.store.full(full),
            Step::Kill => {
                house = house.after_a_kill();
                house.start();
            }
            Step::Wait(ms) => tokio::time::sleep(Duration::from_millis(ms.into())).await,
        }
    }
    house.store.full(false);
    // An operator who acts: whatever was set aside or refused goes on.
    let mut touched = stage::record(stage::LINE);
    for _ in 0..3 {
        house.network.renew(house.clock.now().to_string().as_bytes());
        touched.touched_at = house.clock.now();
        jackfield_store::Store::put_connection(house.store.as_ref(), touched.clone())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_secs(700)).await;
    }
    house.until_health(Health::Healthy).await;
    house.until("all stored", |h| h.messages().len() == posts).await;
    for reply in 0..replies {
        house.until_reply("a", &format!("r{reply}"), is_sent).await;
    }
    let published: Vec<String> = house.network.published().into_iter().map(|draft| draft.text).collect();
    let wanted: Vec<String> = (0..replies).map(|reply| format!("reply {reply}")).collect();
    prop_assert_eq!(published, wanted, "once each, and in order");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_lost_and_nothing_is_published_twice(steps in prop::collection::vec(step(), 0..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(live_through(steps))?;
    }
}
