//! Echo server: every message goes back with its type.

use std::{env, time::Duration};

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, rt, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, MessageStream, Session, handle};

async fn upgrade(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, session, stream) = handle(&request, body)?;
    rt::spawn(echo(session, aggregated(stream)));
    Ok(response)
}

fn defaults() -> bool {
    env::var("VARIANT").is_ok_and(|variant| variant == "defaults")
}

fn aggregated(stream: MessageStream) -> AggregatedMessageStream {
    if defaults() {
        return stream.aggregate_continuations();
    }
    stream
        .max_frame_size(256 << 20)
        .aggregate_continuations()
        .max_continuation_size(256 << 20)
}

/// What the library hands to its user: messages to echo, pings and close frames to answer.
async fn echo(mut session: Session, mut stream: AggregatedMessageStream) {
    let reason = loop {
        let sent = match stream.recv().await {
            Some(Ok(AggregatedMessage::Text(text))) => session.text(text).await,
            Some(Ok(AggregatedMessage::Binary(data))) => session.binary(data).await,
            Some(Ok(AggregatedMessage::Ping(data))) => session.pong(&data).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(reason))) => break reason,
            Some(Err(_)) | None => break None,
        };
        if sent.is_err() {
            return;
        }
    };
    let _ = session.close(reason).await;
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into());
    let port = port.parse::<u16>().expect("PORT is no port");
    let mut server = HttpServer::new(|| App::new().route("/", web::get().to(upgrade)));
    if !defaults() {
        server = server.client_disconnect_timeout(Duration::ZERO);
    }
    server.bind((host, port))?.run().await
}
