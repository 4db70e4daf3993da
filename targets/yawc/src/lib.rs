//! What the server and the client do with the library.

use std::{env, error::Error};

use futures_util::{SinkExt, StreamExt};
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use yawc::{CompressionLevel, Frame, OpCode, Options, WebSocket, WebSocketError};

pub type Failure = Box<dyn Error + Send + Sync>;

fn options() -> Options {
    let variant = env::var("VARIANT").unwrap_or_default();
    let options = Options::default().with_no_delay();
    if variant == "defaults" {
        return options;
    }
    let options = options.with_max_payload_read(256 << 20).with_utf8();
    if variant == "no-deflate" {
        return options;
    }
    options
        .with_compression_level(CompressionLevel::default())
        .with_compression_threshold(0)
}

/// Takes the opening handshake and echoes until the connection ends.
pub async fn serve(tcp: TcpStream) -> Result<(), Failure> {
    tcp.set_nodelay(true)?;
    http1::Builder::new()
        .serve_connection(TokioIo::new(tcp), service_fn(accept))
        .with_upgrades()
        .await?;
    Ok(())
}

async fn accept(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = WebSocket::upgrade_with_options(&mut request, options())?;
    tokio::spawn(async {
        match upgraded.await {
            Ok(socket) => drop(echo(socket).await),
            Err(error) => eprintln!("{error}"),
        }
    });
    Ok(response)
}

/// Opens a connection, echoes until it ends, and gives the last message.
pub async fn visit(url: &str) -> Result<Vec<u8>, Failure> {
    let socket = WebSocket::connect(url.parse()?)
        .with_options(options())
        .await?;
    Ok(echo(socket).await)
}

/// Sends every message back with its type until the connection ends.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocket<S>) -> Vec<u8> {
    let mut last = Vec::new();
    while let Some(frame) = socket.next().await {
        if matches!(frame.opcode(), OpCode::Text | OpCode::Binary) {
            last = frame.payload().to_vec();
            let echo = match frame.opcode() {
                OpCode::Text => Frame::text(frame.into_payload()),
                _ => Frame::binary(frame.into_payload()),
            };
            if socket.send(echo).await.is_err() {
                break;
            }
        }
    }
    last
}
