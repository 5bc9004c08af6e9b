//! Where a request comes from: an address that the client cannot choose.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use super::caller::{edge, text};
use super::{Edge, Problem};

/// On a request that another process passed on: the client's address, and the proof that a process of ours says so.
pub(crate) const CLIENT: &str = "holdfast-client";
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address. `None` where the transport has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequest for ClientAddress {
    type Error = Problem;
    type Future = Ready<Result<ClientAddress, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(client_address(request).map(ClientAddress))
    }
}

/// What a process of ours vouches for comes first, then what proxies say that we trust, then the peer itself.
pub(crate) fn client_address(request: &HttpRequest) -> Result<Option<IpAddr>, Problem> {
    let edge = edge(request)?;
    let vouched = text(request, CLIENT).and_then(|said| edge.origins.secret.as_ref()?.vouched(said));
    if vouched.is_some() {
        return Ok(vouched);
    }
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else { return Ok(None) };
    let said = request.headers().get_all(FORWARDED_FOR).filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = said.flat_map(|line| line.split(',')).map(str::trim).collect();
    Ok(Some(beyond(&edge.origins.proxies, peer, &hops)))
}

/// Each proxy adds whom it heard the request from; what stands before the first that is not ours was written by the client.
fn beyond(proxies: &[IpNet], peer: IpAddr, hops: &[&str]) -> IpAddr {
    let ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let mut nearest = peer;
    for hop in hops.iter().rev() {
        if !ours(&nearest) {
            break;
        }
        let Ok(before) = hop.parse::<IpAddr>() else { break };
        nearest = before.to_canonical();
    }
    nearest
}

impl Edge {
    /// What tells the next process where the request came from.
    pub(crate) fn vouch(&self, request: &HttpRequest) -> Option<String> {
        let address = client_address(request).ok()??;
        self.origins.secret.as_ref()?.vouch(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_believed_as_far_as_proxies_are_trusted() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        for (peer, hops, from) in [
            ("203.0.113.7", vec![], "203.0.113.7"),
            ("203.0.113.7", vec!["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["192.0.2.9", "198.51.100.1", "10.2.0.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("::1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
        ] {
            let found = beyond(&proxies, peer.parse().unwrap(), &hops);
            assert_eq!(found, from.parse::<IpAddr>().unwrap(), "{peer} {hops:?}");
        }
    }
}
