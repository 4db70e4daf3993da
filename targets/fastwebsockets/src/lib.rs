//! What the server and the client do with the library.

use std::error::Error;

use fastwebsockets::{
    FragmentCollector, Frame, OpCode, WebSocket, WebSocketError, handshake, upgrade,
};
use http_body_util::Empty;
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
    server::conn::http1,
    service::service_fn,
    upgrade::Upgraded,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

pub type Failure = Box<dyn Error + Send + Sync>;

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
    let (response, upgraded) = upgrade::upgrade(&mut request)?;
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
    let uri: Uri = url.parse()?;
    let authority = uri.authority().ok_or("no host in the URL")?.as_str();
    let tcp = TcpStream::connect(authority).await?;
    tcp.set_nodelay(true)?;
    let target = uri.path_and_query().ok_or("no path in the URL")?.as_str();
    let request = Request::get(target)
        .header(HOST, authority)
        .header(UPGRADE, "websocket")
        .header(CONNECTION, "upgrade")
        .header(SEC_WEBSOCKET_KEY, handshake::generate_key())
        .header(SEC_WEBSOCKET_VERSION, "13")
        .body(Empty::<Bytes>::new())?;
    let (socket, _) = handshake::client(&TokioExecutor::new(), request, tcp).await?;
    Ok(echo(socket).await)
}

/// Sends every message back with its type until the connection ends.
async fn echo(mut socket: WebSocket<TokioIo<Upgraded>>) -> Vec<u8> {
    socket.set_max_message_size(256 << 20);
    let mut socket = FragmentCollector::new(socket);
    let mut last = Vec::new();
    while let Ok(message) = socket.read_frame().await {
        match message.opcode {
            OpCode::Text | OpCode::Binary => {
                last = message.payload.to_vec();
                let echo = Frame::new(true, message.opcode, None, message.payload);
                if socket.write_frame(echo).await.is_err() {
                    break;
                }
            }
            OpCode::Close => break,
            _ => {}
        }
    }
    last
}
