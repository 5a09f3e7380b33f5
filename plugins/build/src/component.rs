//! A core module to a component.

use crate::Problem;

/// wit-bindgen left the contract in a custom section of the module; the encoder reads it, and validates what it writes.
pub fn component_of(module: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut encoder = wit_component::ComponentEncoder::default();
    encoder
        .module(module)
        .map_err(|error| Problem(format!("this is no module with the contract in it: {error:#}")))?;
    encoder.validate(true);
    encoder
        .encode()
        .map_err(|error| Problem(format!("the module does not become a component: {error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_refused_in_words() {
        let problem = component_of(b"not wasm").unwrap_err();
        assert!(problem.to_string().contains("no module"), "{problem}");
    }
}
