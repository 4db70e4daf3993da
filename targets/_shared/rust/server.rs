//! Echo server: every message goes back with its type.

use std::env;

use target::{Failure, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into()).parse::<u16>()?;
    let listener = TcpListener::bind((host, port)).await?;
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => drop(tokio::spawn(async move {
                if let Err(error) = serve(tcp).await {
                    eprintln!("{error}");
                }
            })),
            Err(error) => eprintln!("{error}"),
        }
    }
}
