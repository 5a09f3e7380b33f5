//! Landlock: which files there are.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::path::PathBuf;

/// What is asked of the kernel: everything up to Linux 6.12, each part where it is known.
const ABI_ASKED: ABI = ABI::V6;

/// From here on this thread reads what is beneath `read`, writes nothing, runs nothing, listens nowhere, and reaches no
/// abstract socket and no process outside. Answers what the kernel does not hold of that.
pub(crate) fn restrict(read: &[PathBuf]) -> Result<Vec<String>, String> {
    let status = ruled(read).map_err(|error| format!("landlock: {error}"))?;
    let mut missing = Vec::new();
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced, _) => {}
        (_, LandlockStatus::NotEnabled) => missing.push(
            "landlock is built into this kernel and switched off; add landlock to `lsm=` on its command line"
                .to_owned(),
        ),
        (_, LandlockStatus::NotImplemented) => missing
            .push("this kernel has no landlock, which Linux has from 5.13 on (or a container forbids it)".to_owned()),
        (_, LandlockStatus::Available { effective_abi, .. }) => {
            // The file system is held from the first version on; what came later is TCP (6.7) and signals (6.12), and
            // seccomp forbids listening and signalling by itself.
            if effective_abi < ABI::V1 {
                missing.push("this kernel's landlock is of no known version".to_owned());
            }
        }
    }
    Ok(missing)
}

fn ruled(read: &[PathBuf]) -> Result<landlock::RestrictionStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI_ASKED))?
        .handle_access(AccessNet::BindTcp)?
        .scope(Scope::from_all(ABI_ASKED))?
        .create()?;
    let (of_file, of_folder) = (AccessFs::ReadFile.into(), AccessFs::ReadFile | AccessFs::ReadDir);
    for path in read {
        // What is not there cannot be read either.
        let Ok(opened) = PathFd::new(path) else { continue };
        let access = if path.is_dir() { of_folder } else { of_file };
        rules = rules.add_rule(PathBeneath::new(opened, access))?;
    }
    rules.restrict_self()
}
