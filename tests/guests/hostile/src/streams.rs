//! Byte streams and bodies in pieces, used and misused.

use crate::field;
use jackfield_sdk::channel::*;
use std::cell::RefCell;

thread_local! {
    /// A body that outlives its call.
    static KEPT: RefCell<Option<Box<dyn Body>>> = const { RefCell::new(None) };
}

/// What came of it, in words.
pub(crate) fn stream(host: &dyn Host, settings: &str, mode: &str) -> String {
    match mode {
        "stream-many" => many(host, settings),
        "stream-million" => million(host),
        _ => match talk(host, settings, mode) {
            Ok(text) => text,
            Err(failure) => format!("{failure:?}"),
        },
    }
}

fn connect(host: &dyn Host, settings: &str) -> Result<Box<dyn Stream>, StreamFailure> {
    let security = match field(settings, "security").as_str() {
        "start-tls" => Security::StartTls,
        "plain" => Security::Plain,
        _ => Security::Tls,
    };
    let port = field(settings, "port").parse().unwrap_or_default();
    host.connect(&field(settings, "host"), port, security)
}

fn talk(host: &dyn Host, settings: &str, mode: &str) -> Result<String, StreamFailure> {
    let mut stream = connect(host, settings)?;
    let login = [bytes("LOGIN "), secret("token"), bytes("\r\n")];
    match mode {
        // Says the secret and reads what the other side makes of it.
        "stream" => stream.write(&login)?,
        "stream-base64" => stream.write(&[base64_with_secret("\0me\0", "token"), bytes("\r\n")])?,
        "stream-upgrade" => {
            read_some(stream.as_mut())?;
            stream.write(&[bytes("STARTTLS\r\n")])?;
            read_some(stream.as_mut())?;
            stream.start_tls()?;
            stream.write(&login)?;
        }
        // The other side says more than was asked for, in the clear.
        "stream-injected" => {
            stream.read(3, 5_000)?;
            stream.start_tls()?;
        }
        "stream-quiet" => return Ok(format!("{:?}", stream.read(0, 50))),
        "stream-chatter" => {
            stream.write(&[bytes(vec![b'x'; 20_000])])?;
        }
        "stream-giant" => stream.write(&[bytes(vec![b'x'; 16 << 20])])?,
        "stream-large" => stream.write(&[bytes(vec![b'x'; 2 << 20])])?,
        // Reads without end.
        "stream-flood" => loop {
            stream.read(0, 5_000)?;
        },
        _ => {}
    }
    let mut all = Vec::new();
    while let Some(more) = stream.read(11, 5_000)? {
        all.extend(more);
    }
    Ok(String::from_utf8_lossy(&all).into_owned())
}

fn read_some(stream: &mut dyn Stream) -> Result<(), StreamFailure> {
    stream.read(0, 5_000).map(drop)
}

/// Opens streams until the host says no, and keeps them.
fn many(host: &dyn Host, settings: &str) -> String {
    let mut kept = Vec::new();
    loop {
        match connect(host, settings) {
            Ok(stream) => kept.push(stream),
            Err(failure) => return format!("{} {failure:?}", kept.len()),
        }
    }
}

fn million(host: &dyn Host) -> String {
    (0..1_000_000)
        .filter(|_| host.connect("", 0, Security::Tls).is_ok())
        .count()
        .to_string()
}

/// A body in pieces of a few bytes.
pub(crate) fn body(host: &dyn Host, settings: &str, mode: &str) -> String {
    let open = || Request::get(field(settings, "url")).bearer("token").open(host);
    if mode == "body-many" {
        let mut kept = Vec::new();
        loop {
            match open() {
                Ok(opened) => kept.push(opened),
                Err(failure) => return format!("{} {failure:?}", kept.len()),
            }
        }
    }
    if mode == "body-kept" {
        return match KEPT.take() {
            Some(mut body) => format!("{:?}", body.read(10)),
            None => {
                KEPT.set(open().ok().map(|(_, body)| body));
                "kept".to_owned()
            }
        };
    }
    let (head, mut body) = match open() {
        Ok(opened) => opened,
        Err(failure) => return format!("{failure:?}"),
    };
    let (mut all, mut pieces) = (Vec::new(), 0);
    loop {
        match body.read(7) {
            Ok(Some(piece)) => all.extend(piece),
            Ok(None) => return format!("{} {} in {pieces}", head.status, String::from_utf8_lossy(&all)),
            Err(failure) => return format!("{failure:?}"),
        }
        pieces += 1;
    }
}

/// Values that are too many, too long, too large.
pub(crate) fn values(host: &dyn Host, mode: &str) -> String {
    match mode {
        "kv-long" => format!("{:?}", host.set(&"k".repeat(300), b"v")),
        "kv-large" => format!("{:?}", host.set("k", &vec![0; 100_000])),
        "kv-giant" => format!("{:?}", host.set("k", &vec![0; 16 << 20])),
        _ => (0..1_000_000)
            .filter(|n| host.set("k", &[*n as u8]).is_ok())
            .count()
            .to_string(),
    }
}
