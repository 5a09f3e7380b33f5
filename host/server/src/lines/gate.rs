//! The gate: how many calls run at the same time, and who is next. A weighted fair queue (start-time fair queuing).
//!
//! First come, first served would be fair in turns and not in work: a line whose calls take a second would get a hundred
//! times what one gets whose calls take ten milliseconds, and everybody behind it would wait for that. So each line has
//! an account in virtual time. A call is booked with what the line's calls cost of late, divided by the line's weight,
//! and corrected when its real cost is known; of those who wait, the one whose booking begins earliest is next. A line
//! that was idle begins a little before the present: it goes before those who always want more, and what it has saved up
//! is a tenth of a second at most, however long it slept.
//!
//! A line makes one call at a time, so even a heavy one has at most every second turn of a gate with one place.
//!
//! While places are free nobody waits, and a greedy line may have all that is left over.

use jackfield_protocol::ConnectionId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What a call is booked with before the line's first cost is known, in microseconds: a poll that finds nothing.
const FIRST: u64 = 1_000;
/// The least that a call costs: turning a line's wheel is work, too.
const LEAST: u64 = 50;
/// What an idle line may have saved up, in microseconds. Without it a line that comes back the moment its call has ended
/// would have lost what its weight gave it, because somebody else was let in in that moment.
const SAVED: u64 = 100_000;
/// Accounts that lie in the past are forgotten once there are this many: removed lines do not pile up.
const ACCOUNTS: usize = 4096;

/// What a call cost, in microseconds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost(pub u64);

/// The gate of a host. Cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    places: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// Virtual time: the start of the booking that was let in last.
    now: u64,
    accounts: HashMap<ConnectionId, Account>,
    /// By the start of their booking, then by their order of coming.
    waiting: BTreeMap<(u64, u64), oneshot::Sender<()>>,
    come: u64,
}

#[derive(Clone, Copy)]
struct Account {
    /// Where its last booking ends.
    end: u64,
    /// What its calls cost of late.
    usual: u64,
}

/// A place at the gate. Given back when dropped.
pub struct Pass {
    gate: Gate,
    id: ConnectionId,
    weight: u64,
    booked: u64,
    cost: Option<u64>,
}

impl Gate {
    /// A gate with this many places, at least one.
    pub fn new(places: usize) -> Self {
        let places = places.max(1);
        Self(Arc::new(Inner {
            places,
            state: Mutex::default(),
        }))
    }

    /// What a call cost: the processor it had, and its share of a gate on which it took one of the places.
    pub fn cost(&self, cpu_ms: u64, wall_us: u64) -> Cost {
        let places = u64::try_from(self.0.places).unwrap_or(u64::MAX);
        Cost(cpu_ms.saturating_mul(1000).saturating_add(wall_us / places))
    }

    /// Lines that wait for a place.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Calls under way.
    pub fn taken(&self) -> usize {
        self.state().taken
    }

    /// Waits for a place. `weight` 2 is entitled to twice what weight 1 is.
    pub async fn enter(&self, id: &ConnectionId, weight: u32) -> Pass {
        let weight = u64::from(weight.max(1));
        let (turn, booked) = {
            let mut state = self.state();
            let now = state.now;
            let account = state
                .accounts
                .entry(id.clone())
                .or_insert(Account { end: 0, usual: FIRST });
            let start = account.end.max(now.saturating_sub(SAVED));
            let booked = account.usual / weight;
            account.end = start.saturating_add(booked);
            state.come += 1;
            let key = (start, state.come);
            let (tell, turn) = oneshot::channel();
            state.waiting.insert(key, tell);
            state.let_in(self.0.places);
            let turn = Turn {
                gate: self,
                key,
                turn,
                done: false,
            };
            (turn, booked)
        };
        turn.wait().await;
        Pass {
            gate: self.clone(),
            id: id.clone(),
            weight,
            booked,
            cost: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, id: &ConnectionId, weight: u64, booked: u64, cost: Option<u64>) {
        let mut state = self.state();
        state.taken = state.taken.saturating_sub(1);
        if let (Some(cost), Some(account)) = (cost, state.accounts.get_mut(id)) {
            let cost = cost.max(LEAST);
            account.end = account.end.saturating_sub(booked).saturating_add(cost / weight);
            // Half of what it was, half of what it is: one long call does not mark a line for ever.
            account.usual = account.usual.midpoint(cost);
        }
        if state.accounts.len() > ACCOUNTS {
            let now = state.now;
            state
                .accounts
                .retain(|_, account| account.end > now.saturating_sub(SAVED));
        }
        state.let_in(self.0.places);
    }
}

impl State {
    fn let_in(&mut self, places: usize) {
        while self.taken < places
            && let Some(((start, _), tell)) = self.waiting.pop_first()
        {
            // Who no longer waits takes no place.
            if tell.send(()).is_ok() {
                self.taken += 1;
                self.now = self.now.max(start);
            }
        }
    }
}

/// Waits for its turn; who stops waiting leaves the queue, or gives back the place that was just given.
struct Turn<'a> {
    gate: &'a Gate,
    key: (u64, u64),
    turn: oneshot::Receiver<()>,
    done: bool,
}

impl Turn<'_> {
    async fn wait(mut self) {
        // The other end is dropped only with the gate.
        let _ = (&mut self.turn).await;
        self.done = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut state = self.gate.state();
        if state.waiting.remove(&self.key).is_none() {
            state.taken = state.taken.saturating_sub(1);
            state.let_in(self.gate.0.places);
        }
    }
}

