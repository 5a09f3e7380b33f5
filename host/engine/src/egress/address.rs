//! What an address is, whatever way it is written: public, private, or never to be dialled.
//!
//! IPv6 has several ways to carry an IPv4 address (mapped, compatible, NAT64, 6to4); each is unwrapped first, or
//! `::ffff:127.0.0.1` would be a public address. Ranges are those of the IANA special-purpose registries (RFC 6890
//! and its successors); what is not global unicast there is not public here.

use ipnet::{Ipv4Net, Ipv6Net};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

/// Whether an address may be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Anybody on the internet can reach it.
    Public,
    /// Only the machine or its own network can: dialled where the operator granted that very host with `private:`.
    Private(&'static str),
    /// Never dialled: no service of a channel lives there, and some (cloud metadata) hand out credentials.
    Never(&'static str),
}

/// Ranges whose services an operator may mean: a forum on the company's own network, a stand-in on this machine.
const PRIVATE_V4: [(&str, &str); 5] = [
    ("10.0.0.0/8", "a private address"),
    ("172.16.0.0/12", "a private address"),
    ("192.168.0.0/16", "a private address"),
    ("100.64.0.0/10", "a carrier's private address"),
    ("127.0.0.0/8", "a loopback address"),
];

const NEVER_V4: [(&str, &str); 11] = [
    ("0.0.0.0/8", "an unspecified address"),
    ("169.254.0.0/16", "a link-local address, where cloud metadata lives"),
    ("192.0.0.0/24", "a protocol's own address"),
    ("192.0.2.0/24", "a documentation address"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("198.18.0.0/15", "a benchmarking address"),
    ("198.51.100.0/24", "a documentation address"),
    ("203.0.113.0/24", "a documentation address"),
    ("224.0.0.0/4", "a multicast address"),
    ("168.63.129.16/32", "a cloud's internal address"),
    ("240.0.0.0/4", "a reserved address"),
];

const PRIVATE_V6: [(&str, &str); 2] = [
    ("::1/128", "a loopback address"),
    ("fc00::/7", "a unique local address"),
];

const NEVER_V6: [(&str, &str); 11] = [
    ("::/128", "an unspecified address"),
    ("64:ff9b:1::/48", "a local translation address"),
    ("100::/64", "a discard address"),
    ("2001::/23", "a protocol's own address"),
    ("2001:db8::/32", "a documentation address"),
    ("3fff::/20", "a documentation address"),
    ("5f00::/16", "a segment routing address"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a site-local address"),
    ("ff00::/8", "a multicast address"),
    // The metadata service of one cloud sits inside the unique local range.
    ("fd00:ec2::/32", "a cloud's internal address"),
];

type Ranges<N> = Vec<(N, Reach)>;

static V4: LazyLock<Ranges<Ipv4Net>> = LazyLock::new(|| ranges(&NEVER_V4, &PRIVATE_V4));
static V6: LazyLock<Ranges<Ipv6Net>> = LazyLock::new(|| ranges(&NEVER_V6, &PRIVATE_V6));

/// Never before private: where two ranges hold an address, the stricter speaks.
fn ranges<N: std::str::FromStr>(never: &[(&str, &'static str)], private: &[(&str, &'static str)]) -> Ranges<N> {
    let never = never.iter().map(|(net, word)| (net, Reach::Never(word)));
    let private = private.iter().map(|(net, word)| (net, Reach::Private(word)));
    never
        .chain(private)
        .filter_map(|(net, reach)| Some((net.parse().ok()?, reach)))
        .collect()
}

/// What `address` is.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => reach_v4(v4),
            None => reach_v6(v6),
        },
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    V4.iter()
        .find(|(net, _)| net.contains(&address))
        .map_or(Reach::Public, |(_, reach)| *reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match V6.iter().find(|(net, _)| net.contains(&address)) {
        Some((_, reach)) => *reach,
        // 2000::/3 is all of global unicast; the rest is unassigned.
        None if address.segments().first().is_some_and(|first| first & 0xe000 == 0x2000) => Reach::Public,
        None => Reach::Never("an unassigned address"),
    }
}

/// The IPv4 address inside an IPv6 one, where it carries one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let from = |high: u16, low: u16| {
        let [w, x] = high.to_be_bytes();
        let [y, z] = low.to_be_bytes();
        Some(Ipv4Addr::new(w, x, y, z))
    };
    match [a, b, c, d, e, f] {
        // ::ffff:0:0/96 mapped, ::ffff:0:0:0/96 translated (RFC 2765), 64:ff9b::/96 NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => from(g, h),
        // ::/96 compatible, but :: and ::1 are addresses of their own.
        [0, 0, 0, 0, 0, 0] if g != 0 || h > 1 => from(g, h),
        // 2002::/16, 6to4 (RFC 3056).
        [0x2002, high, low, ..] => from(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_of_the_tables_is_read() {
        assert_eq!(V4.len(), NEVER_V4.len() + PRIVATE_V4.len());
        assert_eq!(V6.len(), NEVER_V6.len() + PRIVATE_V6.len());
    }

    #[test]
    fn an_address_is_what_it_carries() {
        for (address, expected) in [
            ("93.184.215.14", 'p'),
            ("2606:2800:21f:cb07::1", 'p'),
            ("::ffff:93.184.215.14", 'p'),
            ("64:ff9b::5db8:d70e", 'p'),
            ("127.8.9.10", 'v'),
            ("10.0.0.1", 'v'),
            ("172.31.255.255", 'v'),
            ("172.32.0.1", 'p'),
            ("100.64.0.1", 'v'),
            ("::1", 'v'),
            ("::ffff:127.0.0.1", 'v'),
            ("::127.0.0.1", 'v'),
            ("::ffff:0:127.0.0.1", 'v'),
            ("64:ff9b::7f00:1", 'v'),
            ("2002:7f00:1::", 'v'),
            ("fd12:3456::1", 'v'),
            ("169.254.169.254", 'n'),
            ("::ffff:169.254.169.254", 'n'),
            ("fd00:ec2::254", 'n'),
            ("0.0.0.0", 'n'),
            ("::", 'n'),
            ("fe80::1", 'n'),
            ("255.255.255.255", 'n'),
            ("224.0.0.1", 'n'),
            ("2001:db8::1", 'n'),
            ("2001::1", 'n'),
            ("1234::1", 'n'),
        ] {
            let letter = match reach(address.parse().unwrap()) {
                Reach::Public => 'p',
                Reach::Private(_) => 'v',
                Reach::Never(_) => 'n',
            };
            assert_eq!(letter, expected, "{address}");
        }
    }
}
