use super::*;
use proptest::prelude::*;

fn check(html: &str, text: &str, spans: &[(&str, &str)]) {
    let got = to_text(html);
    assert_eq!(got.text, text, "{html}");
    let shown: Vec<(String, String)> = got
        .spans
        .iter()
        .map(|s| {
            let word = got.text[s.start as usize..s.end as usize].to_owned();
            (word, format!("{:?}", s.mark))
        })
        .collect();
    let expected: Vec<(String, String)> = spans.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(shown, expected, "{html}");
}

#[test]
fn html_becomes_the_text_that_people_read() {
    check(
        "<p>hello &amp; <b>good</b> bye</p>",
        "hello & good bye",
        &[("good", "Mark::Strong")],
    );
    check(
        "<p>one</p><p>two<br>three<br /><br>four</p>",
        "one\n\ntwo\nthree\n\nfour",
        &[],
    );
    check("<p>\n  much   space\n</p>\n", "much space", &[]);
    check("a < b and 3 > 2", "a < b and 3 > 2", &[]);
    check("1 <3 you", "1 <3 you", &[]);
    check(
        "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>d",
        "• a\n• b\n1. c\n\nd",
        &[],
    );
    check("<pre>a\n  b</pre>", "a\n  b", &[("a\n  b", "Mark::Code")]);
    check(
        "<blockquote>said <em>he</em></blockquote>yes",
        "said he\n\nyes",
        &[("said he", "Mark::Quote"), ("he", "Mark::Emphasis")],
    );
    check("x<script>alert('<p>')</script>y<!-- <p> -->z", "xyz", &[]);
    check("<img src=x alt='a cat'> sits", "a cat sits", &[]);
    check("&eacute; &#233; &#xE9; &#0; &", "&eacute; é é \u{fffd} &", &[]);
    check("", "", &[]);
    check("<p></p><b> </b>", "", &[]);
}

#[test]
fn links_keep_their_whole_address() {
    let html = "<a href=\"https://a.example/?x=1&amp;y=2\"><span class=\"invisible\">https://</span>a.example/?x=1&amp;y=2</a>";
    check(
        html,
        "https://a.example/?x=1&y=2",
        &[(
            "https://a.example/?x=1&y=2",
            "Mark::Link(\"https://a.example/?x=1&y=2\")",
        )],
    );
    check("<a href=''>no</a> <a>way</a>", "no way", &[]);
    check("<a href='>'>odd</a>", "odd", &[("odd", "Mark::Link(\">\")")]);
}

#[test]
fn the_caller_says_what_a_link_is() {
    let got = to_text_with(
        "hi <a href='u' class='u-url mention'>@<span>ana</span></a>!",
        &|anchor| {
            assert_eq!((anchor.href, anchor.class, anchor.text), ("u", "u-url mention", "@ana"));
            Mark::Mention("ana@example".to_owned())
        },
    );
    assert_eq!(got.text, "hi @ana!");
    assert_eq!(
        got.spans,
        vec![Span {
            start: 3,
            end: 7,
            mark: Mark::Mention("ana@example".to_owned())
        }]
    );
}

#[test]
fn markup_that_is_not_closed_ends_with_the_text() {
    check(
        "<b>bold <i>both</b> plain</i>",
        "bold both plain",
        &[("bold both", "Mark::Strong"), ("both", "Mark::Emphasis")],
    );
    check("<b>to the end", "to the end", &[("to the end", "Mark::Strong")]);
    check("text <a href=\"x", "text", &[]);
}

/// Pieces that make trouble more often than random letters do.
fn html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<p>"),
        Just("</p>"),
        Just("<br>"),
        Just("<a href='é'>"),
        Just("</a>"),
        Just("<b>"),
        Just("</b>"),
        Just("<pre>"),
        Just("</pre>"),
        Just("<li>"),
        Just("<ol>"),
        Just("</ol>"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("&"),
        Just("&amp;"),
        Just("&#x1F600;"),
        Just("<!--"),
        Just("-->"),
        Just("</"),
        Just("<script>"),
        Just("</script>"),
        Just(" "),
        Just("\n"),
        Just("ü"),
        Just("👩‍👩‍👧"),
        Just("word"),
        Just("<a "),
        Just("="),
        Just("'"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        "\\PC{0,200}",
    ]
}

proptest! {
    #[test]
    fn spans_are_inside_the_text_on_character_borders(html in html()) {
        let got = to_text(&html);
        for span in &got.spans {
            prop_assert!(span.start < span.end);
            prop_assert!(got.text.get(span.start as usize..span.end as usize).is_some(), "{:?} in {:?}", span, got.text);
        }
        prop_assert!(got.spans.is_sorted_by_key(|s| s.start));
    }

    #[test]
    fn plain_words_come_through_unchanged(words in prop::collection::vec("[a-zà-ÿ0-9]{1,8}", 1..10)) {
        let text = words.join(" ");
        prop_assert_eq!(to_text(&text).text, text.clone());
        prop_assert_eq!(to_text(&format!("<p>{text}</p>")).text, text);
    }
}
