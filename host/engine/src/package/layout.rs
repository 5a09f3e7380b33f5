//! Where the parts stand in the file: the component, then our sections in one order, nothing after them.
//!
//! A component is a header and sections; an unknown custom section is skipped by every reader, so the file stays a
//! component that any tool can open. Only the frame of sections is read here, never what is in them, and every length
//! is checked against what is left. A file is taken only when the parts put together again give the same bytes: there
//! is one spelling of a package, and nothing can be hidden between the parts.

use super::{MANIFEST_BYTES, PACKAGE_BYTES, PackageError, README_BYTES, SIGNATURE_BYTES};

/// What a component begins with: the magic word, version 13, layer 1.
const HEADER: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// Sections of a component in one file: real ones have some dozens.
const MOST_SECTIONS: usize = 100_000;

const OURS: &str = "jackfield:";
/// Our sections, in their order, with the most bytes of each.
const ORDER: [(&str, usize); 3] = [
    ("jackfield:manifest", MANIFEST_BYTES),
    ("jackfield:readme", README_BYTES),
    ("jackfield:signature", SIGNATURE_BYTES),
];

/// The parts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout<'a> {
    pub(super) component: &'a [u8],
    pub(super) manifest: &'a [u8],
    pub(super) readme: Option<&'a [u8]>,
    pub(super) signature: Option<&'a [u8]>,
}

/// Takes a file apart.
pub(super) fn split(bytes: &[u8]) -> Result<Layout<'_>, PackageError> {
    if bytes.len() > PACKAGE_BYTES {
        return Err(PackageError::TooLarge("the file", bytes.len(), PACKAGE_BYTES));
    }
    let (component, ours) = bare(bytes)?;
    let mut found: [Option<&[u8]>; 3] = [None; 3];
    let mut reached = 0;
    for (name, content) in ours {
        let place = ORDER.iter().position(|(known, _)| *known == name);
        let Some(place) = place else {
            return Err(PackageError::Broken(format!(
                "it has a section `{}` that this version does not know",
                shown(name)
            )));
        };
        if found.get(place).is_some_and(Option::is_some) {
            return Err(PackageError::Broken(format!("it has two sections `{name}`")));
        }
        if place < reached {
            return Err(PackageError::Broken(format!(
                "its section `{name}` stands in the wrong place"
            )));
        }
        let most = ORDER.get(place).map_or(0, |(_, most)| *most);
        if content.len() > most {
            return Err(PackageError::TooLarge("a section", content.len(), most));
        }
        reached = place;
        if let Some(slot) = found.get_mut(place) {
            *slot = Some(content);
        }
    }
    let [Some(manifest), readme, signature] = found else {
        return Err(PackageError::NoManifest);
    };
    let layout = Layout {
        component,
        manifest,
        readme,
        signature,
    };
    if layout.join() != bytes {
        return Err(PackageError::Broken(
            "its sections are not written the one way that they are written".to_owned(),
        ));
    }
    Ok(layout)
}

/// Our sections of a file, by name.
type Ours<'a> = Vec<(&'a str, &'a [u8])>;

/// The component without our sections, and these.
pub(super) fn bare(bytes: &[u8]) -> Result<(&[u8], Ours<'_>), PackageError> {
    let broken = |what: &str| PackageError::Broken(what.to_owned());
    if bytes.get(..4) != Some(&[0, b'a', b's', b'm']) {
        return Err(PackageError::NotComponent("no WebAssembly"));
    }
    let Some(mut rest) = bytes.strip_prefix(&HEADER) else {
        return Err(PackageError::NotComponent(
            "a core module, or a component of another version",
        ));
    };
    let mut end = None;
    let mut ours: Ours<'_> = Vec::new();
    for _ in 0..MOST_SECTIONS {
        let at = bytes.len() - rest.len();
        let Some((id, after)) = rest.split_first() else {
            let component = bytes.get(..end.unwrap_or(at)).unwrap_or_default();
            return Ok((component, ours));
        };
        let (size, after) = number(after).ok_or_else(|| broken("the length of a section cannot be read"))?;
        let (content, after) = after
            .split_at_checked(size)
            .ok_or_else(|| broken("a section is longer than the file"))?;
        rest = after;
        let named = if *id == 0 { name(content) } else { None };
        match named.filter(|(name, _)| name.starts_with(OURS)) {
            Some(section) => {
                end.get_or_insert(at);
                ours.push(section);
            }
            None if end.is_some() => return Err(broken("something stands behind its `jackfield:` sections")),
            None => {}
        }
    }
    Err(broken("it has too many sections"))
}

/// The name of a custom section and what follows it.
fn name(content: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(content)?;
    let (name, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(name).ok()?, rest))
}

/// LEB128 of at most 32 bits.
pub(super) fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value: u64 = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, bytes.get(place + 1..)?));
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

impl Layout<'_> {
    /// The file.
    pub(super) fn join(&self) -> Vec<u8> {
        let mut out = self.component.to_vec();
        let parts = [Some(self.manifest), self.readme, self.signature];
        for ((name, _), content) in ORDER.iter().zip(parts) {
            let Some(content) = content else { continue };
            let mut section = Vec::with_capacity(content.len() + 32);
            put_number(&mut section, name.len());
            section.extend_from_slice(name.as_bytes());
            section.extend_from_slice(content);
            out.push(0);
            put_number(&mut out, section.len());
            out.extend_from_slice(&section);
        }
        out
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}
