//! The invariants of ARCHITECTURE.md that a compiler does not hold.
//!
//! Each rule is a named function from the tree of files to what is wrong with it, so that its tests can plant the
//! fault it is for. `cargo xtask lint` runs them all over the checkout.

mod crates;
mod files;
mod markup;
mod tree;

use anyhow::{Result, bail};

use crate::place::Place;
use tree::Tree;

/// A rule: its name, as in ARCHITECTURE.md, and its check.
type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: [Rule; 16] = [
    ("one-room-knows", crates::one_room_knows),
    ("arrows-run-one-way", crates::arrows_run_one_way),
    ("one-lint-table", crates::one_lint_table),
    ("desk-is-pure", files::desk_is_pure),
    ("read-at-one-sitting", files::read_at_one_sitting),
    ("no-machine-paths", files::no_machine_paths),
    ("no-ignored-tests", files::no_ignored_tests),
    ("plugin-folder-is-complete", files::plugin_folder_is_complete),
    ("released-contract-is-documented", files::contract_is_documented),
    ("snapshots-are-referenced", files::snapshots_are_referenced),
    ("readme-code-is-tested", files::readme_code_is_tested),
    ("architecture-is-true", files::architecture_is_true),
    ("no-toolchain-target", files::no_toolchain_target),
    ("no-markup-from-strings", markup::no_markup_from_strings),
    ("strict-pages", markup::strict_pages),
    ("listens-inside", markup::listens_inside),
];

/// Runs every rule over the checkout.
pub(super) fn check(place: &Place) -> Result<()> {
    let tree = Tree::of_checkout(place)?;
    let mut found = Vec::new();
    for (name, rule) in RULES {
        found.extend(rule(&tree).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    if found.is_empty() {
        println!("> tidy: {} rules over {} files", RULES.len(), tree.files.len());
        return Ok(());
    }
    bail!("{}\ntidy: {} faults", found.join("\n"), found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let mut names: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn architecture_names_every_rule() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md")).unwrap();
        for (name, _) in RULES {
            assert!(
                text.contains(&format!("`{name}`")),
                "ARCHITECTURE.md does not say what `{name}` holds"
            );
        }
    }
}
