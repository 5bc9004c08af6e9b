//! A network that fails as networks do, for tests of whatever talks over one.
//!
//! A [`Proxy`] stands before a server. It passes connections on, or does to them what its [`Trouble`] says.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is wrong with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Each piece is late.
    Slow(Duration),
    /// Connections are accepted, and reset.
    Reset,
    /// Connections are accepted, and nothing that is sent is ever answered.
    BlackHole,
    /// The request does not arrive, and the connection ends.
    RequestLost,
    /// The request arrives, and the connection ends instead of the reply.
    ReplyLost,
    /// One byte at a time, both ways.
    Trickle,
}

impl Trouble {
    /// All kinds.
    pub const ALL: [Trouble; 6] = [
        Trouble::Slow(Duration::from_millis(50)),
        Trouble::Reset,
        Trouble::BlackHole,
        Trouble::RequestLost,
        Trouble::ReplyLost,
        Trouble::Trickle,
    ];
}

/// Stands between clients and one server, until dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    trouble: watch::Sender<Trouble>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A proxy on a free loopback port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start(server: SocketAddr) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (address, trouble) = (listener.local_addr()?, watch::channel(Trouble::None).0);
        let told = trouble.subscribe();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, told.clone()));
            }
        });
        Ok(Proxy { address, trouble, accepting })
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the network is like this. Connections that there are end.
    pub fn suffer(&self, trouble: Trouble) {
        self.trouble.send_replace(trouble);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(client: TcpStream, server: SocketAddr, mut told: watch::Receiver<Trouble>) {
    let trouble = *told.borrow_and_update();
    tokio::select! {
        // An end is an end to both sides, however it came.
        _ = connect(client, server, trouble) => {}
        _ = told.changed() => {}
    }
}

async fn connect(mut client: TcpStream, server: SocketAddr, trouble: Trouble) -> std::io::Result<()> {
    match trouble {
        Trouble::Reset => return client.set_zero_linger(),
        Trouble::BlackHole => return tokio::io::copy(&mut client, &mut tokio::io::sink()).await.map(drop),
        Trouble::RequestLost => return client.read_u8().await.map(drop),
        Trouble::None | Trouble::Slow(_) | Trouble::ReplyLost | Trouble::Trickle => {}
    }
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
    let replies = async {
        match trouble {
            Trouble::ReplyLost => lose(from_server).await,
            _ => pass(from_server, to_client, trouble).await,
        }
    };
    tokio::select! {
        ended = pass(from_client, to_server, trouble) => ended,
        ended = replies => ended,
    }
}

/// Waits for the first of a reply, and keeps it.
async fn lose(mut from: impl AsyncRead + Unpin) -> std::io::Result<()> {
    from.read_u8().await.map(drop)
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    trouble: Trouble,
) -> std::io::Result<()> {
    let most = if trouble == Trouble::Trickle { 1 } else { 16 * 1024 };
    let mut piece = Vec::with_capacity(most);
    loop {
        piece.clear();
        if (&mut from).take(u64::try_from(most).unwrap_or(1)).read_buf(&mut piece).await? == 0 {
            return Ok(());
        }
        if let Trouble::Slow(by) = trouble {
            tokio::time::sleep(by).await;
        }
        to.write_all(&piece).await?;
    }
}
