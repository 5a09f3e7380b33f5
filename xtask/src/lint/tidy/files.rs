//! Rules about what stands in files.

use super::tree::{Tree, code};

/// What a pure desk has no use for. A `HashMap` is here because its order is random from run to run.
const IMPURE: [&str; 15] = [
    "std::time",
    "core::time",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "rand::",
    "getrandom",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::io",
    "HashMap",
    "HashSet",
];

/// `desk-is-pure`: the same events give the same state, on any machine, for ever. What is reckoned from them by
/// `host/insight` is as pure.
pub(super) fn desk_is_pure(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (folder, who) in [("host/desk/src/", "the desk"), ("host/insight/src/", "insight")] {
        for (path, text) in tree.texts(folder, &[".rs"]) {
            for (at, line) in code(text) {
                for word in IMPURE.iter().filter(|word| line.contains(*word)) {
                    faults.push(format!("{path}:{at}: {who} is pure, and {word} is not"));
                }
            }
        }
    }
    faults
}

/// Longer ones have several things in them.
const LONGEST: usize = 500;
/// What is written by hand.
const WRITTEN: [&str; 11] = [
    ".rs", ".js", ".mjs", ".css", ".html", ".wit", ".py", ".md", ".toml", ".sql", "run",
];

/// `read-at-one-sitting`: no file above 500 lines.
pub(super) fn read_at_one_sitting(tree: &Tree) -> Vec<String> {
    let lines = tree
        .texts("", &WRITTEN)
        .map(|(path, text)| (path, text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path}: {lines} lines; {LONGEST} is the most: split it by what is in it"))
        .collect()
}

/// `no-machine-paths`: a path of somebody's machine helps nobody else.
pub(super) fn no_machine_paths(tree: &Tree) -> Vec<String> {
    // Put together here, so that this file does not find itself.
    let homes = ["home", "Users", "root", "work"].map(|home| format!("/{home}/"));
    let mut faults = Vec::new();
    for (path, text) in tree
        .texts("", &[""])
        .filter(|(path, _)| !path.ends_with(".lock") && !path.ends_with("-lock.json"))
    {
        for (at, line) in text.lines().enumerate() {
            for home in homes.iter().filter(|home| starts_a_path(line, home)) {
                faults.push(format!("{path}:{}: an absolute path below {home}", at + 1));
            }
        }
    }
    faults
}

/// Whether `home` stands at the start of a path and not in the middle of a longer one or of a URL.
fn starts_a_path(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-*/}$>".contains(c)))
    })
}

/// `no-ignored-tests`: a test that never runs says nothing.
pub(super) fn no_ignored_tests(tree: &Tree) -> Vec<String> {
    let mark = format!("#[{}", "ignore");
    let mut faults = Vec::new();
    for (path, text) in tree.texts("", &[".rs"]) {
        for (at, _) in code(text).filter(|(_, line)| line.trim_start().starts_with(&mark)) {
            faults.push(format!("{path}:{at}: an ignored test; mend it or take it out"));
        }
    }
    for (path, text) in tree.texts("", &[".mjs", ".test.js"]) {
        for word in ["test.only(", "test.todo(", "test.skip("] {
            if text.contains(word) {
                faults.push(format!("{path}: {word}...)"));
            }
        }
    }
    faults
}

/// `plugin-folder-is-complete`: a folder says all about its channel.
pub(super) fn plugin_folder_is_complete(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for shelf in ["plugins/channels/", "plugins/triage/"] {
        for (path, _) in tree.texts(shelf, &["/Cargo.toml"]) {
            let folder = path.trim_end_matches("Cargo.toml");
            for file in ["plugin.toml", "README.md"]
                .into_iter()
                .filter(|file| tree.text(&format!("{folder}{file}")).is_none())
            {
                faults.push(format!("{folder}{file} is missing"));
            }
        }
    }
    faults
}

