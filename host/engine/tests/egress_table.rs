//! The table of spellings: what a URL says, what is granted, what the name server answers, and what comes of it.
//!
//! Every row is a way somebody has written an address they should not reach, or a host that must keep working. A row
//! is (URL, grants, answers, verdict); answers are `-` where none is asked for, because the host is an address or the
//! URL is refused before.

// A test may say "this cannot be".
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use jackfield_engine::egress::{Denied, Grants, policy};
use std::net::IpAddr;

/// What comes of a row.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// Dialled.
    Dial,
    /// `not-granted`.
    Grant,
    /// `invalid`.
    Invalid,
    /// `unreachable`.
    Gone,
}
use Verdict::{Dial, Gone, Grant, Invalid};

const HERE: &str = "private:http://127.0.0.1:3100";
const WEB: &str = "93.184.215.14";
const WEB6: &str = "2606:2800:21f:cb07:6820:80da:af6b:8b2c";

const TABLE: &[(&str, &str, &str, Verdict)] = &[
    // Grants and names.
    ("https://social.example/api", "", WEB, Grant),
    ("https://social.example/api", "social.example", WEB, Dial),
    ("https://SOCIAL.Example/api", "social.example", WEB, Dial),
    ("https://social.example./api", "social.example", WEB, Dial),
    ("https://social.example:443/api", "social.example", WEB6, Dial),
    ("https://social%2Eexample/api", "social.example", WEB, Dial),
    ("https://ｓｏｃｉａｌ.example/", "social.example", WEB, Dial),
    ("https://social。example/", "social.example", WEB, Dial),
    ("https://bücher.example/", "bücher.example", WEB, Dial),
    ("https://xn--bcher-kva.example/", "bücher.example", WEB, Dial),
    ("https://BÜCHER.example/", "xn--bcher-kva.example", WEB, Dial),
    ("https://sоcial.example/", "social.example", WEB, Grant), // the о is Cyrillic
    ("https://social.example:8443/", "social.example", WEB, Grant),
    ("https://social.example:8443/", "social.example:8443", WEB, Dial),
    ("https://social.example/", "social.example:8443", WEB, Grant),
    ("http://social.example/", "social.example", WEB, Grant),
    ("http://social.example/", "http://social.example", WEB, Dial),
    ("https://social.example/", "http://social.example", WEB, Grant),
    ("http://social.example:443/", "social.example", WEB, Grant),
    ("https://a.social.example/", "*.social.example", WEB, Dial),
    ("https://a.b.social.example/", "*.social.example", WEB, Dial),
    ("https://social.example/", "*.social.example", WEB, Grant),
    ("https://evilsocial.example/", "*.social.example", WEB, Grant),
    ("https://social.example.evil.example/", "social.example", WEB, Grant),
    ("https://a.social.example/", "social.example", WEB, Grant),
    ("https://.social.example/", "*.social.example", WEB, Invalid),
    ("http://a.social.example/", "*.social.example", WEB, Grant),
    // User information, schemes and shapes.
    ("https://social.example@evil.example/", "social.example", WEB, Invalid),
    ("https://user:pw@social.example/", "social.example", WEB, Invalid),
    ("https://user@social.example/", "social.example", WEB, Invalid),
    ("https://evil.example/@social.example/", "social.example", WEB, Grant),
    ("https://evil.example#@social.example/", "social.example", WEB, Grant),
    ("https://evil.example\\@social.example/", "social.example", WEB, Grant),
    ("https:\\\\social.example/", "social.example", WEB, Dial),
    ("https:social.example", "social.example", WEB, Dial),
    ("ftp://social.example/", "social.example", WEB, Invalid),
    ("file:///etc/passwd", "social.example", WEB, Invalid),
    ("gopher://127.0.0.1:70/", HERE, "-", Invalid),
    ("data:text/plain,hi", "social.example", WEB, Invalid),
    ("javascript:alert(1)", "social.example", WEB, Invalid),
    ("//social.example/", "social.example", WEB, Invalid),
    ("social.example", "social.example", WEB, Invalid),
    ("", "social.example", WEB, Invalid),
    ("https://", "social.example", WEB, Invalid),
    ("https://social.example:0x50/", "social.example", WEB, Invalid),
    ("https://social.example:99999/", "social.example", WEB, Invalid),
    ("https://social exam.ple/", "social.example", WEB, Invalid),
    ("https://so\tcial.exa\nmple/", "social.example", WEB, Dial), // WHATWG drops tabs and line breaks
    // Loopback, in every spelling: never without its own grant.
    ("http://127.0.0.1:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://127.0.0.1:3100/", HERE, "-", Dial),
    ("http://2130706433:3100/", HERE, "-", Dial),
    ("http://2130706433:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://0x7f000001:3100/", HERE, "-", Dial),
    ("http://0x7f000001:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://017700000001:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://0177.0.0.1:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://0x7f.1:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://127.1:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://127.0.1:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://127.0.0.1.:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://①②⑦.⓪.⓪.①:3100/", "http://127.0.0.1:3100", "-", Grant),
    ("http://127.0.0.2:3100/", HERE, "-", Grant),
    ("http://127.0.0.1:3101/", HERE, "-", Grant),
    ("http://[::1]:3100/", "http://[::1]:3100", "-", Grant),
    ("http://[::1]:3100/", "private:http://[::1]:3100", "-", Dial),
    ("http://[0:0:0:0:0:0:0:1]:3100/", "http://[::1]:3100", "-", Grant),
    (
        "http://[::ffff:127.0.0.1]:3100/",
        "http://[::ffff:7f00:1]:3100",
        "-",
        Grant,
    ),
    ("http://[::127.0.0.1]/", "http://[::127.0.0.1]", "-", Grant),
    ("http://[64:ff9b::127.0.0.1]/", "http://[64:ff9b::7f00:1]", "-", Grant),
    ("http://[2002:7f00:1::]/", "http://[2002:7f00:1::]", "-", Grant),
    ("http://[fe80::1%25eth0]/", "http://[fe80::1]", "-", Invalid),
    ("http://[fe80::1]/", "private:http://[fe80::1]", "-", Grant),
    ("http://localhost:3100/", HERE, "127.0.0.1", Grant),
    ("http://localhost:3100/", "http://localhost:3100", "127.0.0.1", Grant),
    (
        "http://localhost:3100/",
        "private:http://localhost:3100",
        "127.0.0.1 ::1",
        Dial,
    ),
    ("http://256.256.256.256/", "http://127.0.0.1", "-", Invalid),
    ("http://127.0.0.1.evil.example/", HERE, WEB, Grant),
    // What a granted name resolves to.
    ("https://social.example/", "social.example", "127.0.0.1", Grant),
    ("https://social.example/", "social.example", "10.1.2.3", Grant),
    ("https://social.example/", "social.example", "172.16.0.1", Grant),
    ("https://social.example/", "social.example", "192.168.1.1", Grant),
    ("https://social.example/", "social.example", "100.64.0.1", Grant),
    ("https://social.example/", "social.example", "169.254.169.254", Grant),
    ("https://social.example/", "social.example", "0.0.0.0", Grant),
    ("https://social.example/", "social.example", "224.0.0.1", Grant),
    ("https://social.example/", "social.example", "192.0.2.1", Grant),
    ("https://social.example/", "social.example", "255.255.255.255", Grant),
    ("https://social.example/", "social.example", "::", Grant),
    ("https://social.example/", "social.example", "::1", Grant),
    ("https://social.example/", "social.example", "fd00::1", Grant),
    ("https://social.example/", "social.example", "fe80::1", Grant),
    ("https://social.example/", "social.example", "::ffff:10.0.0.1", Grant),
    ("https://social.example/", "social.example", "64:ff9b::a00:1", Grant),
    ("https://social.example/", "social.example", "2002:a00:1::1", Grant),
    ("https://social.example/", "social.example", "2001:db8::1", Grant),
    (
        "https://social.example/",
        "social.example",
        "93.184.215.14 127.0.0.1",
        Grant,
    ),
    (
        "https://social.example/",
        "social.example",
        "93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        Dial,
    ),
    ("https://social.example/", "social.example", "", Gone),
    // Private ranges, granted.
    ("https://forum.intern/", "private:forum.intern", "10.1.2.3", Dial),
    ("https://forum.intern/", "private:forum.intern", "fd12::1", Dial),
    ("https://forum.intern/", "private:forum.intern", WEB, Dial),
    (
        "https://forum.intern/",
        "private:forum.intern",
        "10.1.2.3 93.184.215.14",
        Grant,
    ),
    (
        "https://forum.intern/",
        "private:forum.intern",
        "169.254.169.254",
        Grant,
    ),
    ("https://forum.intern/", "private:forum.intern", "fd00:ec2::254", Grant),
    (
        "https://forum.intern/",
        "private:forum.intern",
        "10.1.2.3 169.254.169.254",
        Grant,
    ),
    ("https://forum.intern/", "private:forum.intern", "0.0.0.0", Grant),
    ("https://wiki.intern/", "private:forum.intern", "10.1.2.3", Grant),
    (
        "https://wiki.intern/",
        "private:forum.intern wiki.intern",
        "10.1.2.3",
        Grant,
    ),
    (
        "http://169.254.169.254/latest/meta-data",
        "private:http://169.254.169.254",
        "-",
        Grant,
    ),
    ("http://[fd00:ec2::254]/", "private:http://[fd00:ec2::254]", "-", Grant),
    ("https://168.63.129.16/", "private:168.63.129.16", "-", Grant),
];

