//! Finds out where a receiver is, and refuses addresses that only this server's network can reach.
//!
//! A community chooses the address. Without this check, it could make the server send requests to databases
//! or to the metadata service of a cloud. The request goes to the checked address, so a name that resolves
//! to another address the next time has no effect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::lookup_host;

/// Resolves a host name or an IP address.
///
/// # Errors
/// Returns the reason if the name can't be resolved. Unless `allow_private`, also returns an error if any of
/// its addresses isn't public.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    allow_private: bool,
) -> Result<Vec<SocketAddr>, String> {
    let found = lookup_host((host, port)).await;
    let found: Vec<_> = found
        .map_err(|error| format!("the name can't be resolved: {error}"))?
        .collect();
    if found.is_empty() {
        return Err("the name has no address".to_owned());
    }
    match found.iter().find(|address| !is_public(address.ip())) {
        Some(_) if !allow_private => Err("the address isn't public".to_owned()),
        _ => Ok(found),
    }
}

/// Whether an address belongs to the public internet. Ranges that are reserved, or that reach IPv4 addresses
/// through IPv6, are not public.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_reserved = match (a, b, c) {
        // This network, shared addresses of providers, protocol assignments, 6to4 relays, benchmarks,
        // multicast and reserved addresses.
        (0 | 224..=255, ..)
        | (100, 64..=127, _)
        | (192, 0, 0)
        | (192, 88, 99)
        | (198, 18 | 19, _) => true,
        _ => false,
    };
    !(is_reserved
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments with Teredo, documentation, and 6to4.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // All other public addresses.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_public, resolve};

    #[test]
    fn private_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(
                !is_public(address.parse().expect("an address")),
                "{address}"
            );
        }
        for address in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "::ffff:1.1.1.1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
        ] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[tokio::test]
    async fn other_spellings_of_a_private_address_are_refused() {
        for host in [
            "127.0.0.1",
            "localhost",
            "::1",
            "::ffff:127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
        ] {
            assert!(resolve(host, 80, false).await.is_err(), "{host}");
        }
        let allowed = resolve("127.0.0.1", 80, true).await.expect("an address");
        assert_eq!(allowed.len(), 1);
    }
}