/// `released-contract-is-documented`: every item of the contract has a line that says what it means.
pub(super) fn contract_is_documented(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts("plugins/wit/", &[".wit"]) {
        let mut documented = false;
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with("///") || line.starts_with("//!") {
                documented = true;
                continue;
            }
            let head = line.split([' ', ':']).next().unwrap_or("");
            let item = ["interface", "world", "record", "variant", "enum", "flags", "resource"].contains(&head)
                || line.contains(": func(")
                || line.contains(": async func(");
            // `import log;` and `export channel;` say nothing new; the interface is documented where it is defined.
            if item && !documented {
                faults.push(format!("{path}:{}: no documentation above `{line}`", at + 1));
            }
            documented = line.starts_with('@') && documented;
        }
    }
    faults
}

/// `snapshots-are-referenced`: a snapshot whose test is gone proves nothing.
pub(super) fn snapshots_are_referenced(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts("", &[".snap"]) {
        let source = text
            .lines()
            .find_map(|line| line.strip_prefix("source: "))
            .map(|source| source.trim_matches('"'));
        let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".snap");
        // crate__module__name or, for the second in one test, crate__module__name-2
        let name = file.rsplit("__").next().unwrap_or(file);
        let name = name
            .rsplit_once('-')
            .filter(|(_, n)| n.parse::<u32>().is_ok())
            .map_or(name, |(name, _)| name);
        let name = name.split('@').next().unwrap_or(name);
        let asked = source
            .and_then(|source| tree.text(source))
            .is_some_and(|text| text.contains(name));
        if !asked {
            faults.push(format!(
                "{path}: no test in {} asks for it",
                source.unwrap_or("the file it names")
            ));
        }
    }
    faults
}

/// `no-toolchain-target`: a toolchain file that lists a target makes rustup fetch it, and some places cannot.
pub(super) fn no_toolchain_target(tree: &Tree) -> Vec<String> {
    let files = ["rust-toolchain.toml", "rust-toolchain"].into_iter();
    files
        .filter(|file| tree.text(file).is_some_and(|text| text.contains("targets")))
        .map(|file| format!("{file} lists targets"))
        .collect()
}

/// `readme-code-is-tested`: the plugin in the README is, line for line, the example that the SDK's own tests compile.
pub(super) fn readme_code_is_tested(tree: &Tree) -> Vec<String> {
    let Some(readme) = tree.text("README.md") else {
        return vec!["README.md is missing".to_owned()];
    };
    let shown: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "```rust")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    let docs = tree.text("plugins/sdk/src/lib.rs").unwrap_or_default();
    let tested: Vec<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    if !shown.is_empty() && tested.windows(shown.len()).any(|lines| lines == shown) {
        return Vec::new();
    }
    vec!["README.md: its Rust example is not the one in plugins/sdk/src/lib.rs".to_owned()]
}