#[test]
fn every_spelling_gets_its_verdict() {
    assert!(TABLE.len() >= 60);
    for (url, grants, answers, expected) in TABLE {
        let grants = Grants::parse(&grants.split_whitespace().collect::<Vec<_>>()).unwrap();
        let seen = policy::check(url, &grants).and_then(|to| {
            let resolved: Vec<IpAddr> = match to.origin.literal() {
                Some(address) => vec![address],
                None => answers
                    .split_whitespace()
                    .map(|answer| answer.parse().unwrap())
                    .collect(),
            };
            to.pin(&resolved).map(|pinned| {
                assert!(pinned.iter().all(|pinned| pinned.port() == to.origin.port), "{url}");
                assert!(
                    pinned.iter().all(|pinned| resolved.contains(&pinned.ip())),
                    "{url}: only what was checked is dialled"
                );
            })
        });
        let verdict = match &seen {
            Ok(()) => Dial,
            Err(Denied::NotGranted(_)) => Grant,
            Err(Denied::Invalid(_)) => Invalid,
            Err(Denied::Unreachable(_)) => Gone,
        };
        assert_eq!(verdict, *expected, "{url:?} with {grants:?} and {answers:?}: {seen:?}");
    }
}

#[test]
fn a_refusal_says_what_an_operator_would_grant_and_the_grant_works() {
    for (url, grants, answers) in [
        ("https://social.example:8443/x", "", WEB),
        ("http://social.example/x", "other.example", WEB),
        ("https://[2606:2800:21f:cb07::1]/x", "other.example", "-"),
        ("https://forum.intern/", "forum.intern", "10.1.2.3"),
        ("http://127.0.0.1:3100/", "http://127.0.0.1:3100", "-"),
    ] {
        let answers: Vec<IpAddr> = answers
            .split_whitespace()
            .filter_map(|answer| answer.parse().ok())
            .collect();
        let ask = |grants: &Grants| {
            policy::check(url, grants).and_then(|to| {
                let answers = to
                    .origin
                    .literal()
                    .map_or_else(|| answers.clone(), |address| vec![address]);
                to.pin(&answers)
            })
        };
        let said = ask(&Grants::parse(&grants.split_whitespace().collect::<Vec<_>>()).unwrap())
            .unwrap_err()
            .to_string();
        let granted = said
            .split("grants `")
            .nth(1)
            .and_then(|rest| rest.split('`').next())
            .expect(&said);
        assert!(ask(&Grants::parse(&[granted]).unwrap()).is_ok(), "{said}");
        assert!(!said.contains("10.1.2.3"), "a plugin never sees an address: {said}");
    }
}
