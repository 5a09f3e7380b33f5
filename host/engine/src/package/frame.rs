//! Whether every length in a component is one that its bytes can have.
//!
//! The decoder of its types reads as if from a network: told that four gigabytes follow, it makes room for them before
//! it finds that they do not. So the lengths it believes are looked at first: those of sections, of modules and
//! components inside, and of the functions of a module.

use super::{PackageError, layout::number};

/// Components inside components: tools make two or three.
const DEEPEST: usize = 16;
const HEADER: usize = 8;

const MODULE: u8 = 1;
const COMPONENT: u8 = 4;
const CODE: u8 = 10;

/// What the bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Component,
    Module,
}

/// Refuses a component with a length that runs past the bytes it is in.
pub(super) fn whole(component: &[u8]) -> Result<(), PackageError> {
    walk(component, Of::Component, 0)
}

fn walk(bytes: &[u8], of: Of, depth: usize) -> Result<(), PackageError> {
    let broken = |what: &str| PackageError::Broken(what.to_owned());
    if depth > DEEPEST {
        return Err(broken("it has components inside components without end"));
    }
    let mut rest = bytes
        .get(HEADER..)
        .ok_or_else(|| broken("a component or module in it is cut off"))?;
    while let Some((id, after)) = rest.split_first() {
        let (size, after) = number(after).ok_or_else(|| broken("the length of a section cannot be read"))?;
        let (content, after) = after
            .split_at_checked(size)
            .ok_or_else(|| broken("a section in it is longer than what it is in"))?;
        rest = after;
        match (of, *id) {
            (Of::Component, MODULE) => walk(content, Of::Module, depth + 1)?,
            (Of::Component, COMPONENT) => walk(content, Of::Component, depth + 1)?,
            (Of::Module, CODE) => {
                functions(content).ok_or_else(|| broken("a function in it is longer than its code"))?
            }
            _ => {}
        }
    }
    Ok(())
}

/// Each function's length fits into the section.
fn functions(content: &[u8]) -> Option<()> {
    let (count, mut rest) = number(content)?;
    for _ in 0..count {
        let (size, after) = number(rest)?;
        rest = after.get(size..)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with this module in it.
    fn with(module: &[u8]) -> Vec<u8> {
        let mut all = b"\0asm\x0d\0\x01\0\x01".to_vec();
        all.push(module.len() as u8);
        all.extend_from_slice(module);
        all
    }

    #[test]
    fn a_length_that_runs_past_its_bytes_is_refused_at_every_depth() {
        let head = b"\0asm\x01\0\0\0";
        let module = |rest: &[u8]| [&head[..], rest].concat();
        // A type section; a code section of one function of two bytes.
        for good in [&module(b"\x01\x01\0"), &module(b"\x0a\x04\x01\x02\0\x0b"), &module(b"")] {
            assert!(whole(&with(good)).is_ok(), "{good:?}");
        }
        for bad in [
            &module(b"\x01\xff\xff\xff\xff\x0f"),
            &module(b"\x0a\x07\x01\xff\xff\xff\xff\x0f\0"),
            &module(b"\x0a\x02\x7f\0"),
            &b"\0asm".to_vec(),
        ] {
            assert!(whole(&with(bad)).is_err(), "{bad:?}");
        }
        let mut deep = b"\0asm\x0d\0\x01\0".to_vec();
        for _ in 0..10 {
            deep = [&b"\0asm\x0d\0\x01\0\x04"[..], &[deep.len() as u8], &deep].concat();
        }
        assert!(whole(&deep).is_ok());
    }
}
