//! The panel: from cargo's modules to the files that a page loads.
//!
//! There are two programs of one source: the panel as it stands in somebody else's page, and the desk, which has all that
//! and the views of a full page (`view="desk"`, feature `desk`). A page loads the one that it asks for.
//!
//! wasm-bindgen writes the glue, wasm-opt shrinks the module, esbuild takes the blanks out of the scripts, and every
//! file gets a brotli twin. The module and its glue carry a hash in their names, so a server may say `immutable`;
//! the shell, `jackfield.js`, is the one name that pages write, and learns the others at build time through the
//! constants `JACKFIELD_PANEL_JS`, `JACKFIELD_PANEL_WASM`, `JACKFIELD_DESK_JS` and `JACKFIELD_DESK_WASM`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use jackfield_build::stamp::{self, Stamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::order;
use crate::place::Place;
use crate::{npm, run};
use jackfield_build::toolchain::TARGET;

/// What Chromium, Firefox and Safari have had since 2023. Named one by one: `--all-features` would let wasm-opt
/// write imports that browsers refuse.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-multivalue",
];
/// Raise it when a step below changes what it writes.
const VERSION: &[u8] = b"panel 4";
/// What makes the packed module smallest, tried one by one on this panel: code that is not inlined repeats itself, and
/// brotli lives on repetition (113.9 KB with plain `-Oz`, 109.2 with the rest, of a panel of that day).
const SMALLEST: [&str; 14] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--always-inline-max-function-size",
    "0",
    "--one-caller-inline-max-function-size",
    "0",
    "--flexible-inline-max-function-size",
    "0",
    "--skip-pass=local-cse",
    "--strip-debug",
    "--strip-producers",
    "--low-memory-unused",
];
/// What the shell calls. Of the glue, the rest is left out.
const USED: &str = "export { default, mount, unmount, set, call, moved, styles } from \"./glue.js\";\n";
/// brotli's best, and the largest window that every browser accepts.
const BROTLI: (u32, u32) = (11, 22);
/// The programs.
pub(super) const PROGRAMS: [Program; 2] = [
    Program {
        name: "panel",
        cargo: &["--example", "panel"],
        compiling: "compiling the panel to WebAssembly",
    },
    Program {
        name: "desk",
        cargo: &["--example", "desk", "--features", "desk"],
        compiling: "compiling the desk to WebAssembly",
    },
];
/// The browsers the scripts are written for.
const BROWSERS: &str = "--target=es2022";

/// One program.
pub(super) struct Program {
    /// What its files begin with, and cargo's name of it.
    name: &'static str,
    /// How cargo is asked for it.
    pub(super) cargo: &'static [&'static str],
    /// What is said meanwhile.
    pub(super) compiling: &'static str,
}

/// `dist/panel/manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) files: Vec<Shipped>,
}

/// One file of the panel.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shipped {
    pub(crate) name: String,
    pub(crate) bytes: usize,
    pub(crate) brotli: usize,
}

impl Shipped {
    /// Whether a working `program` loads it: the shell and the program's own two files. The frame page is another way in,
    /// for pages that cannot take the element; the words of other languages are loaded by those who read them.
    pub(crate) fn needed(&self, program: &str) -> bool {
        let own = |rest: &str| rest.starts_with('-');
        self.name == "jackfield.js" || self.name.strip_prefix(program).is_some_and(own)
    }
}

/// Reads the manifest of the last build.
pub(crate) fn shipped(place: &Place) -> Result<Manifest> {
    let file = place.dist().join("panel/manifest.json");
    let text = std::fs::read(&file).with_context(|| format!("{} cannot be read", place.short(&file)))?;
    Ok(serde_json::from_slice(&text)?)
}

