//! Rules about markup: what the strict policy of a page would refuse, is not written.

use super::tree::{Tree, code};

/// Ways from a string to markup, which Trusted Types refuse, and ways to a style attribute, which `style-src` refuses.
const FORBIDDEN: [&str; 8] = [
    "inner_html",
    "innerHTML",
    "outerHTML",
    "outer_html",
    "insertAdjacentHTML",
    "insert_adjacent_html",
    "document.write",
    "cssText",
];

/// `no-markup-from-strings`: the panel builds nodes; text is never parsed as markup.
pub(super) fn no_markup_from_strings(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree
        .texts("widget/", &[".rs", ".js", ".html"])
        .filter(|(path, _)| !path.contains("/tests/") && !path.contains("/dev/"))
    {
        for (at, line) in code(text) {
            for word in FORBIDDEN.iter().filter(|word| line.contains(*word)) {
                faults.push(format!("{path}:{at}: {word}"));
            }
            if attribute(line, "style") {
                faults.push(format!("{path}:{at}: a style attribute; write style:property="));
            }
        }
    }
    faults
}

/// `strict-pages`: our own pages have no inline script, style or handler.
pub(super) fn strict_pages(tree: &Tree) -> Vec<String> {
    let pages = tree
        .texts("www/", &[".html"])
        .chain(tree.texts("widget/shell/", &[".html"]));
    let mut faults = Vec::new();
    for (path, text) in pages {
        for (at, line) in text.lines().enumerate() {
            let script = line.contains("<script") && !line.contains(" src=");
            let handler = line
                .split_whitespace()
                .any(|word| word.starts_with("on") && word.contains("=\""));
            for (wrong, what) in [
                (script, "an inline script"),
                (line.contains("<style"), "an inline style sheet"),
                (attribute(line, "style"), "a style attribute"),
                (handler, "an inline handler"),
                (line.contains("javascript:"), "a javascript: address"),
            ] {
                if wrong {
                    faults.push(format!("{path}:{}: {what}", at + 1));
                }
            }
        }
    }
    faults
}

/// Where the panel listens, each to what it is for: its own elements, and what a browser says to the document or the
/// window alone.
const LISTENERS: [(&str, &[&str]); 2] = [
    ("widget/panel/src/dom.rs", &["(name,"]),
    ("widget/panel/src/start.rs", &["(\"visibilitychange\",", "(event,"]),
];

/// `listens-inside`: an event of the page that the panel lives in is the page's own business.
pub(super) fn listens_inside(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts("widget/panel/src/", &[".rs"]) {
        let here = LISTENERS
            .iter()
            .find(|(place, _)| *place == path)
            .map_or(&[][..], |(_, to)| to);
        for (at, line) in code(text).filter(|(_, line)| line.contains("add_event_listener")) {
            if !here.iter().any(|to| line.contains(to)) {
                faults.push(format!(
                    "{path}:{at}: a listener beside those that are known; listen by `El::on`"
                ));
            }
        }
    }
    faults
}

/// `style=` as an attribute: not `style:width=`, not `font-style=`, not a comparison.
fn attribute(line: &str, name: &str) -> bool {
    let sign = format!("{name}=");
    line.match_indices(&sign).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + sign.len()..).and_then(|after| after.chars().next());
        before.is_none_or(char::is_whitespace) && after.is_some_and(|c| !c.is_whitespace() && c != '=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_from_text_to_markup_is_found() {
        let check = |line: &str| no_markup_from_strings(&Tree::planted(&[("widget/panel/src/a.rs", line)])).len();
        for fine in [
            "view! { <p style:width=w></p> }",
            "// inner_html is not used",
            "let style = 1;",
            "<p class=x></p>",
        ] {
            assert_eq!(check(fine), 0, "{fine}");
        }
        for faulty in [
            "<p inner_html=text></p>",
            "<p style=\"width:1px\"></p>",
            "<p style=move || w></p>",
            "e.set_inner_html(t)",
        ] {
            assert_eq!(check(faulty), 1, "{faulty}");
        }
    }

    #[test]
    fn a_listener_outside_of_the_panel_is_found() {
        let check = |path: &str, line: &str| listens_inside(&Tree::planted(&[(path, line)])).len();
        let (own, start, view) = (
            "widget/panel/src/dom.rs",
            "widget/panel/src/start.rs",
            "widget/panel/src/view/list.rs",
        );
        assert_eq!(check(own, "element.add_event_listener_with_callback(name, then);"), 0);
        assert_eq!(
            check(
                start,
                "document.add_event_listener_with_callback(\"visibilitychange\", tell);"
            ),
            0
        );
        assert_eq!(
            check(start, "document.add_event_listener_with_callback(\"keydown\", tell);"),
            1
        );
        assert_eq!(check(view, "window.add_event_listener_with_callback(event, tell);"), 1);
    }

    #[test]
    fn what_a_strict_policy_would_refuse_is_found_in_our_pages() {
        let check = |line: &str| strict_pages(&Tree::planted(&[("www/index.html", line)])).len();
        for fine in [
            "<script type=\"module\" src=\"/a.js\"></script>",
            "<link rel=\"stylesheet\" href=\"a.css\">",
            "<p>one</p>",
        ] {
            assert_eq!(check(fine), 0, "{fine}");
        }
        for faulty in [
            "<script>go()</script>",
            "<style>",
            "<b style=\"x\">",
            "<b onclick=\"go()\">",
            "<a href=\"javascript:go()\">",
        ] {
            assert_eq!(check(faulty), 1, "{faulty}");
        }
    }
}
