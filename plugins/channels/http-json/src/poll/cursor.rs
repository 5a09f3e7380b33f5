//! Where we are: a mark for each poll, and the walk through pages that is under way.

use crate::event::Mark;
use crate::mapping::poll::Poll;
use jackfield_sdk::channel::Trouble;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that has to be known to go on; small enough for the contract's 4 KiB with eight polls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// What was said before this is history that nobody asked for.
    #[serde(rename = "b")]
    pub(crate) begin: u64,
    /// How far each poll has come: milliseconds, or an id.
    #[serde(rename = "m", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) marks: BTreeMap<String, String>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) walk: Option<Walk>,
    /// Of each poll a digest of what it asks for. A poll whose digest is another one begins anew: its mark counts
    /// something else, and its page may not be there.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    digests: Option<Vec<u32>>,
}

/// A walk through the pages of one list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Walk {
    #[serde(rename = "p")]
    pub(crate) poll: String,
    /// The page to ask for next; none for the first.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<String>,
    /// Pages that were walked.
    #[serde(rename = "c", default)]
    pub(crate) pages: u64,
    /// The furthest mark on them: the poll's own once the walk has ended.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(crate) top: Option<String>,
}

/// Of the contract's 4096 bytes the marks need at most 8 x (64 + 130 + 8), the digests 8 x 11.
pub(crate) const MOST_PAGE: usize = 2048;
/// An id that a network counts by.
pub(crate) const MOST_MARK: usize = 128;

impl Cursor {
    /// From the bytes of the last poll, or from the beginning.
    pub(crate) fn read(bytes: Option<&[u8]>, begin: u64) -> Result<Self, Trouble> {
        let Some(bytes) = bytes else {
            return Ok(Self {
                begin,
                marks: BTreeMap::new(),
                walk: None,
                digests: None,
            });
        };
        serde_json::from_slice(bytes).map_err(|error| {
            Trouble::Refused(format!(
                "The cursor of this connection is not ours ({error}); remove the connection and add it again."
            ))
        })
    }

    /// Forgets where polls were that are not in the mapping any more, or ask for something else than they did.
    pub(crate) fn fit(&mut self, polls: &[Poll]) {
        let known = self.digests.take();
        let same = |poll: &&Poll| known.as_ref().is_none_or(|known| known.contains(&digest(poll)));
        let kept: Vec<&str> = polls.iter().filter(same).map(|poll| poll.name.as_str()).collect();
        self.marks.retain(|name, _| kept.contains(&name.as_str()));
        self.walk = self.walk.take().filter(|walk| kept.contains(&walk.poll.as_str()));
        self.digests = Some(polls.iter().map(digest).collect());
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What a poll asks for and counts by; how its items are read is none of it.
fn digest(poll: &Poll) -> u32 {
    let asked = format!("{:?}", (&poll.ask, &poll.paging, poll.newest_first));
    let counted = format!("{:?}", (poll.since, &poll.mark));
    let mark = Mark::of(&[&poll.name, &asked, &counted]);
    u32::try_from(mark & u64::from(u32::MAX)).unwrap_or_default()
}

/// Ids are numbers that may be too long for one, or words that grow: the longer is the greater, else the letters tell.
pub(crate) fn newer(id: &str, than: &str) -> bool {
    (id.len(), id) > (than.len(), than)
}
