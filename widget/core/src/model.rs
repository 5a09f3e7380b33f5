//! A server of a few lines, and feeds that lose, double and reorder: what the panel shows ends as what the server has.

use crate::samples::{message, summary};
use crate::*;
use jackfield_protocol::*;
use proptest::prelude::*;

/// Conversations with a version, each change numbered in the feed.
#[derive(Debug, Default)]
struct Server {
    rows: Vec<Summary>,
    items: Vec<(ConversationId, Item)>,
    feed: Vec<FeedEntry>,
}

/// What happens to a conversation.
#[derive(Debug, Clone)]
enum Happens {
    Said(u8),
    Edited(u8),
    Owned(u8, Option<bool>),
    Resolved(u8),
}

impl Server {
    fn head(&self) -> FeedNumber {
        self.feed.len() as u64
    }

    fn happen(&mut self, what: &Happens) {
        let (Happens::Said(at) | Happens::Edited(at) | Happens::Owned(at, _) | Happens::Resolved(at)) = what;
        let id = ConversationId(format!("c{at}"));
        let now = 1000 + self.head() as i64;
        if !self.rows.iter().any(|row| row.id == id) {
            self.rows.push(summary(id.as_str(), 0, Some(now)));
        }
        let row = self.rows.iter_mut().find(|row| row.id == id).unwrap();
        row.version += 1;
        let mut items = vec![];
        match what {
            Happens::Said(_) => {
                row.status = Status::Open;
                row.waiting_since.get_or_insert(now);
                row.last_inbound_at = now;
                items.push(message(&format!("{at}-{now}"), None, now, "new"));
            }
            Happens::Edited(_) => {
                if let Some((_, item)) = self.items.iter_mut().find(|(of, _)| of == &id) {
                    *item = message(
                        item.key.trim_start_matches("m:"),
                        None,
                        item.at,
                        &format!("edited {now}"),
                    );
                    items.push(item.clone());
                }
            }
            Happens::Owned(_, owner) => row.owner = owner.map(|me| AgentId::from(if me { "me" } else { "tom" })),
            Happens::Resolved(_) => (row.status, row.waiting_since) = (Status::Resolved, None),
        }
        if let Happens::Said(_) = what {
            self.items.extend(items.iter().map(|item| (id.clone(), item.clone())));
        }
        let entry = FeedEntry {
            n: self.feed.len() as u64 + 1,
            conversation: id,
            summary: row.clone(),
            items,
        };
        self.feed.push(entry);
    }

    fn page(&self, query: &Query) -> ConversationPage {
        let mut items: Vec<Summary> = self.rows.iter().filter(|row| in_list(query, row)).cloned().collect();
        items.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.id.cmp(&b.id)));
        ConversationPage {
            total: items.len() as u64,
            items,
            next: None,
            feed: self.head(),
        }
    }

    fn view(&self, id: &ConversationId) -> Option<ConversationView> {
        let summary = self.rows.iter().find(|row| &row.id == id)?.clone();
        let items = self
            .items
            .iter()
            .filter(|(of, _)| of == id)
            .map(|(_, item)| item.clone())
            .collect();
        let compose = Compose {
            max_length: None,
            counting: Counting::Bytes,
            visibilities: vec![],
            parent: None,
            prefix: String::new(),
            closed: None,
        };
        Some(ConversationView {
            summary,
            items,
            compose,
            feed: self.head(),
            work: None,
        })
    }
}

fn in_list(query: &Query, row: &Summary) -> bool {
    let open = row.status == Status::Open;
    match query.which {
        Which::Open => open,
        Which::Mine => open && row.owner.as_ref().is_some_and(|o| o.as_str() == "me"),
        Which::Nobodys => open && row.owner.is_none(),
        Which::Resolved => !open,
        Which::All => true,
    }
}

/// What the way to the panel does.
#[derive(Debug, Clone)]
enum Step {
    Happens(Happens),
    /// The stream hands over its next entry.
    Pass,
    /// It loses it.
    Lose,
    /// It hands over an old one again.
    Again(u8),
    /// It breaks and is opened again.
    Break,
    /// A page or view that was asked for arrives, as it was when it was asked for.
    Arrive,
}

fn any_step() -> impl Strategy<Value = Step> {
    let happens = prop_oneof![
        3 => (0u8..4).prop_map(Happens::Said),
        1 => (0u8..4).prop_map(Happens::Edited),
        1 => (0u8..4, prop::option::of(any::<bool>())).prop_map(|(at, who)| Happens::Owned(at, who)),
        1 => (0u8..4).prop_map(Happens::Resolved),
    ];
    prop_oneof![
        4 => happens.prop_map(Step::Happens),
        4 => Just(Step::Pass),
        1 => Just(Step::Lose),
        1 => any::<u8>().prop_map(Step::Again),
        1 => Just(Step::Break),
        2 => Just(Step::Arrive),
    ]
}

