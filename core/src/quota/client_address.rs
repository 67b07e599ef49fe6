//! The address that identifies an anonymous caller, even behind proxies.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The address of the peer, for servers whose framework doesn't provide it.
///
/// Anonymous callers are limited by their address. The integrations of the web frameworks know the address of
/// the connection; with axum, serve the router with `into_make_service_with_connect_info`. In other servers,
/// insert a `PeerAddress` into the request's extensions. It takes precedence over the framework's address.
/// rocket has no extensions, so call its `Request::set_remote` instead.
///
/// ```
/// use std::net::SocketAddr;
/// use tiergate::quota::PeerAddress;
///
/// fn add_peer<B>(request: &mut http::Request<B>, peer: SocketAddr) {
///     request.extensions_mut().insert(PeerAddress(peer.ip()));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// The error for a text that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork {
    text: String,
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is neither an IP address nor a network; write `10.0.0.7` or `10.0.0.0/8`",
            self.text
        )
    }
}

impl std::error::Error for InvalidNetwork {}

/// The proxies whose `X-Forwarded-For` header is trusted.
#[derive(Clone, Default)]
pub(crate) struct TrustedProxies {
    networks: Arc<[IpNet]>,
}

impl TrustedProxies {
    pub(crate) fn parse<'a>(
        networks: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidNetwork> {
        let networks = networks.into_iter().map(parse_network);
        Ok(Self {
            networks: networks.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the address of the client. `forwarded_for` contains the values of the `X-Forwarded-For`
    /// headers, in order.
    ///
    /// Each proxy appends the address that connected to it. The client can send any header to the first
    /// proxy. The function therefore reads the list from right to left, up to the first address that isn't a
    /// trusted proxy.
    pub(crate) fn client_address<'a>(
        &self,
        peer: IpAddr,
        forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let mut address = peer;
        if !self.trusts(address) {
            return address;
        }
        for value in forwarded_for.rev() {
            for entry in value.rsplit(|byte| *byte == b',') {
                let entry = std::str::from_utf8(entry).map(str::trim);
                // A trusted proxy appends only addresses. Anything further left can't be trusted.
                let Some(previous) = entry.ok().and_then(parse_address) else {
                    return address;
                };
                address = previous;
                if !self.trusts(address) {
                    return address;
                }
            }
        }
        address
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse().or_else(|_| address());
    network.map_err(|_| InvalidNetwork {
        text: text.to_owned(),
    })
}

/// Parses an address. Some proxies append the port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    text.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::TrustedProxies;
    use proptest::prelude::{any, proptest};
    use std::net::{IpAddr, Ipv4Addr};

    fn client(trusted: &[&str], peer: &str, forwarded_for: &[&str]) -> String {
        let proxies = TrustedProxies::parse(trusted.iter().copied()).expect("networks");
        let peer = peer.parse().expect("an address");
        let values = forwarded_for.iter().map(|value| value.as_bytes());
        proxies.client_address(peer, values).to_string()
    }

    #[test]
    fn headers_of_untrusted_peers_are_ignored() {
        assert_eq!(client(&[], "1.2.3.4", &["9.9.9.9"]), "1.2.3.4");
        assert_eq!(client(&["10.0.0.0/8"], "1.2.3.4", &["9.9.9.9"]), "1.2.3.4");
    }

    #[test]
    fn the_last_address_that_is_not_a_proxy_is_the_client() {
        let trusted = ["10.0.0.0/8", "::1"];
        for (peer, headers, expected) in [
            ("10.0.0.1", &["1.2.3.4"][..], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4,10.0.0.2"], "1.2.3.4"),
            ("::ffff:10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4"),
            ("::1", &["[2001:db8::7]:80"], "2001:db8::7"),
            ("10.0.0.1", &["10.0.0.3"], "10.0.0.3"),
            ("10.0.0.1", &[], "10.0.0.1"),
            // Nothing to the left of an invalid address is trusted.
            ("10.0.0.1", &["6.6.6.6, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6,, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ] {
            assert_eq!(client(&trusted, peer, headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn an_invalid_network_is_an_error() {
        for text in ["", "10.0.0.0/33", "localhost", "10.0.0.0/8 "] {
            let error = TrustedProxies::parse([text]).err().expect("an error");
            assert!(error.to_string().starts_with(&format!("{text:?} is")));
        }
    }

    proptest! {
        #[test]
        fn a_client_cannot_choose_its_address(claimed in any::<Vec<u8>>(), own in any::<u32>()) {
            let proxies = TrustedProxies::parse(["10.0.0.0/8"]).expect("a network");
            let own = Ipv4Addr::from(own | 1 << 31);
            let header = [&claimed[..], b", ", own.to_string().as_bytes()].concat();
            let values = [&header[..]].into_iter();
            let address = proxies.client_address([10, 0, 0, 1].into(), values);
            assert_eq!(address, IpAddr::V4(own));
        }
    }
}
