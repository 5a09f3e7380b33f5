//! `cargo xtask demo --check`: what a person would see first, asked by a program.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::child::Running;
use super::http::{self, Answer};

/// The policy that the demo page is served with: nothing but our own files, no markup from strings.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'";
/// The stand-in's people write every half second; polling, triage and a busy machine come on top.
const ARRIVAL: Duration = Duration::from_secs(60);

/// Asks everything; says what is good and what is not.
pub(super) fn all(port: u16, host: &mut Running) -> Result<bool> {
    type Check = (&'static str, fn(u16) -> Result<()>);
    let checks: [Check; 4] = [
        ("the page is there, under its strict policy", page),
        ("every file of the panel is there", panel),
        ("a token is minted, and the API knows the agent", agent),
        ("a post of the stand-in arrives in the list", arrival),
    ];
    let mut good = true;
    for (name, check) in checks {
        host.still_runs()?;
        match check(port) {
            Ok(()) => println!("demo: {name}: yes"),
            Err(error) => {
                println!("demo: {name}: NO: {error:#}");
                good = false;
            }
        }
    }
    Ok(good)
}

fn get(port: u16, path: &str) -> Result<Answer> {
    let answer = http::ask(port, "GET", path, &[], "")?;
    ensure!(answer.status == 200, "GET {path}: {}", answer.status);
    Ok(answer)
}

fn page(port: u16) -> Result<()> {
    let page = get(port, "/")?;
    ensure!(
        page.header("content-type").starts_with("text/html"),
        "content-type: {}",
        page.header("content-type")
    );
    let policy = page.header("content-security-policy");
    ensure!(policy == POLICY, "content-security-policy: {policy}");
    ensure!(
        String::from_utf8_lossy(&page.body).contains("<jackfield-panel"),
        "no panel in the page"
    );
    for name in ["/agent.html", "/desk.html"] {
        get(port, name)?;
    }
    Ok(())
}

fn panel(port: u16) -> Result<()> {
    let shell = get(port, "/jackfield.js")?;
    ensure!(
        shell.header("content-type").contains("javascript"),
        "jackfield.js: {}",
        shell.header("content-type")
    );
    let text = String::from_utf8_lossy(&shell.body).into_owned();
    let kinds = [(".js", "javascript"), (".wasm", "application/wasm")];
    for (stem, (ending, kind)) in ["panel-", "desk-"]
        .into_iter()
        .flat_map(|stem| kinds.map(|kind| (stem, kind)))
    {
        let name = hashed(&text, stem, ending).with_context(|| format!("the shell names no {stem}...{ending}"))?;
        let file = get(port, &format!("/panel/{name}"))?;
        ensure!(
            file.header("content-type").contains(kind),
            "{name}: {}",
            file.header("content-type")
        );
        ensure!(
            file.header("cache-control").contains("immutable"),
            "{name}: {}",
            file.header("cache-control")
        );
    }
    Ok(())
}

/// `panel-0123456789abcdef.js` in a text.
fn hashed<'a>(text: &'a str, stem: &str, ending: &str) -> Option<&'a str> {
    text.match_indices(stem).find_map(|(at, stem)| {
        let end = at + stem.len() + 16;
        let hash = text.get(at + stem.len()..end)?;
        let fits = hash.chars().all(|c| c.is_ascii_hexdigit()) && text.get(end..)?.starts_with(ending);
        if fits { text.get(at..end + ending.len()) } else { None }
    })
}

fn token(port: u16) -> Result<String> {
    let origin = format!("http://127.0.0.1:{port}");
    let answer = http::ask(
        port,
        "POST",
        "/demo/token",
        &[("Origin", &origin), ("Content-Type", "application/json")],
        "{}",
    )?;
    ensure!(
        answer.status == 200,
        "POST /demo/token: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    let token = answer
        .json()?
        .get("token")
        .and_then(serde_json::Value::as_str)
        .map(str::to_owned);
    token.context("POST /demo/token: no `token` in the answer")
}

fn api(port: u16, path: &str) -> Result<serde_json::Value> {
    let bearer = format!("Bearer {}", token(port)?);
    let origin = format!("http://127.0.0.1:{port}");
    let answer = http::ask(
        port,
        "GET",
        path,
        &[("Authorization", &bearer), ("Origin", &origin)],
        "",
    )?;
    ensure!(
        answer.status == 200,
        "GET {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()
}

fn agent(port: u16) -> Result<()> {
    let refused = http::ask(port, "GET", "/api/v1/me", &[], "")?;
    ensure!(
        refused.status == 401,
        "without a token /api/v1/me answers {}",
        refused.status
    );
    let me = api(port, "/api/v1/me")?;
    ensure!(me.is_object(), "{me}");
    Ok(())
}

fn arrival(port: u16) -> Result<()> {
    let until = Instant::now() + ARRIVAL;
    loop {
        let page = api(port, "/api/v1/conversations")?;
        let rows = page
            .as_object()
            .and_then(|page| page.values().find_map(serde_json::Value::as_array));
        if rows.is_some_and(|rows| !rows.is_empty()) {
            return Ok(());
        }
        ensure!(
            Instant::now() < until,
            "nothing within {} s; the list is {page}",
            ARRIVAL.as_secs()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashed_names_are_found_in_the_shell() {
        let text = "const a=\"panel-x.js\",b=\"panel-0123456789abcdef.js\",c=\"panel-fedcba9876543210.wasm\";";
        assert_eq!(hashed(text, "panel-", ".js"), Some("panel-0123456789abcdef.js"));
        assert_eq!(hashed(text, "panel-", ".wasm"), Some("panel-fedcba9876543210.wasm"));
        assert_eq!(hashed(text, "panel-", ".css"), None);
    }
}
