//! A value that views follow: one small handle for values of every type.
//!
//! Signals that hold their value bring storage and guards anew for each type, at every place they are used; this panel
//! holds two dozen types in two hundred places. Here the values lie in one table, and what makes a view follow them is a
//! trigger, which has no type. A handle whose scope is gone gives nothing.

use jackfield_panel_core::react::{Effect, Trigger, on_cleanup, untrack};
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

struct Slot {
    /// Grows when the place is used again, so that an old handle finds nothing.
    turn: u32,
    kept: Option<Kept>,
}

#[derive(Clone)]
enum Kept {
    /// A value in a `RefCell`.
    Value(Rc<dyn Any>, Trigger),
    Held(#[expect(dead_code, reason = "held so that it lives")] Rc<dyn Any>),
}

#[derive(Default)]
struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// Keeps something until the scope that is current now is cleaned up.
#[inline(never)]
fn keep(kept: Kept) -> (u32, u32) {
    let place = TABLE.with_borrow_mut(|table| {
        let at = table.free.pop().unwrap_or(table.slots.len() as u32);
        match table.slots.get_mut(at as usize) {
            Some(slot) => slot.kept = Some(kept),
            None => table.slots.push(Slot {
                turn: 0,
                kept: Some(kept),
            }),
        }
        (at, table.slots.get(at as usize).map_or(0, |slot| slot.turn))
    });
    on_cleanup(move || {
        let gone = TABLE.with_borrow_mut(|table| {
            let slot = table.slots.get_mut(place.0 as usize)?;
            slot.turn += 1;
            let gone = slot.kept.take();
            table.free.push(place.0);
            gone
        });
        drop(gone); // outside the borrow: a value may bring others down with it
    });
    place
}

/// Lets something live until the scope that is current now is cleaned up.
pub(crate) fn hold(thing: Rc<dyn Any>) {
    keep(Kept::Held(thing));
}

#[inline(never)]
fn find((at, turn): (u32, u32)) -> Option<(Rc<dyn Any>, Trigger)> {
    TABLE.with_borrow(|table| {
        let slot = table.slots.get(at as usize).filter(|slot| slot.turn == turn)?;
        match slot.kept.as_ref()? {
            Kept::Value(value, trigger) => Some((value.clone(), trigger.clone())),
            Kept::Held(_) => None,
        }
    })
}

#[inline(never)]
fn value(place: (u32, u32), follow: bool) -> Option<Rc<dyn Any>> {
    let (value, trigger) = find(place)?;
    if follow {
        trigger.track();
    }
    Some(value)
}

#[inline(never)]
fn tell(place: (u32, u32)) {
    if let Some((_, trigger)) = find(place) {
        trigger.notify();
    }
}

#[inline(never)]
fn keep_value(value: Rc<dyn Any>) -> (u32, u32) {
    keep(Kept::Value(value, Trigger::default()))
}

/// The handle.
pub(crate) struct Sig<T> {
    place: (u32, u32),
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Sig<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sig<T> {}

impl<T: 'static> Sig<T> {
    /// Keeps a value until the current scope is cleaned up.
    pub(crate) fn new(value: T) -> Self {
        Self {
            place: keep_value(Rc::new(RefCell::new(value))),
            of: PhantomData,
        }
    }

    /// Follows the value, whatever it is.
    pub(crate) fn track(self) {
        value(self.place, true);
    }

    #[inline(never)]
    fn cell(self, follow: bool) -> Option<Rc<RefCell<T>>> {
        value(self.place, follow)?.downcast().ok()
    }

    fn reading<R>(self, follow: bool, with: impl FnOnce(&T) -> R) -> Option<R> {
        let cell = self.cell(follow)?;
        let value = cell.try_borrow().ok()?;
        Some(with(&value))
    }

    fn writing<R>(self, with: impl FnOnce(&mut T) -> R) -> Option<R> {
        let cell = self.cell(false)?;
        let mut value = cell.try_borrow_mut().ok()?;
        Some(with(&mut value))
    }

    /// Reads; none where its scope is gone.
    pub(crate) fn try_with_untracked<R>(self, with: impl FnOnce(&T) -> R) -> Option<R> {
        self.reading(false, with)
    }

    /// Changes the value and tells who follows; none where its scope is gone.
    pub(crate) fn update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let done = self.writing(change);
        tell(self.place);
        done
    }

    /// Changes the value and tells nobody.
    pub(crate) fn quietly<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.writing(change)
    }

    /// Replaces the value and tells who follows.
    pub(crate) fn set(self, value: T) {
        self.update(|old| *old = value);
    }
}

impl<T: Default + 'static> Sig<T> {
    /// Reads and follows; what a gone value gives is the default.
    pub(crate) fn with<R: Default>(self, with: impl FnOnce(&T) -> R) -> R {
        self.reading(true, with).unwrap_or_default()
    }

    /// Reads; what a gone value gives is the default.
    pub(crate) fn with_untracked<R: Default>(self, with: impl FnOnce(&T) -> R) -> R {
        self.reading(false, with).unwrap_or_default()
    }
}

impl<T: Clone + 'static> Sig<T> {
    /// A copy; none where its scope is gone.
    pub(crate) fn try_get_untracked(self) -> Option<T> {
        self.reading(false, T::clone)
    }
}

impl<T: Clone + Default + 'static> Sig<T> {
    /// A copy, followed.
    pub(crate) fn get(self) -> T {
        self.reading(true, T::clone).unwrap_or_default()
    }

    /// A copy.
    pub(crate) fn get_untracked(self) -> T {
        self.reading(false, T::clone).unwrap_or_default()
    }
}

/// Runs at once and whenever something changes that it follows, until the current scope is cleaned up.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    effect_now(Box::new(run));
}

/// The same, without a copy for each closure.
#[inline(never)]
pub(crate) fn effect_now(run: Box<dyn FnMut()>) {
    hold(Rc::new(Effect::new(run)));
}

/// A value made of others; who follows it is told only when it is another.
pub(crate) fn derived<T: PartialEq + 'static>(make: impl Fn() -> T + 'static) -> Sig<T> {
    let value = Sig::new(untrack(&make));
    effect_now(Box::new(move || {
        let now = make();
        if value.try_with_untracked(|old| *old != now) == Some(true) {
            value.set(now);
        }
    }));
    value
}
