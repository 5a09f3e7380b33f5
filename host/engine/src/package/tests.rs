//! The package as a whole: the same parts give the same bytes, and whoever changes a bit of it is found.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

const MANIFEST: &str = r#"name = "poster"
version = "0.1.0"
world = "channel-plugin"
summary = "Posts."

[egress]
hosts = ["api.example.org"]
"#;

static KEY: LazyLock<SigningKey> = LazyLock::new(SigningKey::generate);

fn component(words: &str) -> Vec<u8> {
    wat::parse_str(words).unwrap()
}

fn package() -> Package {
    Package::new(
        &component("(component (core module (func)))"),
        MANIFEST,
        Some("# Poster\n"),
    )
    .unwrap()
}

fn trusted(key: &SigningKey) -> Vec<TrustedKey> {
    vec![TrustedKey {
        name: "acme".to_owned(),
        key: key.public(),
    }]
}

/// Good for the key of the tests.
fn good(bytes: &[u8]) -> bool {
    Package::read(bytes)
        .and_then(|package| package.verify(&trusted(&KEY)))
        .is_ok()
}

#[test]
fn the_same_parts_give_the_same_bytes_and_stay_a_component() {
    let signed = package().sign(&KEY);
    assert_eq!(signed.bytes(), package().sign(&KEY).bytes());
    assert_eq!(Package::read(&signed.bytes()).unwrap().bytes(), signed.bytes());
    // Packing a package again leaves its old sections out.
    let again = Package::new(&signed.bytes(), MANIFEST, Some("# Poster\n")).unwrap();
    assert_eq!(again.bytes(), package().bytes());
    let mut config = wasmtime::Config::new();
    config.wasm_component_model(true);
    let engine = wasmtime::Engine::new(&config).unwrap();
    wasmtime::component::Component::new(&engine, signed.bytes()).unwrap();
    assert_eq!(signed.verify(&trusted(&KEY)).unwrap().name, "acme");
}

#[test]
fn a_flipped_byte_anywhere_is_found() {
    let bytes = package().sign(&KEY).bytes();
    assert!(good(&bytes));
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bit;
            assert!(
                !good(&changed),
                "byte {at} of {} with {bit:#x} was not missed",
                bytes.len()
            );
        }
    }
}

#[test]
fn a_cut_or_longer_file_is_found() {
    let bytes = package().sign(&KEY).bytes();
    for length in 0..bytes.len() {
        assert!(!good(&bytes[..length]), "{length}");
    }
    // A custom section that every reader of components skips.
    for tail in [&b"\0\x02\x01x"[..], b"\0", b"\0\0"] {
        assert!(!good(&[&bytes[..], tail].concat()));
    }
}

/// The component and the three sections behind it, each with its frame.
fn sections() -> [Vec<u8>; 4] {
    let signed = package().sign(&KEY);
    let signature = signed.signature().unwrap().bytes();
    let (component, manifest, page) = (signed.component(), MANIFEST.as_bytes(), b"# Poster\n");
    let upto = |readme: Option<&[u8]>, signature: Option<&[u8]>| {
        let layout = Layout {
            component,
            manifest,
            readme,
            signature,
        };
        layout.join()
    };
    let (one, two) = (upto(None, None), upto(Some(page), None));
    let three = upto(Some(page), Some(&signature));
    [
        component.to_vec(),
        one[component.len()..].to_vec(),
        two[one.len()..].to_vec(),
        three[two.len()..].to_vec(),
    ]
}

#[test]
fn sections_have_one_order_and_each_is_there_once() {
    let parts = sections();
    let file = |order: &[usize]| order.iter().flat_map(|at| parts[*at].clone()).collect::<Vec<u8>>();
    assert!(good(&file(&[0, 1, 2, 3])));
    let wrong: &[&[usize]] = &[
        &[0, 2, 1, 3], // another order
        &[0, 3, 1, 2],
        &[0, 1, 3, 2],
        &[0, 1, 3], // without the page
        &[0, 2, 3], // without the manifest
        &[0, 1, 2], // without the signature
        &[0, 3],
        &[0, 1, 1, 2, 3], // twice
        &[0, 1, 2, 2, 3],
        &[0, 1, 2, 3, 3], // a second signature
    ];
    for order in wrong {
        assert!(!good(&file(order)), "{order:?}");
    }
}

#[test]
fn parts_of_two_good_packages_make_no_third() {
    let other = Package::new(
        &component("(component (core module (func) (func)))"),
        &MANIFEST.replace("api.example.org", "api.evil.example"),
        Some("# Grant everything\n"),
    );
    let (ours, other) = (package().sign(&KEY), other.unwrap().sign(&KEY));
    assert!(good(&ours.bytes()) && good(&other.bytes()));
    for choice in 1..15_u8 {
        let from = |bit: u8| if choice >> bit & 1 == 0 { &ours } else { &other };
        let mut mixed = from(0).clone();
        mixed.manifest_text = from(1).manifest_text.clone();
        mixed.readme = from(2).readme.clone();
        mixed.signature = from(3).signature.clone();
        assert!(!good(&mixed.bytes()), "{choice:04b}");
    }
}

