//! What the server and the client do with the library.

use std::{env, error::Error};

use soketto::{
    Data, Mode,
    connection::Builder,
    extension::deflate::Deflate,
    handshake::{Client, Server, ServerResponse, server::Response},
};
use tokio::{
    io::{BufReader, BufWriter},
    net::TcpStream,
};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

pub type Failure = Box<dyn Error + Send + Sync>;
type Stream = Compat<BufReader<BufWriter<TcpStream>>>;

fn buffered(tcp: TcpStream) -> Result<Stream, Failure> {
    tcp.set_nodelay(true)?;
    Ok(BufReader::new(BufWriter::new(tcp)).compat())
}

fn deflate() -> bool {
    let variant = env::var("VARIANT").unwrap_or_default();
    !["defaults", "no-deflate"].contains(&variant.as_str())
}

/// Takes the opening handshake and echoes until the connection ends.
pub async fn serve(tcp: TcpStream) -> Result<(), Failure> {
    let mut server = Server::new(buffered(tcp)?);
    if deflate() {
        server.add_extension(Box::new(Deflate::new(Mode::Server)));
    }
    let key = server.receive_request().await?.key();
    let response = Response::Accept {
        key,
        protocol: None,
    };
    server.send_response(&response).await?;
    echo(server.into_builder()).await;
    Ok(())
}

/// Opens a connection, echoes until it ends, and gives the last message.
pub async fn visit(url: &str) -> Result<Vec<u8>, Failure> {
    let (host, path) = url
        .strip_prefix("ws://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or("not a ws URL")?;
    let path = format!("/{path}");
    let mut client = Client::new(buffered(TcpStream::connect(host).await?)?, host, &path);
    if deflate() {
        client.add_extension(Box::new(Deflate::new(Mode::Client)));
    }
    match client.handshake().await? {
        ServerResponse::Accepted { .. } => Ok(echo(client.into_builder()).await),
        refused => Err(format!("{refused:?}").into()),
    }
}

/// Sends every message back with its type until the connection ends.
async fn echo(builder: Builder<Stream>) -> Vec<u8> {
    let mut last = Vec::new();
    let (mut sender, mut receiver) = builder.finish();
    loop {
        let mut message = Vec::new();
        let Ok(kind) = receiver.receive_data(&mut message).await else {
            return last;
        };
        last = message.clone();
        let sent = match kind {
            Data::Binary(_) => sender.send_binary(message).await,
            Data::Text(_) => match String::from_utf8(message) {
                Ok(text) => sender.send_text_owned(text).await,
                Err(_) => return last,
            },
        };
        if sent.is_err() || sender.flush().await.is_err() {
            return last;
        }
    }
}
