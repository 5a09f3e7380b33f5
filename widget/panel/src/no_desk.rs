//! The places where the desk shows or does more than the panel, as the panel has them: nothing. `desk/mod.rs` is the other
//! side of this seam; the views call both by the same names, so that there is one source and not one `cfg` in it.

use crate::dom::{El, View};
use crate::hub::Hub;
use crate::net::Soon;
use crate::panel::Panel;
use jackfield_protocol::{CommandId, CommandRequest, ConversationId, ReplyItem, Summary};

/// What the desk keeps.
#[derive(Clone, Copy)]
pub(crate) struct Desk;

impl Desk {
    pub(crate) fn new() -> Self {
        Self
    }
}

/// Whether this program is the desk.
pub(crate) const HERE: bool = false;

/// The texts of a language are there.
pub(crate) fn speak(_: Panel, _: &str) -> Soon<()> {
    Box::pin(async { Ok(()) })
}

pub(crate) fn started(p: Panel) {
    let Desk = p.desk;
}

pub(crate) fn page(_: Panel, _: &str) {}
pub(crate) fn view(_: Panel, _: &ConversationId, _: &str) {}
pub(crate) fn done(_: &Hub, _: &str) {}
pub(crate) fn event(_: &Hub, _: &str) {}
pub(crate) fn opened(_: Panel) {}
pub(crate) fn closed(_: Panel) {}
pub(crate) fn key(_: Panel, _: &str) -> bool {
    false
}

/// Whether what is written may go out now, as far as it is known here.
pub(crate) fn may_send(_: Panel) -> bool {
    true
}

pub(crate) fn sending(_: Panel, _: &CommandId) {}

/// Where a command goes, and what it says.
pub(crate) fn route(_: &CommandRequest, body: String) -> (&'static str, String) {
    ("commands", body)
}

pub(crate) fn bar(_: Panel) -> View {
    View::default()
}

/// Whether what is written cannot go out like this.
pub(crate) fn shut(_: Panel) -> bool {
    false
}

pub(crate) fn front(_: Panel) {}
pub(crate) fn clock(_: Panel, _: &Summary) -> Option<View> {
    None
}
pub(crate) fn marks(_: Panel, _: &Summary) {}
pub(crate) fn doings(_: Panel) {}
pub(crate) fn acts(_: Panel) {}
pub(crate) fn side(_: Panel) {}
pub(crate) fn field(_: Panel, field: El) -> View {
    field.into_any()
}
pub(crate) fn findings(_: Panel) {}
pub(crate) fn send_word(_: Panel) -> Option<String> {
    None
}
pub(crate) fn under_reply(_: Panel, _: i64, _: &ReplyItem) {}
