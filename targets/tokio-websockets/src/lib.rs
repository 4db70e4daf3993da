//! What the server and the client do with the library.

use std::error::Error;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_websockets::{ClientBuilder, Config, Limits, ServerBuilder, WebSocketStream};

pub type Failure = Box<dyn Error + Send + Sync>;

const MAX_MESSAGE: usize = 256 << 20;

fn config() -> Config {
    Config::default().frame_size(usize::MAX)
}

/// Takes the opening handshake and echoes until the connection ends.
pub async fn serve(tcp: TcpStream) -> Result<(), Failure> {
    tcp.set_nodelay(true)?;
    let (_, socket) = ServerBuilder::new()
        .config(config())
        .limits(Limits::default().max_payload_len(Some(MAX_MESSAGE)))
        .accept(tcp)
        .await?;
    echo(socket).await;
    Ok(())
}

/// Opens a connection, echoes until it ends, and gives the last message.
pub async fn visit(url: &str) -> Result<Vec<u8>, Failure> {
    let (socket, _) = ClientBuilder::new()
        .uri(url)?
        .config(config())
        .limits(Limits::default().max_payload_len(Some(MAX_MESSAGE)))
        .connect()
        .await?;
    Ok(echo(socket).await)
}

/// Sends every message back with its type until the connection ends.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) -> Vec<u8> {
    let mut last = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            last = message.as_payload().to_vec();
            if socket.send(message).await.is_err() {
                break;
            }
        }
    }
    last
}