/// Makes `dist/panel/`.
pub(crate) fn pack(place: &Place) -> Result<()> {
    let shell = place.root.join("widget/shell");
    let mut inputs = vec![VERSION.to_vec(), std::fs::read(place.root.join("package-lock.json"))?];
    let mut modules = Vec::new();
    for program in &PROGRAMS {
        let compiled = place.wasm_target().join(TARGET).join("small/examples");
        let compiled = compiled.join(format!("{}.wasm", program.name));
        let module = std::fs::read(&compiled).with_context(|| format!("{} was not made", compiled.display()))?;
        inputs.push(module.clone());
        modules.push((program, module));
    }
    for file in files(&shell)? {
        inputs.push(place.short(&file).into_bytes());
        inputs.push(std::fs::read(&file)?);
    }
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let dist = place.dist().join("panel");
    let stamp = Stamp::of(&place.memory(), "panel", &inputs);
    if stamp.is_current(&[&dist.join("manifest.json"), &dist.join("jackfield.js")]) {
        return Ok(());
    }

    let work = place.memory().join("panel");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    std::fs::create_dir_all(&work)?;
    let (mut names, mut programs) = (Vec::new(), Vec::new());
    for (program, module) in modules {
        let (glue, small) = shrink(place, module, &work)?;
        let wasm = named(program.name, "wasm", &small);
        std::fs::write(work.join("glue.js"), glue)?;
        std::fs::write(work.join("used.js"), USED)?;
        let glue = minify(place, &work.join("used.js"), &[])?;
        let script = named(program.name, "js", &glue);
        let constant = program.name.to_uppercase();
        names.push(format!("--define:JACKFIELD_{constant}_JS={script:?}"));
        names.push(format!("--define:JACKFIELD_{constant}_WASM={wasm:?}"));
        programs.extend([(script, glue), (wasm, small)]);
    }
    let mut out = vec![(
        "jackfield.js".to_owned(),
        minify(place, &shell.join("jackfield.js"), &names)?,
    )];
    out.extend(programs);
    for file in files(&shell)? {
        let name = place.short(&file).replace("widget/shell/", "");
        if name.ends_with(".html") || name.ends_with(".json") {
            out.push((name, std::fs::read(&file)?));
        } else if name == "embed.js" {
            // The frame page has a script of its own: the policy allows no inline one.
            out.push((name, minify(place, &file, &names)?));
        }
    }
    put(&dist, &out)?;
    for file in shipped(place)?.files {
        println!(
            "  panel: {:>7} bytes, {:>6} brotli  {}",
            file.bytes, file.brotli, file.name
        );
    }
    Ok(stamp.keep()?)
}

/// The glue and the module after wasm-bindgen and wasm-opt.
fn shrink(place: &Place, module: Vec<u8>, work: &Path) -> Result<(String, Vec<u8>)> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_bytes("panel", module).web(true).map_err(words)?;
    bindgen
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen
        .generate_output()
        .map_err(words)
        .context("wasm-bindgen refused the panel")?;
    let mut glue = output.js().to_owned();
    // The names of imports carry hashes, which no packing makes smaller; a number says as much to both sides.
    for (number, import) in output.wasm_mut().imports.iter_mut().enumerate() {
        if import.name.starts_with("__wb") {
            let short = format!("$i{number}");
            glue = glue.replace(&import.name, &short);
            import.name = short;
        }
    }
    let (before, after) = (work.join("before.wasm"), work.join("after.wasm"));
    std::fs::write(&before, output.wasm_mut().emit_wasm())?;
    let mut opt = npm::tool(place, "wasm-opt");
    opt.args(SMALLEST).args(FEATURES);
    opt.arg(&before).arg("-o").arg(&after);
    run::step(place, "wasm-opt", &mut opt)?;
    std::fs::write(&before, order::named_by_likeness(&std::fs::read(&after)?)?)?;
    let mut opt = npm::tool(place, "wasm-opt");
    opt.args(["--reorder-functions-by-name", "--strip-debug", "--strip-producers"]);
    opt.args(FEATURES).arg(&before).arg("-o").arg(&after);
    run::step(place, "ordering the functions", &mut opt)?;
    Ok((glue, std::fs::read(after)?))
}

