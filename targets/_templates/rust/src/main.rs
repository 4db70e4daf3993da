//! Echo server and client driver. tungstenite stands where your library will.

use std::{
    env,
    error::Error,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use tungstenite::{
    Message, WebSocket, accept_with_config, client::client_with_config, http::Uri,
    protocol::WebSocketConfig,
};

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name, default: &str| env::var(name).unwrap_or(default.into());
    if env::args().nth(1).as_deref() == Some("client") {
        return drive(&env::var("FUZZER_URL")?, &variable("AGENT", "__NAME__"));
    }
    let port = variable("PORT", "9001").parse()?;
    serve(&variable("HOST", "127.0.0.1"), port)
}

fn config() -> Option<WebSocketConfig> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(256 << 20))
        .max_frame_size(Some(256 << 20));
    Some(config)
}

/// Echoes on every connection, each on a thread of its own.
fn serve(host: &str, port: u16) -> Result<(), Box<dyn Error>> {
    for tcp in TcpListener::bind((host, port))?.incoming() {
        let tcp = tcp?;
        tcp.set_nodelay(true)?;
        thread::spawn(|| {
            if let Ok(mut socket) = accept_with_config(tcp, config()) {
                echo(&mut socket);
            }
        });
    }
    Ok(())
}

/// Plays the fuzzer's cases one after the other.
fn drive(fuzzer: &str, agent: &str) -> Result<(), Box<dyn Error>> {
    let agent = percent_encoded(agent);
    let count = match open(&format!("{fuzzer}/getCaseCount"))?.read()? {
        Message::Text(text) => text.parse::<usize>()?,
        other => return Err(format!("no count of cases: {other}").into()),
    };
    for number in 1..=count {
        match open(&format!("{fuzzer}/runCase?case={number}&agent={agent}")) {
            Ok(mut socket) => echo(&mut socket),
            Err(error) => eprintln!("case {number}: {error}"),
        }
    }
    echo(&mut open(&format!("{fuzzer}/updateReports?agent={agent}"))?);
    Ok(())
}

fn open(url: &str) -> Result<WebSocket<TcpStream>, Box<dyn Error>> {
    let uri: Uri = url.parse()?;
    let tcp = TcpStream::connect(uri.authority().ok_or("no host in FUZZER_URL")?.as_str())?;
    tcp.set_nodelay(true)?;
    let (socket, _response) =
        client_with_config(uri, tcp, config()).map_err(|error| error.to_string())?;
    Ok(socket)
}

/// Sends every message back with its type until the connection ends.
fn echo<Stream: Read + Write>(socket: &mut WebSocket<Stream>) {
    while let Ok(message) = socket.read() {
        if (message.is_text() || message.is_binary()) && socket.send(message).is_err() {
            break;
        }
    }
}

fn percent_encoded(text: &str) -> String {
    let encoded = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        _ => format!("%{octet:02X}"),
    };
    text.bytes().map(encoded).collect()
}
