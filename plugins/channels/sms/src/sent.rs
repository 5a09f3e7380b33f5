//! Which message came of which draft, as far as it is known: from the answer to sending, or from the callback with our
//! key in its address.

use jackfield_sdk::channel::{Host, Receipt};

/// The keys of drafts and the ids of messages, newest last; 800 lines of some 90 bytes.
const KEY: &str = "sent";
const MOST: usize = 600;

fn lines(host: &dyn Host) -> Vec<String> {
    let kept = host.get(KEY).unwrap_or_default();
    String::from_utf8_lossy(&kept).lines().map(str::to_owned).collect()
}

/// Keeps that this message is the draft's.
pub(crate) fn remember(host: &dyn Host, key: &str, id: &str, at: u64) {
    let mut all = lines(host);
    if all.iter().any(|line| line.starts_with(key)) {
        return;
    }
    all.push(format!("{key} {id} {at}"));
    let from = all.len().saturating_sub(MOST);
    // Where it cannot be kept, the lists are looked through instead.
    let _ = host.set(KEY, all.get(from..).unwrap_or_default().join("\n").as_bytes());
}

/// The message of a draft.
pub(crate) fn receipt(host: &dyn Host, key: &str) -> Option<Receipt> {
    lines(host).iter().find_map(|line| {
        let mut words = line.split(' ');
        (words.next()? == key).then_some(())?;
        Some(Receipt {
            remote_id: words.next()?.to_owned(),
            url: None,
            at: words.next()?.parse().ok()?,
        })
    })
}

/// Whether a message is known to be of another draft.
pub(crate) fn is_of_another(host: &dyn Host, id: &str, key: &str) -> bool {
    lines(host).iter().any(|line| {
        let mut words = line.split(' ');
        words.next() != Some(key) && words.next() == Some(id)
    })
}
