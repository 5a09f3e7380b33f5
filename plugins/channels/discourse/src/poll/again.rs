//! Known posts looked at again: edits become revisions, what is gone becomes a deletion, solutions and likes become facts.

use super::Gather;
use crate::map;
use crate::watch::{Watched, hash};
use crate::wire::{Post, Topic};
use jackfield_sdk::channel::{Kind, Trouble};
use std::collections::BTreeMap;

/// Posts that are looked at in one poll.
const MOST: usize = 60;
/// Posts that one request may ask for: as many as the forum shows at once.
const TOGETHER: usize = 20;
/// Topics that are asked for in one poll.
const TOPICS: usize = 6;
/// Events that one post may give: its new words, a solution, likes.
const EVENTS: usize = 3;

pub(super) fn look(gather: &mut Gather<'_>) -> Result<(), Trouble> {
    let now = gather.api.host.now_ms();
    let mut topics: BTreeMap<u64, Vec<Watched>> = BTreeMap::new();
    for watched in gather.watch.due(now, MOST) {
        if topics.len() < TOPICS || topics.contains_key(&watched.topic) {
            topics.entry(watched.topic).or_default().push(watched);
        }
    }
    for (topic, mut due) in topics {
        due.truncate(TOGETHER);
        if !gather.api.may_ask() {
            return Ok(());
        }
        let ids: Vec<String> = due.iter().map(|watched| watched.id.to_string()).collect();
        let pairs: Vec<(&str, &str)> = ids.iter().map(|id| ("post_ids[]", id.as_str())).collect();
        let found: Option<Topic> = gather.api.find(&format!("/t/{topic}/posts.json"), &pairs)?;
        let posts = found.map(|topic| topic.post_stream.posts).unwrap_or_default();
        for watched in due {
            if gather.events.len() + EVENTS > gather.room.max(EVENTS) {
                return Ok(());
            }
            let post = match posts.iter().find(|post| post.id == watched.id) {
                Some(post) => Some(post.clone()),
                None if !gather.api.may_ask() => return Ok(()),
                // It may stand in another topic by now.
                None => gather.api.find::<Post>(&format!("/posts/{}.json", watched.id), &[])?,
            };
            one(gather, watched, post, now);
        }
    }
    Ok(())
}

fn one(gather: &mut Gather<'_>, mut watched: Watched, post: Option<Post>, now: u64) {
    let Some(mut post) = post.filter(|post| !post.gone()) else {
        gather.events.push(watched.deleted(now));
        gather.watch.drop(watched.id);
        return;
    };
    // The thread keeps its name, wherever staff moves the post.
    post.topic_id = watched.topic;
    if post.post_number == 1 {
        post.topic_title = post.topic_title.or_else(|| watched.title.clone());
    }
    let (around, words) = (watched.around(), hash(&post.cooked));
    if words != watched.hash {
        let mut event = map::event(&post, &around, &gather.api.settings);
        let updated = map::updated(&post);
        event.revision = updated.max(watched.revision + 1);
        event.at = if updated > 0 { updated } else { now };
        if matches!(event.kind, Kind::Said(_)) {
            watched.revision = event.revision;
            gather.events.push(event);
        }
        watched.hash = words;
    }
    if post.accepted_answer != watched.solved && !gather.full() {
        watched.solved = post.accepted_answer;
        watched.turns += 1;
        let what = if watched.solved { "solved" } else { "unsolved" };
        let id = format!("solved:{}", post.id);
        gather
            .events
            .push(map::fact(&id, watched.turns, now, what.to_owned(), &post, &around));
    }
    if post.likes() > watched.likes && !gather.full() {
        watched.likes = post.likes();
        let id = format!("likes:{}", post.id);
        let what = format!("likes {}", watched.likes);
        gather
            .events
            .push(map::fact(&id, watched.likes, now, what, &post, &around));
    }
    gather.watch.looked(watched, now);
}
