//! `jackfield plugin sign` and `keygen`.

use super::super::say;
use super::pack::{read, write};
use clap::Args;
use jackfield_engine::package::SigningKey;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in super::super) struct Sign {
    /// The package.
    file: PathBuf,
    /// The private key: what `jackfield plugin keygen` or `openssl genpkey -algorithm ed25519` made.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

#[derive(Debug, Args)]
pub(in super::super) struct Keygen {
    /// Where the private key goes; a file that is there is never overwritten.
    file: PathBuf,
}

impl Sign {
    pub(super) fn run(&self) -> Result<(), String> {
        let key = SigningKey::read(&self.key).map_err(|error| error.to_string())?;
        let package = read(&self.file)?.sign(&key);
        write(&self.file, &package.bytes())?;
        say(&format!(
            "{} is signed by {}, sha256 {}",
            package.manifest().title(),
            key.public(),
            package.digest()
        ))
    }
}

impl Keygen {
    pub(super) fn run(&self) -> Result<(), String> {
        let key = SigningKey::generate();
        key.write(&self.file).map_err(|error| error.to_string())?;
        say(&format!(
            "The private key is in {}. Keep it: who has it can sign as you.",
            self.file.display()
        ))?;
        say("A host believes it once its operator adds, under [plugins]:")?;
        say(&format!(
            "  trusted-keys = [{{ name = \"YOUR-NAME\", key = \"{}\" }}]",
            key.public()
        ))
    }
}
