use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use crate::ADMIN_TOKEN;

/// One HTTP/1.1 connection, and nothing between it and the test: for what a pooling client would hide, such as when
/// a connection ends.
#[derive(Debug)]
pub struct Connection {
    stream: BufStream<TcpStream>,
}

/// A reply as it came over the wire.
#[derive(Clone, Debug)]
pub struct RawReply {
    pub status: u16,
    /// Whether it is the last one on its connection.
    pub closes: bool,
    pub body: Vec<u8>,
}

impl Connection {
    /// # Errors
    /// When nobody listens.
    pub async fn open(shop: SocketAddr) -> io::Result<Connection> {
        Ok(Connection { stream: BufStream::new(TcpStream::connect(shop).await?) })
    }

    /// Sends a body under a key, as the administrator.
    ///
    /// # Errors
    /// When the connection ends before the reply does.
    pub async fn post(&mut self, path: &str, key: &str, body: &str) -> io::Result<RawReply> {
        let head = format!("content-length: {}\r\nidempotency-key: {key}\r\n", body.len());
        self.exchange(&format!("{}{head}\r\n{body}", head_of(path))).await
    }

    /// Sends a body of unknown length, in chunks of 1 KiB, as the administrator.
    ///
    /// # Errors
    /// When the connection ends before the reply does.
    pub async fn post_chunked(&mut self, path: &str, body: &str) -> io::Result<RawReply> {
        let mut request = format!("{}transfer-encoding: chunked\r\n\r\n", head_of(path));
        for chunk in body.as_bytes().chunks(1_024) {
            request.push_str(&format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
        }
        request.push_str("0\r\n\r\n");
        self.exchange(&request).await
    }

    async fn exchange(&mut self, request: &str) -> io::Result<RawReply> {
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let status = self.line().await?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (mut length, mut closes) = (0, false);
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            match (name, value.trim()) {
                ("content-length", value) => length = value.parse().map_err(io::Error::other)?,
                ("connection", "close") => closes = true,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(RawReply { status: status.ok_or_else(|| io::Error::other("no status"))?, closes, body })
    }

    /// In lower case; empty after the last header.
    async fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_ascii_lowercase())
    }
}

fn head_of(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {ADMIN_TOKEN}\r\ncontent-type: application/json\r\n"
    )
}
