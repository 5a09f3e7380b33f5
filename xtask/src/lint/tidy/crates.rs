//! Rules about the crates: who may know whom.

use std::collections::BTreeSet;

use super::tree::Tree;

/// A crate of the workspace, as its `Cargo.toml` says.
struct Crate {
    folder: String,
    name: String,
    /// Normal and build dependencies; what only tests use is not shipped.
    needs: BTreeSet<String>,
    lints: toml::Table,
}

fn crates(tree: &Tree) -> Vec<Crate> {
    let mut found = Vec::new();
    // Templates are projects of somebody else: their vendored SDK has a manifest of its own. Peers are no part of the
    // product: they are measured beside it. The fuzz targets are a workspace that never leaves the checkout.
    let texts = tree.texts("", &["Cargo.toml"]);
    let elsewhere = |path: &str| {
        ["plugins/templates/", "tests/peers/", "tests/fuzz/"]
            .iter()
            .any(|folder| path.starts_with(folder))
    };
    for (path, text) in texts.filter(|(path, _)| !elsewhere(path)) {
        let Ok(cargo) = text.parse::<toml::Table>() else {
            continue;
        };
        let Some(name) = cargo
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str)
        else {
            continue;
        };
        let mut needs = BTreeSet::new();
        keys(&cargo, &mut needs);
        if let Some(targets) = cargo.get("target").and_then(toml::Value::as_table) {
            targets
                .values()
                .filter_map(toml::Value::as_table)
                .for_each(|target| keys(target, &mut needs));
        }
        let lints = cargo
            .get("lints")
            .and_then(toml::Value::as_table)
            .cloned()
            .unwrap_or_default();
        found.push(Crate {
            folder: path.trim_end_matches("Cargo.toml").to_owned(),
            name: name.to_owned(),
            needs,
            lints,
        });
    }
    found
}

fn keys(table: &toml::Table, needs: &mut BTreeSet<String>) {
    for kind in ["dependencies", "build-dependencies"] {
        if let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) {
            needs.extend(dependencies.keys().cloned());
        }
    }
}

/// `one-room-knows`: below a folder, one crate alone may know a library.
const ROOMS: [(&str, &str, &str); 9] = [
    ("host/", "wasmtime", "jackfield-engine"),
    ("host/", "reqwest", "jackfield-engine"), // nothing reaches a network except through the egress policy
    ("host/", "rusqlite", "jackfield-store"),
    ("host/", "axum", "jackfield"),
    ("host/", "clap", "jackfield"),
    ("widget/", "web-sys", "jackfield-panel"),
    ("widget/", "js-sys", "jackfield-panel"),
    ("plugins/channels/", "jackfield-sdk", ""), // every one of them
    ("plugins/", "wit-bindgen", "jackfield-sdk"),
];

pub(super) fn one_room_knows(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for one in crates(tree) {
        for (below, library, only) in ROOMS {
            if !only.is_empty() && one.folder.starts_with(below) && one.name != only && one.needs.contains(library) {
                faults.push(format!("{}Cargo.toml: {library} belongs to {only} alone", one.folder));
            }
        }
        let browser = one.needs.iter().any(|need| need == "web-sys");
        if browser && !one.folder.starts_with("widget/") {
            faults.push(format!("{}Cargo.toml: web-sys belongs to the panel alone", one.folder));
        }
    }
    faults
}

/// `arrows-run-one-way`: which of our crates a crate may need. A plugin needs the SDK and nothing else of ours.
const ARROWS: [(&str, &[&str]); 17] = [
    ("host/protocol/", &[]),
    ("host/desk/", &["jackfield-protocol"]),
    ("host/insight/", &["jackfield-protocol", "jackfield-desk"]),
    ("host/store/", &["jackfield-protocol", "jackfield-desk"]),
    ("host/confine/", &[]),
    ("host/engine/", &[]),
    (
        "host/server/",
        &[
            "jackfield-protocol",
            "jackfield-desk",
            "jackfield-insight",
            "jackfield-store",
            "jackfield-confine",
            "jackfield-engine",
            "jackfield-build",
            "jackfield-conform",
            "jackfield-kit",
            "jackfield-channel-http-json", // reads mappings with the plugin's own code
        ],
    ),
    ("widget/core/", &["jackfield-protocol"]),
    ("widget/panel/", &["jackfield-protocol", "jackfield-panel-core"]),
    ("plugins/sdk/", &[]),
    ("plugins/build/", &[]),
    ("plugins/conform/", &[]),
    ("plugins/kit/", &["jackfield-engine", "jackfield-conform"]),
    ("plugins/channels/", &["jackfield-sdk"]),
    ("plugins/linear/", &["jackfield-sdk"]),
    ("plugins/triage/", &["jackfield-sdk", "jackfield-linear"]),
    ("tests/guests/", &["jackfield-sdk"]),
];