fn words(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error:#}")
}

/// One module without blanks, its own imports taken in; a style sheet that is imported becomes a text.
fn minify(place: &Place, file: &Path, more: &[String]) -> Result<Vec<u8>> {
    let mut esbuild = npm::tool(place, "esbuild");
    esbuild.arg(file).args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--charset=utf8",
        "--loader:.css=text",
        BROWSERS,
    ]);
    esbuild.args(more).current_dir(&place.root);
    let text = run::quiet(&mut esbuild).with_context(|| format!("{} cannot be packed", place.short(file)))?;
    Ok(text.into_bytes())
}

/// `panel-<first 16 hex of its hash>.js`.
fn named(stem: &str, ending: &str, bytes: &[u8]) -> String {
    let hash: String = hex::encode(Sha256::digest(bytes)).chars().take(16).collect();
    format!("{stem}-{hash}.{ending}")
}

/// Writes the files, their brotli twins and the manifest into a folder that holds nothing else.
fn put(dist: &Path, out: &[(String, Vec<u8>)]) -> Result<()> {
    if dist.exists() {
        std::fs::remove_dir_all(dist)?;
    }
    let mut manifest = Manifest { files: Vec::new() };
    for (name, bytes) in out {
        let packed = brotli(bytes)?;
        stamp::write(&dist.join(name), bytes)?;
        stamp::write(&dist.join(format!("{name}.br")), &packed)?;
        manifest.files.push(Shipped {
            name: name.clone(),
            bytes: bytes.len(),
            brotli: packed.len(),
        });
    }
    stamp::write(&dist.join("manifest.json"), &serde_json::to_vec_pretty(&manifest)?)?;
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let (quality, window) = BROTLI;
    let mut writer = brotli::CompressorWriter::new(&mut packed, 1 << 16, quality, window);
    writer.write_all(bytes)?;
    drop(writer);
    Ok(packed)
}

/// Every file of a folder and of those in it, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_its_content() {
        let one = named("panel", "js", b"one");
        assert_ne!(one, named("panel", "js", b"two"));
        assert_eq!(one.len(), "panel-.js".len() + 16);
    }

    #[test]
    fn what_is_packed_can_be_unpacked_and_the_manifest_tells_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("panel");
        let text = b"the same words, the same words, the same words".to_vec();
        put(&dist, &[("a.js".to_owned(), text.clone())]).unwrap();
        let packed = std::fs::read(dist.join("a.js.br")).unwrap();
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut plain).unwrap();
        assert_eq!(plain, text);
        let manifest: Manifest = serde_json::from_slice(&std::fs::read(dist.join("manifest.json")).unwrap()).unwrap();
        let file = manifest.files.first().unwrap();
        assert_eq!((file.bytes, file.brotli), (text.len(), packed.len()));
    }

    #[test]
    fn a_program_needs_the_shell_and_its_own_two_files() {
        let needed = |name: &str, program: &str| {
            Shipped {
                name: name.to_owned(),
                bytes: 1,
                brotli: 1,
            }
            .needed(program)
        };
        for name in ["jackfield.js", "panel-0123456789abcdef.wasm"] {
            assert!(needed(name, "panel"), "{name}");
        }
        for name in ["desk-0123456789abcdef.js", "words-de.json", "embed.html"] {
            assert!(!needed(name, "panel"), "{name}");
        }
        assert!(needed("desk-0123456789abcdef.js", "desk"));
    }

    #[test]
    fn a_file_of_an_earlier_build_does_not_stay() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("panel");
        put(&dist, &[("old.js".to_owned(), b"1".to_vec())]).unwrap();
        put(&dist, &[("new.js".to_owned(), b"2".to_vec())]).unwrap();
        assert!(!dist.join("old.js").exists() && dist.join("new.js").exists());
    }
}
