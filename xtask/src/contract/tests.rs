//! Each kind of break is planted into a small contract and must be found, named, and told apart from what may be added.

use super::*;

const BASE: &str = "package a:b@0.1.0;

interface types {
    record item { id: string, at: u64 }
    variant end { done, other(string) }
    enum level { low, high }
    flags marks { a, b }
    type key = u32;
}
interface host {
    use types.{item};
    resource body { read: func(max: u32) -> option<list<u8>>; }
    send: func(what: item) -> result<body, string>;
}
interface plugin {
    use types.{item, end};
    poll: func(max: u32) -> result<list<item>, end>;
}
interface hook {
    use types.{item};
    ingest: func(body: list<u8>) -> item;
}
world channel { import host; export plugin; }
world hooked { include channel; export hook; }
";

/// The base as released, and `text` as the folder of a later version.
fn after(text: &str) -> Vec<String> {
    let shelf = tempfile::tempdir().unwrap();
    let write = |folder: &str, text: &str| {
        let folder = shelf.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.wit"), text).unwrap();
    };
    write("v0.1", BASE);
    freeze_in(shelf.path(), "v0.1").unwrap();
    assert_eq!(faults(shelf.path()).unwrap(), Vec::<String>::new());
    write("v0.1.1", &text.replace("@0.1.0", "@0.1.1"));
    faults(shelf.path()).unwrap()
}

#[test]
fn each_kind_of_break_is_found_and_named_with_both_sides_and_the_repair() {
    let cases = [
        // (from, to, what the one fault must say)
        (
            "poll: func(max: u32)",
            "pull: func(max: u32)",
            "interface plugin: `poll: func(max: u32) -> result<list<types.item>, types.end>` is gone",
        ),
        (
            "poll: func(max: u32)",
            "poll: func(max: u64)",
            "`poll: func(max: u32) -> result<list<types.item>, types.end>` became `poll: func(max: u64)",
        ),
        (
            "poll: func(max: u32)",
            "poll: func(most: u32)",
            "became `poll: func(most: u32)",
        ),
        (
            "poll: func(max: u32)",
            "poll: func(max: u32, more: bool)",
            "became `poll: func(max: u32, more: bool)",
        ),
        (
            "-> result<list<item>, end>;",
            "-> result<list<item>>;",
            "result<list<types.item>, _>`",
        ),
        (
            "ingest: func(body",
            "ingest: async func(body",
            "became `ingest: async func(",
        ),
        (
            "{ id: string, at: u64 }",
            "{ id: string }",
            "record item: `at: u64` is gone",
        ),
        (
            "{ id: string, at: u64 }",
            "{ id: string, at: s64 }",
            "record item: `at: u64` became `at: s64`",
        ),
        (
            "{ id: string, at: u64 }",
            "{ id: string, at: u64, url: string }",
            "record item: `url: string` is new; a released type never changes: put it into a new record",
        ),
        (
            "{ id: string, at: u64 }",
            "{ at: u64, id: string }",
            "record item: its order is another one",
        ),
        (
            "{ done, other(string) }",
            "{ other(string) }",
            "variant end: `done` is gone",
        ),
        (
            "{ done, other(string) }",
            "{ done, late, other(string) }",
            "variant end: `late` is new",
        ),
        (
            "{ done, other(string) }",
            "{ done, other }",
            "variant end: `other(string)` became `other`",
        ),
        ("{ low, high }", "{ low, high, higher }", "enum level: `higher` is new"),
        ("{ a, b }", "{ a }", "flags marks: `b` is gone"),
        (
            "flags marks { a, b }",
            "enum marks { a, b }",
            "flags marks: `flags` became `enum`",
        ),
        ("type key = u32;", "type key = u64;", "key: `u32` became `u64`"),
        ("type key = u32;", "", "key` is gone; plugins that exist use it"),
        (
            "read: func(max: u32)",
            "read: func()",
            "interface host: `[method]body.read: func(self: borrow<host.body>, max: u32)",
        ),
        ("result<body, string>", "result<borrow-not, string>", "`send: func("),
        (
            "world channel { import host;",
            "world channel {",
            "`import host` is gone",
        ),
        (
            "include channel; export hook;",
            "include channel;",
            "world hooked: `export hook` is gone",
        ),
        (
            "world channel { import host; export plugin; }",
            "world channel { import host; export plugin; export hook; }",
            "world channel: `export hook` is new; plugins that exist do not have it",
        ),
        (
            "ingest: func(body",
            "again: func(); ingest: func(body",
            "interface hook: `again: func()` is new; plugins that exist do not have it: put it into an interface of its own",
        ),
    ];
    for (from, to, said) in cases {
        let mut text = BASE.replacen(from, to, 1);
        assert_ne!(text, BASE, "{from}");
        if to.contains("borrow-not") {
            text = text.replace("resource body", "type borrow-not = string; resource body");
        }
        let found = after(&text);
        assert!(found.iter().any(|fault| fault.contains(said)), "{to}: {found:#?}");
        assert!(
            found
                .iter()
                .all(|fault| fault.contains("plugins/wit/v0.1.1 breaks plugins built for a:b@0.1.0")),
            "{found:#?}"
        );
    }
}