/// `architecture-is-true`: every path that ARCHITECTURE.md names is in the checkout. Built folders and patterns are not.
pub(super) fn architecture_is_true(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text("ARCHITECTURE.md") else {
        return vec!["ARCHITECTURE.md is missing".to_owned()];
    };
    let named = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('/') && !word.contains(['*', ' ', '<']));
    let there = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        tree.files.keys().any(|file| file == path || file.starts_with(&folder))
    };
    named
        .filter(|path| !path.starts_with("dist/") && !path.starts_with("target/") && !there(path))
        .map(|path| format!("ARCHITECTURE.md names {path}, which is not there"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each rule with a tree that it must accept and one in which it must find exactly one fault.
    #[test]
    fn each_rule_finds_the_fault_it_is_for_and_no_other() {
        type Case<'a> = (
            &'a str,
            fn(&Tree) -> Vec<String>,
            &'a [(&'a str, &'a str)],
            &'a [(&'a str, &'a str)],
        );
        let long = "x\n".repeat(LONGEST + 1);
        let fine = "x\n".repeat(LONGEST);
        let home = format!("see /{}/me/notes", "home");
        let ignored = format!("#[test]\n#[{}]\nfn x() {{}}", "ignore");
        let cases: [Case<'_>; 12] = [
            (
                "pure",
                desk_is_pure,
                &[("host/desk/src/a.rs", "// no Instant here\nfn a() {}")],
                &[("host/desk/src/a.rs", "let now = Instant::now();")],
            ),
            (
                "pure only in the desk",
                desk_is_pure,
                &[("host/store/src/a.rs", "use std::fs;")],
                &[("host/desk/src/a.rs", "use std::fs;")],
            ),
            (
                "pure in insight too",
                desk_is_pure,
                &[("host/insight/src/a.rs", "let seen = BTreeMap::new();")],
                &[("host/insight/src/a.rs", "let seen = HashMap::new();")],
            ),
            ("long", read_at_one_sitting, &[("a.rs", &fine)], &[("a.rs", &long)]),
            (
                "paths",
                no_machine_paths,
                &[("a.md", "https://example.org/home/me and tests/work/x")],
                &[("a.md", &home)],
            ),
            (
                "ignored",
                no_ignored_tests,
                &[("a.rs", "#[test]\nfn x() {}")],
                &[("a.rs", &ignored)],
            ),
            (
                "plugins",
                plugin_folder_is_complete,
                &[
                    ("plugins/triage/k/Cargo.toml", ""),
                    ("plugins/triage/k/plugin.toml", ""),
                    ("plugins/triage/k/README.md", ""),
                ],
                &[
                    ("plugins/triage/k/Cargo.toml", ""),
                    ("plugins/triage/k/plugin.toml", ""),
                ],
            ),
            (
                "contract",
                contract_is_documented,
                &[(
                    "plugins/wit/v1/a.wit",
                    "/// Why.\ninterface a {\n  /// What.\n  f: func();\n}",
                )],
                &[("plugins/wit/v1/a.wit", "/// Why.\ninterface a {\n  f: func();\n}")],
            ),
            (
                "snapshots",
                snapshots_are_referenced,
                &[
                    ("s/c__m__says-2.snap", "---\nsource: s/m.rs\n---\n"),
                    ("s/m.rs", "fn says() {}"),
                ],
                &[
                    ("s/c__m__said.snap", "---\nsource: s/m.rs\n---\n"),
                    ("s/m.rs", "fn says() {}"),
                ],
            ),
            (
                "architecture",
                architecture_is_true,
                &[
                    ("ARCHITECTURE.md", "`a/b` and `a/b/c.rs`, `x/*`, `dist/panel`, `none`"),
                    ("a/b/c.rs", ""),
                ],
                &[("ARCHITECTURE.md", "`a/b` and `a/b/d.rs`"), ("a/b/c.rs", "")],
            ),
            (
                "readme",
                readme_code_is_tested,
                &[
                    ("README.md", "x\n```rust\na\n\nb\n```"),
                    ("plugins/sdk/src/lib.rs", "//! ```\n//! a\n//!\n//! b\n//! ```"),
                ],
                &[
                    ("README.md", "x\n```rust\na\nc\n```"),
                    ("plugins/sdk/src/lib.rs", "//! ```\n//! a\n//!\n//! b\n//! ```"),
                ],
            ),
            (
                "toolchain",
                no_toolchain_target,
                &[("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95\"")],
                &[(
                    "rust-toolchain.toml",
                    "[toolchain]\ntargets = [\"wasm32-unknown-unknown\"]",
                )],
            ),
        ];
        for (name, rule, fine, faulty) in cases {
            assert_eq!(rule(&Tree::planted(fine)), Vec::<String>::new(), "{name}");
            assert_eq!(
                rule(&Tree::planted(faulty)).len(),
                1,
                "{name}: {:?}",
                rule(&Tree::planted(faulty))
            );
        }
    }
}
