//! Plugins as their authors ship them: the next version of a bundled one, packed and signed with the real program.

use crate::host::Folder;
use crate::places::dist;
use std::path::Path;

/// The operator's token of [`trusting`].
pub const ADMIN: &str = "an-admin-token-of-the-tests-0123456789";

/// The bundled plugin as if its author had given it the next number, with these words in its manifest replaced.
pub fn next_version(folder: &Path, name: &str, version: &str, from: &str, to: &str) {
    let made = dist().join("plugins").join(name);
    other_version(&made, folder, name, version, from, to);
}

/// [`next_version`] of a plugin whose files are in `made`.
pub fn other_version(made: &Path, folder: &Path, name: &str, version: &str, from: &str, to: &str) {
    let of = |file: &str| std::fs::read(made.join(file)).expect("the plugin was built");
    let mut wasm = of("plugin.wasm");
    replace(&mut wasm, &format!("{name}0.1.0"), &format!("{name}{version}"));
    let toml = String::from_utf8(of("plugin.toml")).expect("a manifest is text");
    let toml = toml.replace("version = \"0.1.0\"", &format!("version = \"{version}\""));
    assert!(toml.contains(from), "{from} is not in the manifest");
    std::fs::create_dir_all(folder).expect("the folder can be written");
    std::fs::write(folder.join("plugin.wasm"), wasm).expect("the folder can be written");
    std::fs::write(folder.join("plugin.toml"), toml.replace(from, to)).expect("the folder can be written");
    std::fs::write(folder.join("README.md"), "# The next one\n").expect("the folder can be written");
}

/// Other words of the same length in a component, wherever the first ones stand.
pub fn replace(wasm: &mut [u8], from: &str, to: &str) {
    assert_eq!(from.len(), to.len(), "a component is not moved");
    let mut found = 0;
    for at in 0..wasm.len().saturating_sub(from.len()) {
        if wasm[at..].starts_with(from.as_bytes()) {
            wasm[at..at + to.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "{from} is not in the component");
}

/// Lets the configuration of a folder trust a key that is made there, with the admin API on.
pub async fn trusting(folder: &Folder) {
    let made = folder.cli_ok(&["plugin", "keygen", "acme.key"]).await;
    let key = made.split("key = \"").nth(1).and_then(|rest| rest.split('"').next());
    let key = key.expect("keygen prints the line for the configuration").to_owned();
    folder.secret("admin.token", ADMIN.as_bytes());
    folder.configure(|config| {
        let more: toml::Table = toml::from_str(&format!(
            "[admin]\ntoken = 'file:admin.token'\n[plugins]\ntrusted-keys = [{{ name = 'acme', key = '{key}' }}]"
        ))
        .expect("written above");
        config.extend(more);
    });
}

/// Packs and signs a source folder below `folder`; the name of the file.
pub async fn signed(folder: &Folder, source: &str, file: &str) -> String {
    let source = folder.path().join(source).display().to_string();
    folder.cli_ok(&["plugin", "pack", &source, "--out", file]).await;
    folder.cli_ok(&["plugin", "sign", file, "--key", "acme.key"]).await;
    file.to_owned()
}
