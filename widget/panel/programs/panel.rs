//! The panel as it stands in somebody else's page: the smallest program there is.

pub use jackfield_panel::*;
