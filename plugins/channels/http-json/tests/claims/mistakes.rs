//! Every mistake names its line, its key, what is wrong and what to write.

use jackfield_channel_http_json::{MOST_BYTES, Mapping, lines};
use proptest::prelude::*;

/// A small whole mapping, to be spoilt.
pub(crate) const GOOD: &str = r#"mapping = 1
name = "Desk"

[values]
team = "the number of our team"

[headers]
authorization = "Bearer {secret.token}"

[poll.posts]
url = "/posts?since={since}&page={page}"
items = "$.posts"
message = "post"
since = "time"
paging = { by = "page" }

[message.post]
id = "$.id"
at = "$.at"
text = "$.text"
visibility = "public"
author = { id = "$.who" }
ours = { value = "$.team", is = "{values.team}" }

[publish]
url = "/posts/{thread}/answers"
json = { text = "{text}", key = "{key}" }
visibility = "public"
receipt = { id = "$.id" }

[reconcile]
url = "/posts/{thread}/answers"
items = "$"
message = "post"
"#;

#[test]
fn a_whole_mapping_has_no_mistakes() {
    let mapping = Mapping::read(GOOD).unwrap();
    assert_eq!(mapping.secrets(), ["token"]);
    assert_eq!(
        mapping.values().collect::<Vec<_>>(),
        [("team", "the number of our team")]
    );
    assert_eq!(
        mapping.summary(),
        "Desk: polls posts; messages post; publishes, and looks whether an answer arrived"
    );
    for example in [
        include_str!("../../examples/tickets.toml"),
        include_str!("../../examples/issues.toml"),
        include_str!("../../examples/isso.toml"),
    ] {
        Mapping::read(example).unwrap_or_else(|faults| panic!("{}", lines(&faults)));
    }
}