#[test]
fn an_interface_that_is_gone_is_named() {
    let text = BASE
        .replace("interface hook {", "interface hooks {")
        .replace("export hook;", "export hooks;");
    let found = after(&text);
    assert!(
        found.iter().any(|fault| fault.contains("`interface hook` is gone")),
        "{found:#?}"
    );
}

#[test]
fn what_may_be_added_breaks_nothing() {
    for (from, to) in [
        // A function that the host has.
        ("send: func(what", "again: func() -> u32;\n    send: func(what"),
        ("{ read: func", "{ close: func(); read: func"),
        // A new type beside the old ones.
        ("enum level", "record note { text: string }\n    enum level"),
        // A new interface, offered to old worlds, asked of a new world.
        (
            "world channel { import host;",
            "interface clock { now: func() -> u64; }\nworld channel { import host; import clock;",
        ),
        (
            "world hooked",
            "interface typing { started: func(); }\nworld typed { include channel; export typing; }\nworld hooked",
        ),
        // Words.
        ("interface host {", "/// What the host has.\ninterface host {"),
    ] {
        let text = BASE.replacen(from, to, 1);
        assert_ne!(text, BASE, "{from}");
        assert_eq!(after(&text), Vec::<String>::new(), "{to}");
    }
}

#[test]
fn a_new_line_may_be_anything() {
    let shelf = tempfile::tempdir().unwrap();
    for (folder, text) in [
        ("v0.1", BASE.to_owned()),
        (
            "v0.2",
            "package a:b@0.2.0;\ninterface other { x: func(); }\nworld channel { export other; }".to_owned(),
        ),
    ] {
        std::fs::create_dir(shelf.path().join(folder)).unwrap();
        std::fs::write(shelf.path().join(folder).join("a.wit"), text).unwrap();
        freeze_in(shelf.path(), folder).unwrap();
    }
    assert_eq!(faults(shelf.path()).unwrap(), Vec::<String>::new());
    let text = std::fs::read_to_string(shelf.path().join(LIST)).unwrap();
    assert!(text.contains("a:b@0.1.0") && text.contains("a:b@0.2.0"), "{text}");
}

#[test]
fn a_released_folder_is_frozen_to_the_byte() {
    for (change, said) in [
        (
            BASE.replace("type key = u32;", "type key = u32; type added = u32;"),
            "`type added` is new; a released version never changes",
        ),
        (
            BASE.replace("at: u64", "at: u32"),
            "record item: `at: u64` became `at: u32`; a released version never changes",
        ),
        (
            format!("{BASE}\n// a word\n"),
            "its words changed, though no declaration did",
        ),
    ] {
        let shelf = tempfile::tempdir().unwrap();
        std::fs::create_dir(shelf.path().join("v0.1")).unwrap();
        let file = shelf.path().join("v0.1/a.wit");
        std::fs::write(&file, BASE).unwrap();
        freeze_in(shelf.path(), "v0.1").unwrap();
        std::fs::write(&file, change).unwrap();
        let found = faults(shelf.path()).unwrap();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].contains(said), "{found:#?}");
        assert!(
            freeze_in(shelf.path(), "v0.1")
                .unwrap_err()
                .to_string()
                .contains("released already")
        );
    }
}

#[test]
fn a_folder_or_a_record_that_is_gone_or_another_one_is_named() {
    let shelf = tempfile::tempdir().unwrap();
    std::fs::create_dir(shelf.path().join("v0.1")).unwrap();
    std::fs::write(shelf.path().join("v0.1/a.wit"), BASE).unwrap();
    freeze_in(shelf.path(), "v0.1").unwrap();
    std::fs::rename(shelf.path().join("v0.1"), shelf.path().join("v0.3")).unwrap();
    let found = faults(shelf.path()).unwrap();
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("v0.3 holds a:b@0.1.0: name the folder v0.1")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("v0.1: it was released and is gone")),
        "{found:#?}"
    );
    std::fs::write(shelf.path().join("released/v0.1.wasm"), b"\0asm").unwrap();
    let found = faults(shelf.path()).unwrap();
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("not the one that was recorded")),
        "{found:#?}"
    );
}

#[test]
fn the_contract_of_this_checkout_is_as_it_was_released() {
    let shelf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/wit");
    let released = list(&shelf).unwrap();
    assert!(
        released
            .version
            .iter()
            .any(|one| one.package == "jackfield:plugin@0.1.0"),
        "{released:?}"
    );
    assert_eq!(faults(&shelf).unwrap(), Vec::<String>::new());
}
