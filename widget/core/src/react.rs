//! What makes views follow values: triggers, effects that run again when a trigger they met is pulled, and scopes that
//! clean up after them. It is the smallest part of what Leptos' reactive graph does, after its model: Leptos' views made
//! this panel 254 KB of brotli and its graph alone still 105 KB, where the gate is 100.
//!
//! The rules. An effect runs at once, and again after what it met has changed; however often that was, once. Older effects
//! run first, so what an effect made is taken away before it could run in vain. What an effect made (effects, listeners,
//! values) is cleaned up before it runs again and when it is dropped. Nothing keeps a dropped effect.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

thread_local! {
    static NOW: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
    static QUEUE: RefCell<Vec<Rc<Inner>>> = const { RefCell::new(Vec::new()) };
    static WAKE: Cell<Option<fn()>> = const { Cell::new(None) };
    static AGE: Cell<u64> = const { Cell::new(0) };
}

/// Says what is called when something waits for [`flush`].
pub fn on_wake(wake: fn()) {
    WAKE.set(Some(wake));
}

/// Runs all that waits.
pub fn flush() {
    loop {
        let next = QUEUE.with_borrow_mut(|queue| {
            let oldest = queue
                .iter()
                .enumerate()
                .min_by_key(|(_, effect)| effect.age)
                .map(|(at, _)| at)?;
            Some(queue.swap_remove(oldest))
        });
        match next {
            Some(effect) => effect.run(),
            None => return,
        }
    }
}

/// What is to be cleaned up together.
#[derive(Clone, Default)]
pub struct Scope(Rc<RefCell<Vec<Cleanup>>>);

type Cleanup = Box<dyn FnOnce()>;

impl Scope {
    /// Runs something whose leavings belong to this scope.
    pub fn enter<R>(&self, run: impl FnOnce() -> R) -> R {
        let before = SCOPE.replace(Some(self.clone()));
        let done = run();
        SCOPE.set(before);
        done
    }

    /// Cleans up, the newest first.
    pub fn clean(&self) {
        loop {
            let next = self.0.borrow_mut().pop();
            match next {
                Some(cleanup) => cleanup(),
                None => return,
            }
        }
    }
}

/// Runs when the scope that is entered now is cleaned up.
pub fn on_cleanup(cleanup: impl FnOnce() + 'static) {
    let scope = SCOPE.with_borrow(Clone::clone);
    if let Some(scope) = scope {
        scope.0.borrow_mut().push(Box::new(cleanup));
    }
}

/// Runs something that follows nothing.
pub fn untrack<R>(run: impl FnOnce() -> R) -> R {
    let before = NOW.take();
    let done = run();
    NOW.set(before);
    done
}

/// What can be followed.
#[derive(Clone, Default)]
pub struct Trigger(Rc<RefCell<Vec<Weak<Inner>>>>);

impl Trigger {
    /// The effect that runs now follows this.
    pub fn track(&self) {
        let Some(effect) = NOW.with_borrow(Clone::clone) else {
            return;
        };
        let mut met = effect.met.borrow_mut();
        if !met.iter().any(|other| Rc::ptr_eq(&other.0, &self.0)) {
            met.push(self.clone());
            self.0.borrow_mut().push(Rc::downgrade(&effect));
        }
    }

    /// Who follows runs again at the next [`flush`].
    pub fn notify(&self) {
        let followers: Vec<Rc<Inner>> = self.0.borrow().iter().filter_map(Weak::upgrade).collect();
        for effect in followers {
            if effect.waits.replace(true) {
                continue;
            }
            let first = QUEUE.with_borrow_mut(|queue| {
                queue.push(effect);
                queue.len() == 1
            });
            if let Some(wake) = WAKE.get().filter(|_| first) {
                wake();
            }
        }
    }
}

struct Inner {
    age: u64,
    run: RefCell<Box<dyn FnMut()>>,
    scope: Scope,
    met: RefCell<Vec<Trigger>>,
    waits: Cell<bool>,
    over: Cell<bool>,
}

impl Inner {
    fn leave(&self) {
        for trigger in self.met.take() {
            trigger
                .0
                .borrow_mut()
                .retain(|other| !core::ptr::eq(other.as_ptr(), self));
        }
    }