/// What is replaced by what, on which line the mistake is told, under which key, with which word of the repair.
const CASES: &[(&str, &str, usize, &str, &str)] = &[
    ("mapping = 1", "mapping = 2", 1, "mapping", "from 1 to 1"),
    ("mapping = 1\n", "\n", 1, "mapping", "mapping = 1"),
    ("name = \"Desk\"", "name = 7", 2, "name", "in quotes"),
    (
        "name = \"Desk\"",
        "named = \"Desk\"",
        2,
        "named",
        "did you mean `name`?",
    ),
    (
        "team = \"the number of our team\"",
        "team = 7",
        5,
        "values.team",
        "settings",
    ),
    (
        "Bearer {secret.token}",
        "Bearer abcdef",
        8,
        "headers.authorization",
        "{secret.token}",
    ),
    (
        "Bearer {secret.token}",
        "{secret.a}{secret.b}",
        8,
        "headers.authorization",
        "no second insert",
    ),
    (
        "Bearer {secret.token}",
        "Bearer {secret.token:last}",
        8,
        "headers.authorization",
        "take the form",
    ),
    ("authorization =", "host =", 8, "headers.host", "written by the host"),
    ("authorization =", "\"a b\" =", 8, "headers.a b", "letters, digits"),
    (
        "/posts?since={since}",
        "/posts?since={sincee}",
        11,
        "poll.posts.url",
        "{since}",
    ),
    (
        "/posts?since={since}",
        "/posts?x={values.taem}&since={since}",
        11,
        "poll.posts.url",
        "[values]",
    ),
    (
        "/posts?since={since}",
        "/posts?since={secret.token}",
        11,
        "poll.posts.url",
        "means nothing here",
    ),
    (
        "/posts?since={since}",
        "/posts?api_key=abc&since={since}",
        11,
        "poll.posts.url",
        "looks like a secret",
    ),
    (
        "\"/posts?since",
        "\"https://me:pw@x.example/posts?since",
        11,
        "poll.posts.url",
        "before `@`",
    ),
    (
        "\"/posts?since",
        "\"posts?since",
        11,
        "poll.posts.url",
        "begins with `/`",
    ),
    (
        "\"/posts?since",
        "\"{values.team}/posts?since",
        11,
        "poll.posts.url",
        "begins with `/`",
    ),
    (
        "\"/posts?since",
        "\"https://{values.team}/posts?since",
        11,
        "poll.posts.url",
        "before the first insert",
    ),
    (
        "/posts?since={since}",
        "/my posts?since={since}",
        11,
        "poll.posts.url",
        "%20",
    ),
    ("/posts?since={since}", "/posts", 11, "poll.posts", ""),
    ("since={since}&", "", 14, "poll.posts.since", ""),
    ("&page={page}", "", 15, "poll.posts.paging.by", "{page}"),
    (
        "paging = { by = \"page\" }",
        "",
        10,
        "poll.posts.paging",
        "by = \"page\"",
    ),
    (
        "by = \"page\"",
        "by = \"pages\"",
        15,
        "poll.posts.paging.by",
        "\"link-header\"",
    ),
    (
        "by = \"page\"",
        "by = \"offset\"",
        15,
        "poll.posts.paging.size",
        "size = 100",
    ),
    (
        "items = \"$.posts\"",
        "items = \"posts\"",
        12,
        "poll.posts.items",
        "begins with `$`",
    ),
    (
        "items = \"$.posts\"",
        "items = \"$.posts x\"",
        12,
        "poll.posts.items",
        "take it away",
    ),
    ("items = \"$.posts\"\n", "\n", 10, "poll.posts.items", "this is missing"),
    (
        "message = \"post\"\nsince",
        "message = \"pots\"\nsince",
        13,
        "poll.posts.message",
        "did you mean \"post\"?",
    ),
    (
        "since = \"time\"",
        "since = \"timee\"",
        14,
        "poll.posts.since",
        "\"time\"",
    ),
    ("since = \"time\"\n", "\n", 10, "poll.posts.since", "since = \"time\""),
    (
        "id = \"$.id\"\nat",
        "id = \"$.\"\nat",
        18,
        "message.post.id",
        "behind a dot",
    ),
    ("id = \"$.id\"\nat", "id = []\nat", 18, "message.post.id", "1 to 8"),
    (
        "id = \"$.id\"\nat",
        "id = \"$.ids[*]\"\nat",
        18,
        "message.post.id",
        "[0]",
    ),
    ("at = \"$.at\"\n", "\n", 17, "message.post.at", "$.created_at"),
    (
        "visibility = \"public\"\nauthor",
        "visibility = \"all\"\nauthor",
        21,
        "message.post.visibility",
        "\"direct\"",
    ),
    (
        "visibility = \"public\"\nauthor",
        "visibility = { value = \"$.v\", words = { x = \"public\" } }\nauthor",
        21,
        "message.post.visibility.else",
        "every other word",
    ),
    (
        "visibility = \"public\"\nauthor",
        "visibility = { value = \"$.v\", words = { x = \"all\" }, else = \"direct\" }\nauthor",
        21,
        "message.post.visibility.words.x",
        "none of",
    ),
    (
        "{ id = \"$.who\" }",
        "{ name = \"$.who\" }",
        22,
        "message.post.author.id",
        "this is missing",
    ),
    (
        "{ id = \"$.who\" }",
        "\"$.who\"",
        22,
        "message.post.author",
        "[message.post.author]",
    ),
    (
        "is = \"{values.team}\"",
        "is = \"{account}\"",
        23,
        "message.post.ours.is",
        "[account]",
    ),
    (
        "is = \"{values.team}\"",
        "equals = \"7\"",
        23,
        "message.post.ours.equals",
        "known here",
    ),
    (
        "is = \"{values.team}\"",
        "is = 7, empty = true",
        23,
        "message.post.ours.value",
        "one test",
    ),
    (
        "text = \"$.text\"",
        "text = \"$.text\"\ntimes = \"iso\"",
        21,
        "message.post.times",
        "rfc3339",
    ),
    (
        "{ text = \"{text}\", key",
        "{ text = \"hello\", key",
        26,
        "publish.url",
        "{text}",
    ),
    (
        "json = {",
        "form = { a = \"b\" }\njson = {",
        27,
        "publish.form",
        "one body",
    ),
    (
        "visibility = \"public\"\nreceipt",
        "visibility = \"internal\"\nreceipt",
        0,
        "",
        "",
    ),
    (
        "visibility = \"public\"\nreceipt",
        "visibility = \"all\"\nreceipt",
        28,
        "publish.visibility",
        "none of",
    ),
    (
        "receipt = { id = \"$.id\" }",
        "",
        25,
        "publish.receipt",
        "receipt = { id",
    ),
    (
        "receipt = { id = \"$.id\" }",
        "receipt = { id = \"{header}\" }",
        29,
        "publish.receipt.id",
        "{header.NAME}",
    ),
    (
        "receipt = { id = \"$.id\" }",
        "receipt = { id = \"$.id\" }\nstatus = { 409 = \"rul\" }",
        30,
        "publish.status.409",
        "\"rule\"",
    ),
    (
        "receipt = { id = \"$.id\" }",
        "receipt = { id = \"$.id\" }\nstatus = { 4xx = \"rule\" }",
        30,
        "publish.status.4xx",
        "409 = \"rule\"",
    ),
    (
        "[reconcile]\nurl = \"/posts/{thread}/answers\"\nitems = \"$\"\nmessage = \"post\"",
        "",
        25,
        "publish",
        "[reconcile]",
    ),
    (
        "[publish]\nurl = \"/posts/{thread}/answers\"",
        "[publish]\nmethod = \"GET\"\nurl = \"/posts/{thread}/answers\"",
        26,
        "publish.method",
        "a GET has no body",
    ),
    ("[reconcile]", "[reconcil]", 31, "reconcil", "did you mean `reconcile`?"),
    ("name = \"Desk\"", "name = \"Desk", 2, "", "TOML"),
    ("name = \"Desk\"", "name = \"Desk\"\nname = \"Desk\"", 3, "", "TOML"),
];

