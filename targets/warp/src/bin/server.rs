//! Echo server: every message goes back with its type.

use std::{env, error::Error};

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use warp::{
    Filter, Reply,
    ws::{WebSocket, Ws},
};

fn upgrade(upgrade: Ws) -> impl Reply {
    let upgrade = match env::var("VARIANT").as_deref() {
        Ok("defaults") => upgrade,
        _ => upgrade
            .max_message_size(256 << 20)
            .max_frame_size(256 << 20),
    };
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into()).parse::<u16>()?;
    let listener = TcpListener::bind((host, port)).await?;
    warp::serve(warp::ws().map(upgrade))
        .incoming(listener)
        .run()
        .await;
    Ok(())
}
