//! Echo server: every message goes back with its type.

use std::{env, net::TcpListener, thread};

use target::{Failure, serve};

fn main() -> Result<(), Failure> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into()).parse::<u16>()?;
    let listener = TcpListener::bind((host, port))?;
    loop {
        match listener.accept() {
            Ok((tcp, _)) => drop(thread::spawn(move || {
                if let Err(error) = serve(tcp) {
                    eprintln!("{error}");
                }
            })),
            Err(error) => eprintln!("{error}"),
        }
    }
}
