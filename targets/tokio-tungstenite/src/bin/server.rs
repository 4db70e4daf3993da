//! Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.

use std::{env, error::Error, sync::Arc};

use target::{Stream, config, echo};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};
use tokio_tungstenite::accept_async_with_config;

fn tls() -> Result<Option<TlsAcceptor>, Box<dyn Error>> {
    let (Ok(cert), Ok(key)) = (env::var("TLS_CERT"), env::var("TLS_KEY")) else {
        return Ok(None);
    };
    let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

async fn serve(tcp: TcpStream, tls: Option<TlsAcceptor>) -> Result<(), Box<dyn Error>> {
    tcp.set_nodelay(true)?;
    let stream: Box<dyn Stream> = match tls {
        Some(acceptor) => Box::new(acceptor.accept(tcp).await?),
        None => Box::new(tcp),
    };
    echo(accept_async_with_config(stream, Some(config())).await?).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = env::var("HOST").unwrap_or("127.0.0.1".into());
    let port = env::var("PORT").unwrap_or("9001".into()).parse::<u16>()?;
    let tls = tls()?;
    let listener = TcpListener::bind((host, port)).await?;
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => {
                let tls = tls.clone();
                tokio::spawn(async move {
                    if let Err(error) = serve(tcp, tls).await {
                        eprintln!("{error}");
                    }
                });
            }
            Err(error) => eprintln!("{error}"),
        }
    }
}
