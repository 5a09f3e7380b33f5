//! The full-page console, `view="desk"`: the same panel with the views that only a desk has.

pub use jackfield_panel::*;
