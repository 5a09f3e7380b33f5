//! `jackfield init`: a configuration that runs as it is.

use super::say;
use crate::config::{check_name, check_origin};
use clap::Args;
use jackfield_store::{SqliteOptions, SqliteStore};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder; it is made where it is not there.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The name of the workspace.
    #[arg(long, default_value = "demo")]
    workspace: String,
    /// A brand; may be given several times.
    #[arg(long, default_value = "northwind")]
    brand: Vec<String>,
    /// An origin whose pages may show the panel, as browsers write it; may be given several times.
    #[arg(long, value_name = "URL")]
    origin: Vec<String>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDRESS")]
    listen: std::net::SocketAddr,
}

impl Init {
    pub(super) fn run(&self) -> Result<(), String> {
        check_name(&self.workspace).map_err(|why| format!("--workspace: {why}"))?;
        for brand in &self.brand {
            check_name(brand).map_err(|why| format!("--brand: {why}"))?;
        }
        for origin in &self.origin {
            check_origin(origin).map_err(|why| format!("--origin: {why}"))?;
        }
        let config = self.dir.join("jackfield.toml");
        if config.exists() {
            return Err(format!(
                "{} is there already and stays as it is. Choose another folder with --dir",
                config.display()
            ));
        }
        std::fs::create_dir_all(&self.dir).map_err(|error| format!("{}: {error}", self.dir.display()))?;
        let key = self.dir.join("issuer.key");
        write(&key, &random_hex(), true)?;
        write(&config, &self.text(), false)?;
        SqliteStore::open(&self.dir.join("jackfield.db"), &SqliteOptions::default())
            .map_err(|error| error.to_string())?;
        say(&format!(
            "Wrote {}, {} and an empty database.",
            config.display(),
            key.display()
        ))?;
        say(&format!("Next: jackfield serve --config {}", config.display()))
    }

    fn text(&self) -> String {
        let list = |texts: &[String]| {
            texts
                .iter()
                .map(|text| format!("{text:?}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut own = vec![format!("http://{}", self.listen)];
        if self.listen.ip().is_loopback() {
            own.push(format!("http://localhost:{}", self.listen.port()));
        }
        let origins = if self.origin.is_empty() {
            list(&own)
        } else {
            list(&self.origin)
        };
        format!(
            "# Jackfield. Paths count from this file. Secrets never stand here: file:PATH or env:NAME say where they are.\n\
             listen = \"{}\"\n\
             database = \"jackfield.db\"\n\
             cache = \"cache\" # compiled plugins, and the key that authenticates them\n\n\
             # Whose tokens are believed: the server of the page that shows the panel signs them.\n\
             [[issuer]]\n\
             name = \"crm\"\n\
             algorithm = \"HS256\" # or RS256, EdDSA with a public key\n\
             key = \"file:issuer.key\"\n\
             workspace = \"{}\"\n\
             brands = [{}]\n\
             origins = [{origins}]\n\n\
             [triage]\n\
             plugins = [\"keywords\"]\n",
            self.listen,
            self.workspace,
            list(&self.brand),
        )
    }
}

fn random_hex() -> String {
    // 256 bits: as long as the hash, as RFC 7518 asks.
    hex::encode(rand::random::<[u8; 32]>())
}

fn write(path: &Path, text: &str, private: bool) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if private { 0o600 } else { 0o644 });
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("{}: {error}. Choose another folder with --dir", path.display()))
}
