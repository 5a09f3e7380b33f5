//! What people see of a conversation: its row in a list, its thread, what may be written.

mod compose;
mod items;
mod summary;
mod work;

pub use compose::{can_publish, compose, may_answer, prefix, window_is_over};
pub use items::{items, items_for};
pub use summary::{handles, summary};
pub use work::{work, work_row};