    fn run(self: &Rc<Self>) {
        self.waits.set(false);
        if self.over.get() {
            return;
        }
        self.scope.clean();
        self.leave();
        let before = NOW.replace(Some(self.clone()));
        self.scope.enter(|| {
            if let Ok(mut run) = self.run.try_borrow_mut() {
                run();
            }
        });
        NOW.set(before);
    }
}

/// An effect; it ends when this is dropped.
pub struct Effect(Rc<Inner>);

impl Effect {
    /// Runs at once, and again whenever something it met has changed.
    pub fn new(run: Box<dyn FnMut()>) -> Self {
        let age = AGE.get() + 1;
        AGE.set(age);
        let inner = Rc::new(Inner {
            age,
            run: RefCell::new(run),
            scope: Scope::default(),
            met: RefCell::default(),
            waits: Cell::new(false),
            over: Cell::new(false),
        });
        inner.run();
        Self(inner)
    }
}

impl Drop for Effect {
    fn drop(&mut self) {
        self.0.over.set(true);
        self.0.leave();
        self.0.scope.clean();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log, and an effect that follows `triggers` and writes `name`.
    fn follower(name: &'static str, triggers: &[Trigger], log: &Rc<RefCell<Vec<&'static str>>>) -> Effect {
        let (triggers, log) = (triggers.to_vec(), log.clone());
        Effect::new(Box::new(move || {
            triggers.iter().for_each(Trigger::track);
            log.borrow_mut().push(name);
        }))
    }

    #[test]
    fn an_effect_runs_at_once_and_once_for_however_many_changes() {
        let (a, b, log) = (Trigger::default(), Trigger::default(), Rc::default());
        let _effect = follower("run", &[a.clone(), b.clone(), a.clone()], &log);
        a.notify();
        b.notify();
        a.notify();
        assert_eq!(log.borrow().len(), 1);
        flush();
        flush();
        assert_eq!(log.borrow().len(), 2);
    }

    #[test]
    fn what_an_effect_made_is_gone_before_it_could_run_again() {
        let (a, log) = (Trigger::default(), Rc::<RefCell<Vec<&str>>>::default());
        let (inside, write) = (a.clone(), log.clone());
        let outer = Effect::new(Box::new(move || {
            inside.track();
            write.borrow_mut().push("outer");
            let inner = follower("inner", std::slice::from_ref(&inside), &write);
            let cleaned = write.clone();
            on_cleanup(move || {
                cleaned.borrow_mut().push("cleaned");
                drop(inner);
            });
        }));
        a.notify();
        flush();
        drop(outer);
        a.notify();
        flush();
        assert_eq!(
            *log.borrow(),
            ["outer", "inner", "cleaned", "outer", "inner", "cleaned"]
        );
    }

    #[test]
    fn a_trigger_keeps_nothing_of_an_effect_that_is_over() {
        let (a, log) = (Trigger::default(), Rc::default());
        for _ in 0..1000 {
            drop(follower("short", std::slice::from_ref(&a), &log));
        }
        assert!(a.0.borrow().is_empty());
        let waiting = follower("waits", std::slice::from_ref(&a), &log);
        a.notify();
        drop(waiting);
        flush();
        assert_eq!(log.borrow().iter().filter(|name| **name == "waits").count(), 1);
    }

    #[test]
    fn what_is_read_untracked_is_not_followed_and_a_condition_changes_what_is() {
        let (a, b, on, count) = (
            Trigger::default(),
            Trigger::default(),
            Rc::new(Cell::new(true)),
            Rc::new(Cell::new(0)),
        );
        let (ta, tb, ton, tcount) = (a.clone(), b.clone(), on.clone(), count.clone());
        let _effect = Effect::new(Box::new(move || {
            tcount.set(tcount.get() + 1);
            ta.track();
            if ton.get() { tb.track() } else { untrack(|| tb.track()) }
        }));
        on.set(false);
        a.notify();
        flush();
        b.notify();
        flush();
        assert_eq!(count.get(), 2);
    }

    #[test]
    fn scopes_clean_the_newest_first_and_once() {
        let log = Rc::<RefCell<Vec<u8>>>::default();
        let scope = Scope::default();
        scope.enter(|| {
            for n in 0..3 {
                let log = log.clone();
                on_cleanup(move || log.borrow_mut().push(n));
            }
        });
        scope.clean();
        scope.clean();
        assert_eq!(*log.borrow(), [2, 1, 0]);
    }
}
