//! A Discourse forum with one brand account: topics, personal messages, whispers, edits with their grace period,
//! deletions by author and by staff, accepted solutions, assignments, likes, and the bodies of its webhooks.
//!
//! Written from the API's own description and from recorded bodies; what no connector of ours asks for is left out.

mod api;
mod cooked;
mod json;
mod world;

pub use cooked::cooked;
pub use world::{Forum, PostId, TopicId};

use super::{Answered, Asked, Network, Said};

/// The key that the brand's account is reached with.
const KEY: &str = "d15c0de5d15c0de5d15c0de5d15c0de5d15c0de5d15c0de5d15c0de5d15c0de5";

impl Network for Forum {
    fn lives_at(&mut self, url: &str) {
        url.clone_into(&mut self.base);
    }

    fn token(&self) -> String {
        KEY.to_owned()
    }

    fn api(&mut self, asked: &Asked, now_ms: u64) -> Answered {
        api::answer(self, asked, now_ms)
    }

    fn speak(&mut self, said: Said<'_>) -> Result<String, String> {
        let id = match said.parent {
            None => self.open(said.who, &world::title_of(said.text), said.text, said.at_ms),
            Some(parent) => {
                let parent = parent.parse().map_err(|_| format!("{parent} is no post"))?;
                self.answer(said.who, parent, said.text, said.at_ms)
                    .ok_or_else(|| format!("there is no post {parent}"))?
            }
        };
        Ok(id.to_string())
    }

    fn edit(&mut self, id: &str, text: &str, now_ms: u64) -> bool {
        id.parse().is_ok_and(|id| self.reword(id, text, now_ms))
    }

    fn take_away(&mut self, id: &str, now_ms: u64) -> bool {
        id.parse().is_ok_and(|id| self.remove(id, now_ms))
    }

    fn messages(&self) -> Vec<(String, String)> {
        let there = self.posts.iter().filter(|post| !post.gone());
        there.map(|post| (post.id.to_string(), post.raw.clone())).collect()
    }
}