impl Pass {
    /// Says what the call cost. Not said (the call was dropped), the booking stands.
    pub fn cost(&mut self, cost: Cost) {
        self.cost = Some(cost.0);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.leave(&self.id, self.weight, self.booked, self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::Instant;

    /// How lines fare that always want more: what each waited per call, and what it used, in milliseconds.
    struct Fared {
        waits: Vec<Duration>,
        used: u64,
        calls: u64,
    }

    /// Runs lines of these (weight, cost of a call in ms) on a gate for `time`.
    async fn fare(lines: &[(u32, u64)], places: usize, time: Duration) -> Vec<Fared> {
        fare_at(&Gate::new(places), lines, time).await
    }

    async fn fare_at(gate: &Gate, lines: &[(u32, u64)], time: Duration) -> Vec<Fared> {
        let until = Instant::now() + time;
        let tasks: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(n, &(weight, ms))| {
                let gate = gate.clone();
                tokio::spawn(async move {
                    let id: ConnectionId = format!("line-{n:03}").as_str().into();
                    let mut fared = Fared {
                        waits: Vec::new(),
                        used: 0,
                        calls: 0,
                    };
                    while Instant::now() < until {
                        let asked = Instant::now();
                        let mut pass = gate.enter(&id, weight).await;
                        fared.waits.push(asked.elapsed());
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                        pass.cost(Cost(ms * 1000));
                        fared.used += ms;
                        fared.calls += 1;
                    }
                    fared
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.push(task.await.unwrap());
        }
        all
    }

    fn p99(mut waits: Vec<Duration>) -> Duration {
        waits.sort();
        waits[waits.len() * 99 / 100]
    }

    #[tokio::test(start_paused = true)]
    async fn a_greedy_line_among_a_hundred_costs_the_others_a_third_of_their_wait_at_most() {
        let minute = Duration::from_secs(60);
        let honest = vec![(1, 10); 99];
        let mut greedy = honest.clone();
        greedy.push((1, 1000));
        let alone: Vec<_> = fare(&honest, 4, minute)
            .await
            .into_iter()
            .flat_map(|f| f.waits)
            .collect();
        let mut fared = fare(&greedy, 4, minute).await;
        let glutton = fared.pop().unwrap();
        let beside: Vec<_> = fared.iter().flat_map(|f| f.waits.clone()).collect();
        let (alone, beside) = (p99(alone), p99(beside));
        // One of four places may be the greedy one's when it is let in: 4/3 of the wait, and the rounding of a turn.
        assert!(beside <= alone.mul_f64(1.4), "{beside:?} beside it, {alone:?} without");
        // First come, first served it would have had one place for itself: a quarter of all work.
        let all: u64 = fared.iter().map(|f| f.used).sum::<u64>() + glutton.used;
        assert!(glutton.used * 100 <= all * 2, "{} of {all} ms", glutton.used);
        assert!(glutton.calls > 0, "and it is served, too");
    }

    #[tokio::test(start_paused = true)]
    async fn a_weight_is_a_share() {
        let mut lines = vec![(1, 10); 8];
        lines.push((4, 10));
        let fared = fare(&lines, 1, Duration::from_secs(120)).await;
        let calls: Vec<u64> = fared.iter().map(|f| f.calls).collect();
        assert!(calls[..8].iter().all(|n| (950..=1050).contains(n)), "{calls:?}");
        assert!((3800..=4200).contains(&calls[8]), "{calls:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_else_wants_is_anybodys() {
        let fared = fare(&[(1, 1000)], 4, Duration::from_secs(60)).await;
        assert_eq!(fared[0].calls, 60);
        assert!(fared[0].waits.iter().all(Duration::is_zero));
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_that_was_idle_has_saved_up_a_tenth_of_a_second_and_no_more() {
        let gate = Gate::new(1);
        for _ in 0..1000 {
            gate.enter(&"line-000".into(), 1).await.cost(Cost(10_000));
        }
        let fared = fare_at(&gate, &[(1, 10), (1, 10), (1, 10)], Duration::from_secs(3)).await;
        let calls: Vec<u64> = fared.iter().map(|f| f.calls).collect();
        // 100 each, and ten more for those who slept.
        assert!((90..=100).contains(&calls[0]), "{calls:?}");
        assert!(calls[1..].iter().all(|n| (98..=112).contains(n)), "{calls:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_waiting_leaves_no_place_taken() {
        let gate = Gate::new(1);
        let held = gate.enter(&"a".into(), 1).await;
        for _ in 0..10 {
            let gone = tokio::time::timeout(Duration::from_millis(1), gate.enter(&"b".into(), 1)).await;
            assert!(gone.is_err());
        }
        assert_eq!(gate.waiting(), 0);
        // One that was given its place and is dropped before it knows.
        let gate2 = gate.clone();
        let given = tokio::spawn(async move { drop(gate2.enter(&"c".into(), 1).await) });
        tokio::task::yield_now().await;
        drop(held);
        given.abort();
        let _ = given.await;
        drop(
            tokio::time::timeout(Duration::from_secs(1), gate.enter(&"d".into(), 1))
                .await
                .unwrap(),
        );
        assert_eq!(gate.taken(), 0);
    }
}
