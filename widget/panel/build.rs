//! Takes comments and blanks out of the style sheet: what only its readers need does not travel to every page.

use std::{env, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=src/panel.css");
    println!("cargo::rerun-if-changed=src/desk.css");
    let mut css = fs::read_to_string("src/panel.css")?;
    if env::var_os("CARGO_FEATURE_DESK").is_some() {
        css.push_str(&fs::read_to_string("src/desk.css")?);
    }
    while let (Some(start), Some(length)) = (css.find("/*"), css.find("/*").and_then(|at| css[at..].find("*/"))) {
        css.replace_range(start..start + length + 2, "");
    }
    let lines: Vec<&str> = css.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut css = lines.join("");
    for (long, short) in [
        (" {", "{"),
        ("{ ", "{"),
        (" }", "}"),
        ("; ", ";"),
        (": ", ":"),
        (", ", ","),
        (";}", "}"),
        (" > ", ">"),
    ] {
        css = css.replace(long, short);
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("panel.css"), css)?;
    Ok(())
}
