//! What the server and the client do with the library.

use std::{env, error::Error, net::TcpStream};

use tungstenite::{
    Message, WebSocket, accept_with_config, client::client_with_config, http::Uri,
    protocol::WebSocketConfig,
};

pub type Failure = Box<dyn Error + Send + Sync>;

fn config() -> WebSocketConfig {
    if env::var("VARIANT").is_ok_and(|variant| variant == "defaults") {
        return WebSocketConfig::default();
    }
    WebSocketConfig::default()
        .max_message_size(Some(256 << 20))
        .max_frame_size(Some(256 << 20))
}

/// Takes the opening handshake and echoes until the connection ends.
pub fn serve(tcp: TcpStream) -> Result<(), Failure> {
    tcp.set_nodelay(true)?;
    let socket = accept_with_config(tcp, Some(config())).map_err(|error| error.to_string())?;
    echo(socket);
    Ok(())
}

/// Opens a connection, echoes until it ends, and gives the last text.
pub fn visit(url: &str) -> Result<String, Failure> {
    let uri: Uri = url.parse()?;
    let tcp = TcpStream::connect(uri.authority().ok_or("no host in the URL")?.as_str())?;
    tcp.set_nodelay(true)?;
    let (socket, _) =
        client_with_config(uri, tcp, Some(config())).map_err(|error| error.to_string())?;
    Ok(echo(socket))
}

/// Sends every message back with its type until the connection ends.
fn echo(mut socket: WebSocket<TcpStream>) -> String {
    let mut last = String::new();
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = &message {
            last = text.to_string();
        }
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            break;
        }
    }
    last
}
