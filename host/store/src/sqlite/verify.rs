//! Reads the whole log once, in the order of writing, and names every row that is not as it was written.
//!
//! What is checked: rows, events of a conversation and numbers of a feed are consecutive; each body fits its digest;
//! each link follows from the one before; a conversation never changes its brand; every seal fits the rows it covers
//! and the seal before it; lists do not know of events that the log has not. After a fault the stored link is taken
//! as it is, so that one altered row gives one sentence.

use super::fault::Fault;
use crate::Verified;
use crate::chain::{self, Digest, Seal};
use jackfield_desk::Event;
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// More sentences than this help nobody.
const MOST: usize = 1000;

pub(super) fn verify(conn: &mut Connection) -> Result<Verified, Fault> {
    let snapshot = conn.transaction()?;
    let mut check = Check::default();
    check.read_seals(&snapshot)?;
    let mut statement = snapshot.prepare(
        "SELECT id, workspace, brand, n, conversation, seq, at, body, salt, body_digest, hash, erased, stream FROM log ORDER BY id",
    )?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        check.row(row)?;
    }
    check.end(&snapshot)?;
    check.faults.extend(super::install::verify(&snapshot)?);
    check.faults.extend(super::policy::verify(&snapshot)?);
    check.faults.extend(indexes(&snapshot)?);
    let faults = check.faults.len();
    check.faults.truncate(MOST);
    if faults > MOST {
        check.faults.push(format!("and {} more", faults - MOST));
    }
    Ok(Verified {
        events: check.events,
        conversations: u64::try_from(check.conversations.len()).unwrap_or(u64::MAX),
        seals: check.seals_read,
        erased: check.erased,
        faults: check.faults,
    })
}

/// Whether every index has what its table has: a row that no index leads to is not found, though it is there. Opening
/// asks only for the form of the pages, which is quick.
fn indexes(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = conn.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    let words = statement.query_map([], |row| row.get::<_, String>(0))?;
    let words: Vec<String> = words.collect::<Result<_, _>>()?;
    let told = |word: &String| {
        format!("the file: {word}; `jackfield log rebuild --mend` makes the projections anew, a backup has all of it")
    };
    Ok(words.iter().filter(|word| *word != "ok").map(told).collect())
}

/// How far a conversation was read.
struct Chain {
    stream: i64,
    seq: i64,
    hash: Digest,
    workspace: String,
    brand: String,
}

/// The seals of a workspace that are not yet reached, and the links under the next of them.
#[derive(Default)]
struct Open {
    seals: VecDeque<Seal>,
    links: Vec<Digest>,
}

#[derive(Default)]
struct Check {
    events: u64,
    seals_read: u64,
    row: i64,
    /// Rows are missing, and said to be: what follows from that is not said again.
    gaps: bool,
    conversations: HashMap<String, Chain>,
    feeds: BTreeMap<(String, String), i64>,
    open: BTreeMap<String, Open>,
    /// The row up to which the newest seal of any workspace goes: all are sealed together.
    newest: u64,
    /// The first row of a workspace that is older than that and under no seal of its own.
    bare: BTreeMap<String, i64>,
    erased: u64,
    faults: Vec<String>,
}

impl Check {
    fn read_seals(&mut self, conn: &Connection) -> Result<(), Fault> {
        let mut statement = conn
            .prepare("SELECT workspace, number, upto, events, at, root, hash FROM seal ORDER BY workspace, number")?;
        let mut found = statement.query([])?;
        let mut before: Option<(String, i64, Digest)> = None;
        while let Some(row) = found.next()? {
            let (workspace, number): (String, i64) = (row.get(0)?, row.get(1)?);
            let seal = Seal {
                workspace: workspace.clone(),
                number: number.cast_unsigned(),
                upto: row.get::<_, i64>(2)?.cast_unsigned(),
                events: row.get::<_, i64>(3)?.cast_unsigned(),
                at: row.get(4)?,
                root: row.get(5)?,
            };
            let (last, prev) = match before.take() {
                Some((same, last, prev)) if same == workspace => (last, prev),
                _ => (0, chain::START),
            };
            let hash: Digest = row.get(6)?;
            if number != last + 1 {
                self.faults
                    .push(format!("seal {} of workspace {workspace} is missing", last + 1));
            } else if hash != chain::seal_link(&prev, &seal) {
                self.faults.push(format!(
                    "seal {number} of workspace {workspace} was altered, or does not follow from the one before"
                ));
            }
            self.newest = self.newest.max(seal.upto);
            self.open.entry(workspace.clone()).or_default().seals.push_back(seal);
            self.seals_read += 1;
            before = Some((workspace, number, hash));
        }
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        let id: i64 = row.get(0)?;
        let (workspace, brand): (String, String) = (row.get(1)?, row.get(2)?);
        let conversation: String = row.get(4)?;
        let seq: i64 = row.get(5)?;
        let hash: Digest = row.get(10)?;
        let name = format!("log row {id} (conversation {conversation}, event {seq})");
        self.events += 1;
        if id != self.row + 1 {
            self.gaps = true;
            self.faults.push(match (self.row + 1, id - 1) {
                (first, last) if first == last => format!("log row {first} is missing"),
                (first, last) => format!("log rows {first} to {last} are missing"),
            });
        }
        self.row = id;
        self.feed(&workspace, &brand, row.get(3)?, &name);
        self.body(row, seq, &workspace, &brand, &name)?;
        self.link(row, &conversation, seq, (&workspace, &brand), &name)?;
        self.sealed(&workspace, id, hash);
        Ok(())
    }

