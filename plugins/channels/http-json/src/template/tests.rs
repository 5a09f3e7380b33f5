use super::*;
use proptest::prelude::*;
use serde_json::json;

const ALL: [&str; 10] = [
    "$", "outer", "root", "values", "secret", "header", "since", "page", "text", "base",
];

fn render(text: &str, place: Place) -> Option<String> {
    let item = json!({"id": 7, "author": {"name": "Ana & Ben"}, "none": null, "url": "https://x.example/issues/12?x=1", "n": "3"});
    let values = BTreeMap::from([("repo".to_owned(), "north wind/care".to_owned())]);
    let mut scope = Scope {
        item: Some(&item),
        values: Some(&values),
        ..Scope::default()
    };
    scope.set("since", Word::Time(1_785_592_299_138));
    scope.set("text", Word::Text("a < b\nc".to_owned()));
    scope.set("base", Word::Text("https://x.example/api".to_owned()));
    Template::read(text, &ALL).unwrap().render(&scope, place, 10_000)
}

#[test]
fn inserts_are_put_in_as_the_place_asks() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(render("$.id", Place::Plain), some("7"));
    assert_eq!(render("by {$.author.name}!", Place::Plain), some("by Ana & Ben!"));
    assert_eq!(render("/?by={$.author.name}", Place::Url), some("/?by=Ana%20%26%20Ben"));
    assert_eq!(
        render("{base}/repos/{values.repo:path}", Place::Url),
        some("https://x.example/api/repos/north%20wind/care")
    );
    assert_eq!(render("{$.url:last}", Place::Plain), some("12"));
    assert_eq!(render("{text:html}", Place::Plain), some("a &lt; b<br>\nc"));
    assert_eq!(render("{{not an insert}}", Place::Plain), some("{not an insert}"));
    assert_eq!(
        render("{since}|{since:epoch-s}|{since:date}", Place::Plain),
        some("2026-08-01T13:51:39Z|1785592299|2026-08-01")
    );
    assert_eq!(
        render("x{$.none}", Place::Plain),
        None,
        "one insert without a value takes the whole away"
    );
    assert_eq!(render("{page}", Place::Plain), None);
}

#[test]
fn a_number_is_a_number_in_json() {
    let item = json!({"n": "3", "word": "x"});
    let scope = Scope {
        item: Some(&item),
        ..Scope::default()
    };
    let json = |text: &str| Template::read(text, &ALL).unwrap().json(&scope, 100);
    assert_eq!(json("{$.n:number}"), Some(json!(3)));
    assert_eq!(json("{$.n}"), Some(json!("3")));
    assert_eq!(json("{$.word:number}"), None);
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_write() {
    let cases = [
        ("{sincee}", "{since}"),
        ("{$.a", "not closed"),
        ("a } b", "}}"),
        ("$.a and more", "braces"),
        ("{$.list[*].a}", "[0]"),
        ("{$.a:big}", "number, boolean, last"),
        ("{values}", "{values.NAME}"),
        ("{$.at:epoch-s}", "{since}"),
    ];
    for (text, word) in cases {
        let error = Template::read(text, &ALL).unwrap_err();
        assert!(error.contains(word), "{text}: {error}");
    }
    assert!(Template::read(&"x".repeat(MOST_BYTES + 1), &ALL).is_err());
    assert!(Template::read(&"{page}".repeat(MOST_INSERTS + 1), &ALL).is_err());
    assert!(
        Template::read("{secret.token}", &["values"]).is_err(),
        "only where the place knows it"
    );
}

#[test]
fn what_is_rendered_is_bounded() {
    let item = json!({"big": "é".repeat(100_000)});
    let scope = Scope {
        item: Some(&item),
        ..Scope::default()
    };
    let template = Template::read(&"{$.big}".repeat(30), &ALL).unwrap();
    let text = template.render(&scope, Place::Plain, 1001).unwrap();
    assert_eq!(text.len(), 1000, "cut on a character's border");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[{}$.a-z:\\[\\]'é ]{0,60}") {
        if let Ok(template) = Template::read(&text, &ALL) {
            let item = json!({"a": {"a": "é"}});
            let scope = Scope { item: Some(&item), ..Scope::default() };
            let _ = (template.render(&scope, Place::Url, 5), template.json(&scope, 5));
        }
    }
}
