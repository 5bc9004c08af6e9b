//! What actix itself can do: a handler that returns fixed bytes, in a process of its own like the real server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};

use super::process::Process;

/// Serve a file's bytes at every path, until standard input ends
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The bytes to return, as application/json
    body: PathBuf,
}

/// # Errors
/// When the file cannot be read, or the port not be opened.
pub fn serve(args: &Args) -> Result<()> {
    let body = bytes::Bytes::from(std::fs::read(&args.body)?);
    actix_web::rt::System::new().block_on(async move {
        let app = move || {
            let body = body.clone();
            let handler = move || {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(body) }
            };
            // The route has a parameter, as the real one has.
            App::new().route("/v1/products/{handle}", web::get().to(handler))
        };
        let server = HttpServer::new(app).workers(2).bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = server.addrs().into_iter().next().context("bound to no address")?;
        let server = server.run();
        println!("{address}");
        std::io::stdout().flush()?;
        let handle = server.handle();
        std::thread::spawn(move || {
            // Ends when the parent closes its end of the pipe, by dropping it or by dying.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            drop(handle.stop(false));
        });
        Ok(server.await?)
    })
}

/// A running bare server, killed when dropped.
#[derive(Debug)]
pub(super) struct Bare {
    pub(super) address: SocketAddr,
    _process: Process,
}

impl Bare {
    pub(super) fn start(body: &Path) -> Result<Bare> {
        let mut bare = Command::new(std::env::current_exe()?);
        bare.arg("bare-server").arg(body).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut bare)?;
        let mut line = String::new();
        BufReader::new(process.child().stdout.take().context("no standard output")?).read_line(&mut line)?;
        Ok(Bare { address: line.trim().parse().context("the bare server did not start")?, _process: process })
    }
}