    fn feed(&mut self, workspace: &str, brand: &str, n: i64, name: &str) {
        let last = self.feeds.entry((workspace.to_owned(), brand.to_owned())).or_insert(0);
        if n != *last + 1 && !self.gaps {
            self.faults.push(format!(
                "{name}: its feed number is {n}, {} comes next in brand {brand}",
                *last + 1
            ));
        }
        *last = n;
    }

    fn body(&mut self, row: &Row<'_>, seq: i64, workspace: &str, brand: &str, name: &str) -> Result<(), Fault> {
        let body: Option<String> = row.get(7)?;
        let salt: Option<Vec<u8>> = row.get(8)?;
        let digest: Digest = row.get(9)?;
        match (body, salt, row.get::<_, bool>(11)?) {
            (None, None, true) => self.erased += 1,
            (Some(body), Some(salt), false) => {
                if chain::body_digest(&salt, body.as_bytes()) != digest {
                    self.faults
                        .push(format!("{name} was altered: its words are not those that were written"));
                } else if seq == 1
                    && !matches!(serde_json::from_str(&body), Ok(Event::Opened(place))
                        if place.workspace.as_str() == workspace && place.brand.as_str() == brand)
                {
                    self.faults
                        .push(format!("{name} was altered: it belongs to another workspace or brand"));
                }
            }
            _ => self.faults.push(format!(
                "{name} was altered: its words were taken away without an erasure"
            )),
        }
        Ok(())
    }

    fn link(
        &mut self,
        row: &Row<'_>,
        conversation: &str,
        seq: i64,
        place: (&str, &str),
        name: &str,
    ) -> Result<(), Fault> {
        let (digest, hash): (Digest, Digest) = (row.get(9)?, row.get(10)?);
        let before = self.conversations.get(conversation);
        let (last, prev) = before.map_or((0, chain::START), |chain| (chain.seq, chain.hash));
        let (id, stream): (i64, i64) = (row.get(0)?, row.get(12)?);
        let first = before.map_or(id, |chain| chain.stream);
        if seq != last + 1 {
            self.faults.push(format!(
                "{name} stands after event {last}: event {} is missing or out of order",
                last + 1
            ));
        } else if before.is_some_and(|chain| (chain.workspace.as_str(), chain.brand.as_str()) != place) {
            self.faults
                .push(format!("{name} was altered: it belongs to another workspace or brand"));
        } else if stream != first {
            self.faults.push(format!(
                "{name} was altered: it is in stream {stream} instead of {first}"
            ));
        } else if hash != chain::link(&prev, conversation, seq.cast_unsigned(), row.get(6)?, &digest) {
            self.faults
                .push(format!("{name} was altered, or does not follow from event {last}"));
        }
        let chain = Chain {
            stream,
            seq,
            hash,
            workspace: place.0.to_owned(),
            brand: place.1.to_owned(),
        };
        self.conversations.insert(conversation.to_owned(), chain);
        Ok(())
    }

    fn sealed(&mut self, workspace: &str, id: i64, hash: Digest) {
        let open = self.open.entry(workspace.to_owned()).or_default();
        while open.seals.front().is_some_and(|seal| seal.upto < id.cast_unsigned()) {
            close(open, &mut self.faults);
        }
        if !open.seals.is_empty() {
            open.links.push(hash);
        } else if id.cast_unsigned() <= self.newest {
            self.bare.entry(workspace.to_owned()).or_insert(id);
        }
    }

    fn end(&mut self, conn: &Connection) -> Result<(), Fault> {
        for open in self.open.values_mut() {
            while !open.seals.is_empty() {
                close(open, &mut self.faults);
            }
        }
        for (workspace, id) in &self.bare {
            self.faults.push(format!(
                "workspace {workspace}: rows from log row {id} on are under no seal, and others were sealed later: its newest seal was taken away"
            ));
        }
        // Without these the newest rows could be cut off and nobody would know before the next seal.
        let mut statement = conn.prepare("SELECT id, version FROM conversation")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let (id, version): (String, i64) = (row.get(0)?, row.get(1)?);
            let last = self.conversations.get(&id).map_or(0, |chain| chain.seq);
            if version > last {
                self.faults.push(format!(
                    "conversation {id}: the list knows event {version}, the log ends at {last}"
                ));
            }
        }
        let mut statement = conn.prepare("SELECT workspace, brand, n FROM feed")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let (place, n): ((String, String), i64) = ((row.get(0)?, row.get(1)?), row.get(2)?);
            let last = self.feeds.get(&place).copied().unwrap_or(0);
            if n > last {
                self.faults.push(format!(
                    "brand {}: number {n} was given in the feed, the log ends at {last}",
                    place.1
                ));
            }
        }
        Ok(())
    }
}

fn close(open: &mut Open, faults: &mut Vec<String>) {
    let links = std::mem::take(&mut open.links);
    let Some(seal) = open.seals.pop_front() else { return };
    if u64::try_from(links.len()) != Ok(seal.events) || chain::root(&links) != seal.root {
        let Seal {
            workspace,
            number,
            upto,
            events,
            ..
        } = seal;
        faults.push(format!(
            "seal {number} of workspace {workspace} does not fit the {} rows it covers up to log row {upto} ({events} were sealed): one of them was altered, added or taken away since",
            links.len()
        ));
    }
}
