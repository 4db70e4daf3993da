//! Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.

use std::{cell::Cell, env, rc::Rc, time::Duration};

use target::{Failure, visit};
use tokio::{
    task::{LocalSet, spawn_local},
    time::timeout,
};

fn percent_encode(text: &str) -> String {
    let encode = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        _ => format!("%{octet:02X}"),
    };
    text.bytes().map(encode).collect()
}

async fn drive() -> Result<(), Failure> {
    let fuzzer = env::var("FUZZER_URL")?;
    let agent = percent_encode(&env::var("AGENT")?);
    let concurrency = env::var("CONCURRENCY").map_or(Ok(1), |text| text.parse())?;

    let url = format!("{fuzzer}/getCaseCount");
    let message = timeout(Duration::from_secs(10), visit(&url)).await??;
    let count: usize = str::from_utf8(&message)?.parse()?;

    let last = Rc::new(Cell::new(0));
    let worker = || {
        let (fuzzer, agent, last) = (fuzzer.clone(), agent.clone(), last.clone());
        async move {
            while last.get() < count {
                let number = last.get() + 1;
                last.set(number);
                let url = format!("{fuzzer}/runCase?case={number}&agent={agent}");
                if let Err(error) = visit(&url).await {
                    eprintln!("case {number}: {error}");
                }
            }
        }
    };
    let workers: Vec<_> = (0..concurrency).map(|_| spawn_local(worker())).collect();
    for worker in workers {
        worker.await?;
    }

    visit(&format!("{fuzzer}/updateReports?agent={agent}")).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    LocalSet::new().run_until(drive()).await
}
