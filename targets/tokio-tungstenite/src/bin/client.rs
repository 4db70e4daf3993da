//! Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.

use std::{
    env,
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use target::{Socket, Stream, config, echo};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::{client_async_with_config, tungstenite::http::Uri};

type Failure = Box<dyn Error + Send + Sync>;

struct Fuzzer {
    url: String,
    agent: String,
    tls: TlsConnector,
}

impl Fuzzer {
    fn from_env() -> Result<Self, Failure> {
        let mut roots = RootCertStore::empty();
        if let Ok(file) = env::var("CA_CERT") {
            for certificate in CertificateDer::pem_file_iter(file)? {
                roots.add(certificate?)?;
            }
        }
        let tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            url: env::var("FUZZER_URL")?,
            agent: percent_encode(&env::var("AGENT").unwrap_or("tokio-tungstenite".into())),
            tls: TlsConnector::from(Arc::new(tls)),
        })
    }

    async fn connect(&self, path: &str) -> Result<Socket, Failure> {
        let uri: Uri = format!("{}{path}", self.url).parse()?;
        let tcp =
            TcpStream::connect(uri.authority().ok_or("no host in FUZZER_URL")?.as_str()).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = if uri.scheme_str() == Some("wss") {
            let name = ServerName::try_from(uri.host().unwrap_or_default().to_owned())?;
            Box::new(self.tls.connect(name, tcp).await?)
        } else {
            Box::new(tcp)
        };
        Ok(client_async_with_config(uri, stream, Some(config()))
            .await?
            .0)
    }

    async fn case_count(&self) -> Result<usize, Failure> {
        let mut socket = self.connect("/getCaseCount").await?;
        let message = socket.next().await.ok_or("no case count")??;
        Ok(message.to_text()?.parse()?)
    }

    async fn run_case(&self, number: usize) {
        match self
            .connect(&format!("/runCase?case={number}&agent={}", self.agent))
            .await
        {
            Ok(socket) => echo(socket).await,
            Err(error) => eprintln!("case {number}: {error}"),
        }
    }
}

fn percent_encode(text: &str) -> String {
    let encode = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        _ => format!("%{octet:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let fuzzer = Arc::new(Fuzzer::from_env()?);
    let count = timeout(Duration::from_secs(10), fuzzer.case_count()).await??;

    let concurrency = env::var("CONCURRENCY")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let last = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (fuzzer, last) = (fuzzer.clone(), last.clone());
        workers.spawn(async move {
            loop {
                let number = last.fetch_add(1, Ordering::Relaxed) + 1;
                if number > count {
                    break;
                }
                fuzzer.run_case(number).await;
            }
        });
    }
    workers.join_all().await;

    echo(
        fuzzer
            .connect(&format!("/updateReports?agent={}", fuzzer.agent))
            .await?,
    )
    .await;
    Ok(())
}