/// A panel made of the machines alone.
struct Panel {
    feed: Feed,
    rows: Rows,
    thread: Thread,
    query: Query,
    stream: usize,
    asked: Vec<(u64, ConversationPage, u64, Option<ConversationView>)>,
    now: i64,
}

impl Panel {
    fn step(&mut self, server: &Server, input: FeedInput) {
        for output in self.feed.step(input, self.now, 0.5) {
            match output {
                FeedOutput::Open { after } => {
                    self.stream = after.unwrap_or(server.head()) as usize;
                    self.step(server, FeedInput::Message(FeedMessage::Hello { n: server.head() }));
                }
                FeedOutput::Resync => {
                    let list = self.rows.begin(self.query.clone(), "me".into());
                    let id = ConversationId::from("c0");
                    let thread = self.thread.begin(id.clone(), None);
                    self.asked
                        .push((list, server.page(&self.query), thread, server.view(&id)));
                }
                FeedOutput::Deliver(entry) => {
                    self.rows.entry(&entry);
                    self.thread.entry(&entry);
                }
                _ => {}
            }
        }
    }

    fn pass(&mut self, server: &Server, lose: bool) {
        if let Some(entry) = server.feed.get(self.stream) {
            self.stream += 1;
            if !lose {
                self.step(server, FeedInput::Message(FeedMessage::Entry(Box::new(entry.clone()))));
            }
        }
    }

    fn arrive(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let (list, page, ticket, view) = self.asked.remove(0);
        self.rows.page(list, true, page);
        match view {
            Some(view) => self.thread.loaded(ticket, view),
            None => self.thread.refuse(ticket, "there is none".into()),
        }
    }
}

proptest! {
    #[test]
    fn whatever_the_feed_loses_or_doubles_the_panel_ends_as_the_server(
        steps in prop::collection::vec(any_step(), 0..80), which in 0usize..5,
    ) {
        let query = Query { which: [Which::Open, Which::Mine, Which::Nobodys, Which::Resolved, Which::All][which], ..Query::default() };
        let mut server = Server::default();
        let mut panel = Panel { feed: Feed::default(), rows: Rows::default(), thread: Thread::default(), query: query.clone(), stream: 0, asked: vec![], now: 0 };
        panel.step(&server, FeedInput::Start);
        for step in &steps {
            panel.now += 1;
            match step {
                Step::Happens(what) => server.happen(what),
                Step::Pass => panel.pass(&server, false),
                Step::Lose => panel.pass(&server, true),
                Step::Again(at) => {
                    if let Some(entry) = server.feed.get(*at as usize % server.feed.len().max(1)) {
                        // Only what the stream has passed can come again.
                        if entry.n <= panel.feed.last().unwrap_or(0) {
                            panel.step(&server, FeedInput::Message(FeedMessage::Entry(Box::new(entry.clone()))));
                        }
                    }
                }
                Step::Break => {
                    panel.step(&server, FeedInput::Ended);
                    panel.now += 60_000;
                    panel.step(&server, FeedInput::Tick);
                }
                Step::Arrive => panel.arrive(),
            }
        }
        // One more change, so that a number lost last is missed by somebody.
        server.happen(&Happens::Said(0));
        while panel.stream < server.feed.len() {
            panel.pass(&server, false);
        }
        while !panel.asked.is_empty() {
            panel.arrive();
        }
        let shown: Vec<Summary> = panel.rows.rows().iter().map(|row| (**row).clone()).collect();
        let page = server.page(&query);
        prop_assert_eq!(shown, page.items);
        prop_assert_eq!(panel.rows.total(), page.total);
        let items: Vec<Item> = panel.thread.entries().iter().map(|entry| (*entry.item).clone()).collect();
        let view = server.view(&"c0".into()).unwrap();
        prop_assert_eq!(items, view.items);
        prop_assert_eq!(panel.thread.summary().map(|s| (**s).clone()), Some(view.summary));
        prop_assert_eq!(panel.feed.phase(), Phase::Live);
    }
}

#[test]
fn what_is_kept_stays_bounded_however_much_arrives() {
    let mut rows = Rows::default();
    rows.begin(Query::default(), "me".into());
    for n in 0..12_000u64 {
        let row = summary(&format!("c{n:06}"), 1, Some(n as i64));
        rows.entry(
            &FeedEntry {
                n,
                conversation: row.id.clone(),
                summary: row,
                items: vec![],
            }
            .into(),
        );
    }
    assert!(rows.rows().len() <= MOST_ROWS);
}
