//! Single requests, blocking, one connection each: for setting up, and for asking whether a server is ready. What is
//! measured goes through `driver`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The admin token of every server that is measured.
pub(super) const TOKEN: &str = "not-a-secret-but-the-token-of-a-bench";
pub(super) const AUTHORIZATION_VALUE: &str = "Bearer not-a-secret-but-the-token-of-a-bench";

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

pub(super) fn get(server: SocketAddr, path: &str) -> Result<Reply> {
    exchange(
        server,
        &format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\nauthorization: {AUTHORIZATION_VALUE}\r\n\r\n"
        ),
    )
}

/// Has something done, and gives the reply's body.
pub(super) fn post(server: SocketAddr, path: &str, body: &Value) -> Result<Value> {
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\nauthorization: {AUTHORIZATION_VALUE}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let reply = exchange(server, &request)?;
    let text = String::from_utf8_lossy(&reply.body);
    if !(200..300).contains(&reply.status) {
        bail!("POST {path} was answered with {}: {text}", reply.status);
    }
    serde_json::from_str(&text).with_context(|| format!("POST {path} was answered with {text}"))
}

fn exchange(server: SocketAddr, request: &str) -> Result<Reply> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request.as_bytes())?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    parse(&reply).context("not an HTTP reply of known length")
}

/// Servers here answer with a `content-length`: nothing that is asked for is streamed.
fn parse(reply: &[u8]) -> Option<Reply> {
    let end = reply.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = reply.split_at_checked(end.checked_add(4)?)?;
    let status = std::str::from_utf8(head.get(9..12)?).ok()?.parse().ok()?;
    if String::from_utf8_lossy(head).to_ascii_lowercase().contains("transfer-encoding") {
        return None;
    }
    Some(Reply { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_body_are_found() {
        let reply = parse(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (201, b"{}".as_slice()));
    }

    #[test]
    fn half_a_reply_is_none() {
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n").is_none());
    }
}