#[test]
fn each_mistake_is_told_with_its_line_and_its_repair() {
    for (from, to, line, key, word) in CASES {
        assert!(GOOD.contains(from), "{from:?} is not in the mapping");
        let text = GOOD.replacen(from, to, 1);
        // Two spoils that are allowed.
        let allowed = *line == 0 || word.is_empty();
        let Err(faults) = Mapping::read(&text) else {
            assert!(allowed, "{to:?} is taken");
            continue;
        };
        let told = lines(&faults);
        if word.is_empty() {
            assert!(
                *line == 0 || told.contains(&format!("line {line}")) || told.contains(key),
                "{to:?}: {told}"
            );
            continue;
        }
        let found = faults
            .iter()
            .any(|fault| fault.line == *line && fault.key == *key && fault.what.contains(word));
        assert!(
            found,
            "{to:?} should be told on line {line} under `{key}` with {word:?}, and is:\n{told}"
        );
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_their_lines() {
    let text = GOOD
        .replace("name = \"Desk\"", "named = \"Desk\"")
        .replace("{since}", "{sincee}")
        .replace("[reconcile]", "[reconcil]");
    let faults = Mapping::read(&text).unwrap_err();
    let at: Vec<_> = faults.iter().map(|fault| fault.line).collect();
    assert!(
        at.is_sorted() && at.contains(&2) && at.contains(&11) && at.contains(&31),
        "{}",
        lines(&faults)
    );
}

#[test]
fn an_empty_file_is_told_what_it_lacks() {
    let told = lines(&Mapping::read("").unwrap_err());
    for key in ["mapping", "name", "poll", "message"] {
        assert!(told.contains(&format!("line 1, `{key}`")), "{told}");
    }
    let told = lines(&Mapping::read(&" ".repeat(MOST_BYTES + 1)).unwrap_err());
    assert!(told.starts_with("line 1: the mapping has 65537 bytes"), "{told}");
}

/// Reads it; whatever it is, mistakes have lines that are in the text.
fn holds(text: &str) -> Result<(), TestCaseError> {
    if let Err(faults) = Mapping::read(text) {
        prop_assert!(!faults.is_empty());
        let last = text.lines().count().max(1) + 1;
        for fault in faults {
            prop_assert!((1..=last).contains(&fault.line), "{fault} of {last} lines");
            let told = !fault.what.is_empty();
            prop_assert!(told);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_a_mapping_or_has_mistakes_with_lines(text in "\\PC{0,200}") {
        holds(&text)?;
    }

    #[test]
    fn any_file_that_looks_like_one_is_a_mapping_or_has_mistakes_with_lines(
        parts in proptest::collection::vec(
            prop_oneof![
                "\\[(poll|message|publish|reconcile|values|headers|account|rate-limit)(\\.[a-z]{1,3})?(\\.each|\\.author|\\.paging)?\\]\n",
                "(url|items|message|id|at|text|visibility|since|method|json|form|ours|format|by|size) = \"[$/{}a-z.\\[\\]*:']{0,14}\"\n",
                "(paging|author|json|ours|receipt|status|visibility|each) = \\{ ?([a-z]{1,6} = \"[$a-z.]{0,6}\")? ?\\}\n",
                "(mapping|name|size|items|is) = ([0-9]{1,20}|true|\\[\\]|\\[\"\\$\"\\]|1\\.5|2026-08-01)\n",
            ],
            0..12,
        )
    ) {
        holds(&parts.concat())?;
    }

    #[test]
    fn a_good_mapping_with_a_piece_cut_out_is_one_or_has_mistakes_with_lines(from in 0..GOOD.len(), len in 0usize..200) {
        let to = (from + len).min(GOOD.len());
        holds(&format!("{}{}", &GOOD[..from], &GOOD[to..]))?;
    }
}