pub(super) fn arrows_run_one_way(tree: &Tree) -> Vec<String> {
    let all = crates(tree);
    let ours: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let mut faults = Vec::new();
    for one in &all {
        let Some((_, may)) = ARROWS.iter().find(|(folder, _)| one.folder.starts_with(folder)) else {
            continue;
        };
        for need in one
            .needs
            .iter()
            .filter(|need| ours.contains(need.as_str()) && !may.contains(&need.as_str()))
        {
            faults.push(format!("{}Cargo.toml: {} must not need {need}", one.folder, one.name));
        }
    }
    faults
}

/// `one-lint-table`: every crate takes the workspace's, or says the same with unsafe code denied where the whole
/// workspace forbids it, so that one place in it may allow it and say why.
pub(super) fn one_lint_table(tree: &Tree) -> Vec<String> {
    let root = tree
        .text("Cargo.toml")
        .and_then(|text| text.parse::<toml::Table>().ok());
    let ours = root
        .as_ref()
        .and_then(|root| root.get("workspace")?.get("lints")?.as_table())
        .cloned()
        .unwrap_or_default();
    let fits = |own: &toml::Table| {
        let mut own = own.clone();
        if let Some(rust) = own.get_mut("rust").and_then(toml::Value::as_table_mut)
            && rust.get("unsafe_code").and_then(toml::Value::as_str) == Some("deny")
        {
            rust.insert("unsafe_code".to_owned(), "forbid".into());
        }
        own == ours
    };
    let without = crates(tree)
        .into_iter()
        .filter(|one| !(inherits(&one.lints) || !one.lints.is_empty() && fits(&one.lints)));
    without
        .map(|one| {
            format!(
                "{}Cargo.toml: write [lints] workspace = true, or the workspace's table",
                one.folder
            )
        })
        .collect()
}

fn inherits(lints: &toml::Table) -> bool {
    lints.get("workspace").and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}")
    }

    #[test]
    fn a_second_crate_that_knows_the_sandbox_is_found() {
        let check = |rest: &str| {
            one_room_knows(&Tree::planted(&[(
                "host/desk/Cargo.toml",
                &manifest("jackfield-desk", rest),
            )]))
        };
        assert_eq!(check("[dependencies]\nserde = \"1\"").len(), 0);
        assert_eq!(check("[dependencies]\nwasmtime = \"48\"").len(), 1);
        assert_eq!(
            check("[target.'cfg(unix)'.dependencies]\nrusqlite.workspace = true").len(),
            1
        );
        assert_eq!(check("[dependencies]\nweb-sys = \"0.3\"").len(), 1);
        assert_eq!(check("[dev-dependencies]\nwasmtime = \"48\"").len(), 0);
    }

    #[test]
    fn an_arrow_that_runs_back_is_found() {
        let desk = manifest("jackfield-desk", "[dependencies]\njackfield-store.workspace = true");
        let store = manifest("jackfield-store", "[dependencies]\njackfield-desk.workspace = true");
        let tree = Tree::planted(&[("host/desk/Cargo.toml", &desk), ("host/store/Cargo.toml", &store)]);
        assert_eq!(
            arrows_run_one_way(&tree),
            ["host/desk/Cargo.toml: jackfield-desk must not need jackfield-store"]
        );
    }

    #[test]
    fn a_crate_without_the_lint_table_is_found() {
        let root = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n[workspace.lints.clippy]\npanic = \"warn\"";
        let check = |lints: &str| {
            let one = format!("[package]\nname = \"a\"\n{lints}");
            one_lint_table(&Tree::planted(&[("Cargo.toml", root), ("a/Cargo.toml", &one)])).len()
        };
        assert_eq!(check("[lints]\nworkspace = true"), 0);
        assert_eq!(
            check("[lints.rust]\nunsafe_code = \"deny\"\n[lints.clippy]\npanic = \"warn\""),
            0
        );
        assert_eq!(check(""), 1);
        assert_eq!(
            check("[lints.rust]\nunsafe_code = \"allow\"\n[lints.clippy]\npanic = \"warn\""),
            1
        );
        assert_eq!(check("[lints.rust]\nunsafe_code = \"deny\""), 1);
    }
}
