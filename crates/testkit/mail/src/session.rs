//! One connection: lines in, replies out.

use std::net::IpAddr;
use std::sync::Arc;

use mailin::{Action, AuthMechanism, Response, Session, SessionBuilder};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::behaviour::{Desk, Shared};

enum End {
    Closed,
    UpgradeTls,
}

/// Until one of the two has enough of it. Clients that vanish are nothing special.
pub(crate) async fn hold(
    mut stream: TcpStream,
    peer: IpAddr,
    shared: Arc<Shared>,
    acceptor: Option<TlsAcceptor>,
) {
    let mut builder = SessionBuilder::new("mail.test");
    if acceptor.is_some() {
        builder.enable_start_tls().enable_auth(AuthMechanism::Plain);
    }
    let mut session = builder.build(peer, Desk::new(Arc::clone(&shared), acceptor.is_some()));
    if say(&mut stream, &session.greeting()).await.is_err() {
        return;
    }
    let Ok(End::UpgradeTls) = talk(&mut stream, &mut session, &shared).await else { return };
    let Some(acceptor) = acceptor else { return };
    if let Ok(mut stream) = acceptor.accept(stream).await {
        session.tls_active();
        let _ = talk(&mut stream, &mut session, &shared).await;
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    session: &mut Session<Desk>,
    shared: &Shared,
) -> std::io::Result<End> {
    let mut lines = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Ok(End::Closed);
        }
        let is_end_of_mail = line == b".\r\n";
        let reply = session.process(&line);
        if is_end_of_mail && shared.is_silent() {
            std::future::pending::<()>().await;
        }
        say(lines.get_mut(), &reply).await?;
        match reply.action {
            Action::Close => return Ok(End::Closed),
            Action::UpgradeTls => return Ok(End::UpgradeTls),
            Action::Reply | Action::NoReply => {}
        }
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, reply: &Response) -> std::io::Result<()> {
    stream.write_all(&reply.buffer()?).await?;
    stream.flush().await
}
