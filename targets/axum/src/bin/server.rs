//! Echo server: every message goes back with its type.

use std::{env, error::Error};

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
    routing::any,
    serve::ListenerExt,
};
use tokio::net::TcpListener;

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    if env::var("VARIANT").is_ok_and(|variant| variant == "defaults") {
        return upgrade.on_upgrade(echo);
    }
    upgrade
        .max_message_size(256 << 20)
        .max_frame_size(256 << 20)
        .on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(_) | Message::Binary(_) = message {
            if socket.send(message).await.is_err() {
                break;
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into()).parse::<u16>()?;
    let listener = TcpListener::bind((host, port))
        .await?
        .tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, Router::new().route("/", any(upgrade))).await?;
    Ok(())
}
