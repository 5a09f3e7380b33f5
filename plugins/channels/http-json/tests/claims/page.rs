//! The page of documentation says everything that the reader of mappings knows.

use crate::mistakes::GOOD;
use jackfield_channel_http_json::{Mapping, lines};

const PAGE: &str = include_str!("../../../../../docs/plugins/http-json.md");

#[test]
fn the_mapping_in_the_documentation_is_good() {
    let block = PAGE.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let mapping = Mapping::read(block).unwrap_or_else(|faults| panic!("{}", lines(&faults)));
    assert!(mapping.summary().starts_with("Blog comments"));
}

#[test]
fn every_key_and_every_insert_is_in_the_documentation() {
    // A key that nobody knows, in each section, makes it tell the ones that are known.
    let odd = "qqqqqqqqqq = 1\n";
    let whole = format!(
        "{odd}{}\n[webhook]\n{odd}[webhook.verify]\n{odd}[account]\n{odd}[rate-limit]\n{odd}[poll.posts.each]\n{odd}[message.post.attachments]\n{odd}",
        GOOD.replace("[poll.posts]\n", &format!("[poll.posts]\n{odd}"))
            .replace("[message.post]\n", &format!("[message.post]\n{odd}"))
            .replace("[publish]\n", &format!("[publish]\n{odd}"))
            .replace("[reconcile]\n", &format!("[reconcile]\n{odd}"))
            .replace("paging = { ", "paging = { qqqqqqqqqq = 1, ")
            .replace("author = { ", "author = { qqqqqqqqqq = 1, ")
            .replace("ours = { ", "ours = { qqqqqqqqqq = 1, ")
            .replace("receipt = { ", "receipt = { qqqqqqqqqq = 1, ")
    );
    let faults = Mapping::read(&whole).unwrap_err();
    let known: Vec<&str> = faults
        .iter()
        .filter_map(|fault| fault.what.split_once("known here: "))
        .map(|(_, keys)| keys)
        .collect();
    assert_eq!(known.len(), 15, "{}", lines(&faults));
    for key in known.iter().flat_map(|keys| keys.split(", ")) {
        let written = [format!("`{key}`"), format!("`[{key}]`"), format!("`[{key}.NAME]`")];
        assert!(
            written.iter().any(|w| PAGE.contains(w)),
            "`{key}` is not in the documentation"
        );
    }
    for from in [
        "/posts?since={since}",
        "{ text = \"{text}\", key",
        "id = \"$.id\"\nat",
        "receipt = { id = \"$.id\" }",
    ] {
        let faults = Mapping::read(
            &GOOD.replacen(
                from,
                &from
                    .replace("{since}", "{qq}")
                    .replace("{text}", "{qq}")
                    .replace("\"$.id\"", "\"{qq}\""),
                1,
            ),
        )
        .unwrap_err();
        let told = lines(&faults);
        let names = told
            .split("known here: ")
            .nth(1)
            .unwrap()
            .split(". Write")
            .next()
            .unwrap();
        for name in names.split(", ") {
            assert!(
                PAGE.contains(&format!("`{name}`")),
                "{name} is not in the documentation"
            );
        }
    }
}
