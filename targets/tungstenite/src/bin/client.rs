//! Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.

use std::{
    env,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use target::{Failure, visit};

fn percent_encode(text: &str) -> String {
    let encode = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(octet).to_string()
        }
        _ => format!("%{octet:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn case_count(url: String) -> Result<usize, Failure> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(visit(&url)));
    Ok(receiver.recv_timeout(Duration::from_secs(10))??.parse()?)
}

fn main() -> Result<(), Failure> {
    let fuzzer = env::var("FUZZER_URL")?;
    let agent = percent_encode(&env::var("AGENT")?);
    let concurrency = env::var("CONCURRENCY").map_or(Ok(1), |text| text.parse())?;
    let count = case_count(format!("{fuzzer}/getCaseCount"))?;

    let last = AtomicUsize::new(0);
    let worker = || {
        loop {
            let number = last.fetch_add(1, Ordering::Relaxed) + 1;
            if number > count {
                break;
            }
            let url = format!("{fuzzer}/runCase?case={number}&agent={agent}");
            if let Err(error) = visit(&url) {
                eprintln!("case {number}: {error}");
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..concurrency {
            scope.spawn(worker);
        }
    });

    visit(&format!("{fuzzer}/updateReports?agent={agent}"))?;
    Ok(())
}
