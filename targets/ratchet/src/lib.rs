//! What the server and the client do with the library.

use std::{env, error::Error};

use bytes::BytesMut;
use ratchet_rs::{
    Extension, ExtensionProvider, Message, NoExtProvider, PayloadType, SubprotocolRegistry,
    WebSocket, WebSocketConfig, accept_with, deflate::DeflateExtProvider, subscribe_with,
};
use tokio::{
    io::{BufReader, BufWriter},
    net::TcpStream,
};

pub type Failure = Box<dyn Error + Send + Sync>;
type Stream = BufReader<BufWriter<TcpStream>>;

fn config() -> WebSocketConfig {
    WebSocketConfig {
        max_message_size: 256 << 20,
    }
}

fn variant() -> String {
    env::var("VARIANT").unwrap_or_default()
}

fn deflate() -> bool {
    !["defaults", "no-deflate"].contains(&variant().as_str())
}

fn buffered(tcp: TcpStream) -> Result<Stream, Failure> {
    tcp.set_nodelay(true)?;
    Ok(BufReader::new(BufWriter::new(tcp)))
}

/// Takes the opening handshake and echoes until the connection ends.
pub async fn serve(tcp: TcpStream) -> Result<(), Failure> {
    if deflate() {
        serve_with(tcp, DeflateExtProvider::default()).await
    } else {
        serve_with(tcp, NoExtProvider).await
    }
}

async fn serve_with<E: ExtensionProvider>(tcp: TcpStream, extension: E) -> Result<(), Failure>
where
    E::Extension: Send,
{
    let protocols = SubprotocolRegistry::default();
    let upgrade = accept_with(buffered(tcp)?, config(), extension, protocols).await?;
    echo(upgrade.upgrade().await?.websocket).await;
    Ok(())
}

/// Opens a connection, echoes until it ends, and gives the last message.
pub async fn visit(url: &str) -> Result<Vec<u8>, Failure> {
    if deflate() {
        visit_with(url, &DeflateExtProvider::default()).await
    } else {
        visit_with(url, &NoExtProvider).await
    }
}

async fn visit_with<E: ExtensionProvider>(url: &str, extension: &E) -> Result<Vec<u8>, Failure> {
    let host = url.split('/').nth(2).ok_or("no host in the URL")?;
    let stream = buffered(TcpStream::connect(host).await?)?;
    let protocols = SubprotocolRegistry::default();
    let upgraded = subscribe_with(config(), stream, url, extension, protocols).await?;
    Ok(echo(upgraded.websocket).await)
}

/// Sends every message back with its type until the connection ends.
async fn echo<E: Extension>(mut socket: WebSocket<Stream, E>) -> Vec<u8> {
    let check = variant() != "defaults";
    let mut last = Vec::new();
    let mut message = BytesMut::new();
    loop {
        let kind = match socket.read(&mut message).await {
            Ok(Message::Text) => PayloadType::Text,
            Ok(Message::Binary) => PayloadType::Binary,
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Ok(Message::Close(_)) | Err(_) => return last,
        };
        if check && matches!(kind, PayloadType::Text) && str::from_utf8(&message).is_err() {
            return last;
        }
        last = message.to_vec();
        if socket.write(&message, kind).await.is_err() || socket.flush().await.is_err() {
            return last;
        }
        message.clear();
    }
}