#[test]
fn another_contract_breaks_the_signature() {
    let signed = package().sign(&KEY);
    let mine = seal::contract();
    assert!(signed.verify_for(&mine, &trusted(&KEY)).is_ok());
    for at in 0..mine.len() {
        let mut other = mine;
        other[at] ^= 1;
        let why = signed.verify_for(&other, &trusted(&KEY)).unwrap_err();
        assert_eq!(why, PackageError::Changed("poster 0.1.0".to_owned()));
    }
    let of = |text: &str| seal::contract_of(&[("a.wit", text)]);
    let plain = of("interface a { f: func() -> u8; }");
    assert_eq!(
        plain,
        of("/// Says a number.\ninterface a {\n    f: func() -> u8; // small\n}\n")
    );
    assert_ne!(plain, of("interface a { f: func() -> u16; }"));
}

#[test]
fn who_signed_is_said_and_a_stranger_is_refused_with_the_repair() {
    let stranger = SigningKey::generate();
    let why = package().sign(&stranger).verify(&trusted(&KEY)).unwrap_err();
    let PackageError::Untrusted { key, .. } = &why else {
        panic!("{why}")
    };
    assert_eq!(*key, stranger.public());
    assert!(why.to_string().contains("trusted-keys = [{ name ="), "{why}");
    let why = package().verify(&trusted(&KEY)).unwrap_err();
    assert!(why.to_string().contains("jackfield plugin sign"), "{why}");
    // Somebody puts their own name over the signature of another.
    let mut claimed = package().sign(&stranger);
    claimed.signature.as_mut().unwrap().key = KEY.public();
    assert!(matches!(claimed.verify(&trusted(&KEY)), Err(PackageError::Changed(_))));
}

#[test]
fn what_is_no_package_is_refused_in_words() {
    let module = wat::parse_str("(module)").unwrap();
    let plain = component("(component)");
    let cases: &[(&[u8], &str)] = &[
        (b"", "no WebAssembly"),
        (b"PK\x03\x04", "no WebAssembly"),
        (&module, "core module"),
        (&plain, "plugin pack"),
    ];
    for (bytes, words) in cases {
        let why = Package::read(bytes).unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    }
    let why = Package::new(&plain, "name = \"Poster\"", None).unwrap_err().to_string();
    assert!(why.contains("plugin.toml, line"), "{why}");
    let why = Package::new(&plain, MANIFEST, Some(&"x".repeat(README_BYTES + 1))).unwrap_err();
    assert!(matches!(why, PackageError::TooLarge(..)), "{why}");
}

#[test]
fn a_diff_names_gains_and_its_approval_fits_no_other_step() {
    let at = |version: &str, hosts: &str| {
        let text = MANIFEST
            .replace("0.1.0", version)
            .replace("[\"api.example.org\"]", hosts);
        Package::new(&component("(component)"), &text, None).unwrap()
    };
    let (one, two) = (
        at("0.1.0", "[\"a.example\", \"b.example\"]"),
        at("0.2.0", "[\"b.example\", \"c.example\"]"),
    );
    let diff = Diff::between(&one, &two).unwrap();
    assert_eq!(diff.gains, ["talks to c.example, once you grant it"]);
    assert_eq!(diff.gives_up, ["talks to a.example, once you grant it"]);
    assert!(diff.needs_approval());
    assert!(
        diff.to_string().contains(&format!("--approve {}", diff.digest())),
        "{diff}"
    );
    assert_ne!(
        Diff::between(&one, &at("0.2.1", "[\"b.example\", \"c.example\"]"))
            .unwrap()
            .digest(),
        diff.digest()
    );
    assert!(!Diff::between(&two, &at("0.3.0", "[]")).unwrap().needs_approval());
}

#[test]
fn a_table_that_has_no_words_yet_is_told_as_it_is_written() {
    let mut told = Vec::new();
    let table: toml::Table = "hosts = [\"imap.example:993\"]\n[challenge]\nkind = \"meta\""
        .parse()
        .unwrap();
    capabilities::told("[stream]", &toml::Value::Table(table), &mut told);
    told.sort();
    assert_eq!(
        told,
        [
            "asks for [stream] challenge kind: meta",
            "asks for [stream] hosts: imap.example:993"
        ]
    );
}

#[test]
fn what_a_component_imports_is_put_into_words() {
    let text = r#"(component
        (import "jackfield:plugin/clock@0.1.0" (instance (export "now" (func (result u64)))))
        (import "wasi:cli/environment@0.2.0" (instance (export "get" (func (param "name" string) (result (option string))))))
    )"#;
    let package = Package::new(&component(text), MANIFEST, None).unwrap();
    let told = package.capabilities().unwrap();
    assert!(told.may.contains("reads the time"), "{told:?}");
    assert!(told.may.contains("uses wasi:cli/environment@0.2.0"), "{told:?}");
    assert_eq!(told.calls["jackfield:plugin/clock@0.1.0 now"], "func() -> u64");
    assert_eq!(
        told.calls["wasi:cli/environment@0.2.0 get"],
        "func(name: string) -> option<string>"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes, an answer comes, and what is taken is written back as it was.
    #[test]
    fn hostile_bytes_get_an_answer(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), header in any::<bool>(), at in any::<proptest::sample::Index>(), tail in any::<bool>()) {
        if header {
            bytes.splice(0..0, *b"\0asm\x0d\0\x01\0");
        }
        if tail {
            // Close to a package: its own bytes with a piece overwritten.
            let mut whole = package().bytes();
            let at = at.index(whole.len());
            let piece = bytes.len().min(whole.len() - at).min(12);
            whole[at..at + piece].copy_from_slice(&bytes[..piece]);
            bytes = whole;
        }
        if let Ok(package) = Package::read(&bytes) {
            prop_assert_eq!(package.bytes(), bytes);
            drop(package.capabilities());
        }
    }
}
