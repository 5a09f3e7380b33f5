//! A network with a memory and with faults on order, reached without any WebAssembly.
//!
//! It keeps what was posted and what was published, so that "once" can be counted on its side; a fault happens to the
//! next call of a kind, or to every call until it is lifted.

use async_trait::async_trait;
use jackfield_desk::LineRules;
use jackfield_engine::bindings::{Author, Content, Draft, Event, Kind, RawRequest, Receipt, Visibility};
use jackfield_engine::egress::Grants;
use jackfield_engine::{
    BreakKind, Breakdown, CallError, Ingested, Manifest, Polled, PublishError, Published, Reconciled, Secret, Usage,
};
use jackfield_protocol::{ConnectionRecord, Millis};
use jackfield_server::clock::Clock;
use jackfield_server::hooks::Door;
use jackfield_server::lines::{Channel, Opened, Opener, Outcome};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Poll,
    Publish,
    Reconcile,
    Ingest,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Down, or limiting: "not before so many milliseconds".
    Later(Option<u64>),
    /// It takes the message, and its answer is lost on the way.
    LostAnswer,
    /// It takes the message, and then says nothing, ever.
    Hang,
    Credential,
    Refused,
    Unexpected,
    /// The plugin traps.
    Trap,
    /// A rule of the network, told before anything was sent.
    Rule,
    /// The network no longer takes an answer here.
    WindowClosed,
}

#[derive(Default)]
struct State {
    posts: Vec<Event>,
    published: Vec<Draft>,
    once: VecDeque<(Call, Fault)>,
    standing: Option<Fault>,
    /// Polls say "more" and stand still.
    circles: bool,
    not_before: Option<u64>,
    secret: Vec<u8>,
    /// Requests whose body holds this word make the plugin break.
    poison: Option<String>,
    /// What it is called, where that is not `scripted`.
    name: Option<String>,
    calls: Vec<(Millis, Call)>,
    opened: u32,
    looked_for: Vec<u64>,
}

/// The network.
pub struct Network {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Network {
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Ana writes to us, in a thread.
    pub fn post(&self, id: &str, thread: &str, text: &str) {
        let at = u64::try_from(self.clock.now()).unwrap();
        let author = Author {
            id: "7".to_owned(),
            handle: "ana@example.org".to_owned(),
            display_name: Some("Ana".to_owned()),
            profile_url: None,
            reach: Some(12),
            automated: false,
        };
        self.state().posts.push(Event {
            remote_id: id.to_owned(),
            revision: 0,
            at,
            kind: Kind::Said(Content {
                author,
                title: None,
                text: text.to_owned(),
                spans: Vec::new(),
                attachments: Vec::new(),
                language: None,
                warning: None,
            }),
            thread: thread.to_owned(),
            parent: None,
            visibility: Visibility::Public,
            ours: false,
            context: false,
            url: None,
        });
    }

    /// The next call of this kind goes wrong.
    pub fn once(&self, call: Call, fault: Fault) {
        self.state().once.push_back((call, fault));
    }

    /// Every call goes wrong until it is lifted.
    pub fn always(&self, fault: Option<Fault>) {
        self.state().standing = fault;
    }

    /// What is sent with this word in it breaks the plugin, or nothing does.
    pub fn poison(&self, word: Option<&str>) {
        self.state().poison = word.map(str::to_owned);
    }

    /// The clock it goes by.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// A new version of the plugin calls its network something else.
    pub fn renamed(&self, name: &str) {
        self.state().name = Some(name.to_owned());
    }

    pub fn circles(&self) {
        self.state().circles = true;
    }

    /// What the next polls ask for.
    pub fn not_before(&self, ms: Option<u64>) {
        self.state().not_before = ms;
    }

    /// The operator renews the credential.
    pub fn renew(&self, secret: &[u8]) {
        self.state().secret = secret.to_vec();
    }

    /// What the network has of ours.
    pub fn published(&self) -> Vec<Draft> {
        self.state().published.clone()
    }

    /// Calls of a kind, by their time.
    pub fn calls(&self, kind: Call) -> Vec<Millis> {
        let state = self.state();
        state
            .calls
            .iter()
            .filter(|(_, call)| *call == kind)
            .map(|(at, _)| *at)
            .collect()
    }

    /// `asked_at` of every draft that was asked after.
    pub fn looked_for(&self) -> Vec<u64> {
        self.state().looked_for.clone()
    }

    /// How often the connection was made.
    pub fn opened(&self) -> u32 {
        self.state().opened
    }

    /// Notes the call, and what goes wrong with it.
    fn begin(&self, call: Call) -> Option<Fault> {
        let now = self.clock.now();
        let mut state = self.state();
        state.calls.push((now, call));
        let ordered = state.once.iter().position(|(kind, _)| *kind == call);
        let once = ordered.and_then(|at| state.once.remove(at)).map(|(_, fault)| fault);
        once.or_else(|| state.standing.clone())
    }

    fn find(&self, key: &str) -> Option<Receipt> {
        let state = self.state();
        let number = state.published.iter().position(|draft| draft.key == key)?;
        Some(Receipt {
            remote_id: format!("ours-{number}"),
            url: None,
            at: state.published[number].asked_at + 1,
        })
    }

    /// It does not know idempotency keys: whoever sends twice has posted twice.
    fn take(&self, draft: &Draft) -> Receipt {
        self.state().published.push(draft.clone());
        self.find(&draft.key).unwrap()
    }
}

fn trouble(fault: &Fault) -> CallError {
    match fault {
        Fault::Later(after_ms) => CallError::Later { after_ms: *after_ms },
        Fault::LostAnswer | Fault::Hang | Fault::Rule | Fault::WindowClosed => CallError::Later { after_ms: None },
        Fault::Credential => CallError::Credential("the token was revoked".to_owned()),
        Fault::Refused => CallError::Refused("not here".to_owned()),
        Fault::Unexpected => CallError::Unexpected("a page of HTML came".to_owned()),
        Fault::Trap => CallError::from(Breakdown {
            kind: BreakKind::Trap,
            plugin: "scripted 0.1.0".to_owned(),
            function: "poll".to_owned(),
            detail: "it divided by zero".to_owned(),
            stack: Vec::new(),
            host_calls: Vec::new(),
        }),
    }
}

#[async_trait]
impl Channel for Network {
    async fn poll(&self, cursor: Option<Vec<u8>>, _: Vec<(String, Vec<u8>)>, most: u32) -> Result<Polled, CallError> {
        if let Some(fault) = self.begin(Call::Poll) {
            if fault == Fault::Hang {
                std::future::pending::<()>().await;
            }
            return Err(trouble(&fault));
        }
        let from: usize = cursor.map_or(0, |at| String::from_utf8(at).unwrap().parse().unwrap());
        let state = self.state();
        let events: Vec<Event> = state.posts.iter().skip(from).take(most as usize).cloned().collect();
        let to = from + events.len();
        Ok(Polled {
            cursor: Some(to.to_string().into_bytes()),
            kv_writes: vec![("polls".to_owned(), Some(vec![1]))],
            more: state.circles || to < state.posts.len(),
            not_before_ms: state.not_before,
            dropped_spans: 0,
            usage: Usage::default(),
            events,
        })
    }

    async fn publish(&self, draft: Draft, _: Vec<(String, Vec<u8>)>) -> Result<Published, PublishError> {
        match self.begin(Call::Publish) {
            None => {}
            Some(Fault::Rule) => return Err(PublishError::Rule("Too long by 12 characters.".to_owned())),
            Some(Fault::WindowClosed) => return Err(PublishError::WindowClosed),
            Some(Fault::LostAnswer) => {
                self.take(&draft);
                return Err(CallError::Later { after_ms: None }.into());
            }
            Some(Fault::Hang) => {
                self.take(&draft);
                std::future::pending::<()>().await;
            }
            Some(fault) => return Err(trouble(&fault).into()),
        }
        Ok(Published {
            receipt: self.take(&draft),
            kv_writes: Vec::new(),
            usage: Usage::default(),
        })
    }

    async fn reconcile(&self, draft: Draft, _: Vec<(String, Vec<u8>)>) -> Result<Reconciled, CallError> {
        self.state().looked_for.push(draft.asked_at);
        if let Some(fault) = self.begin(Call::Reconcile) {
            return Err(trouble(&fault));
        }
        Ok(Reconciled {
            receipt: self.find(&draft.key),
            kv_writes: Vec::new(),
            usage: Usage::default(),
        })
    }

    async fn ingest(&self, request: RawRequest, kv: Vec<(String, Vec<u8>)>) -> Result<Ingested, CallError> {
        if let Some(fault) = self.begin(Call::Ingest) {
            return Err(trouble(&fault));
        }
        let poison = self.state().poison.clone();
        let text = String::from_utf8_lossy(&request.body).into_owned();
        if poison.is_some_and(|word| text.contains(&word)) {
            return Err(trouble(&Fault::Trap));
        }
        let count = kv
            .iter()
            .find(|(key, _)| key == "ingested")
            .map_or(0, |(_, value)| value[0]);
        Ok(Ingested {
            events: vec![sent(&request.body)],
            kv_writes: vec![("ingested".to_owned(), Some(vec![count + 1]))],
            dropped_spans: 0,
            usage: Usage::default(),
        })
    }
}

/// The events of a request: its body is `ID THREAD TEXT`.
fn sent(body: &[u8]) -> Event {
    let text = String::from_utf8_lossy(body);
    let mut words = text.splitn(3, ' ');
    let mut next = || words.next().unwrap_or_default().to_owned();
    let (remote_id, thread, text) = (next(), next(), next());
    Event {
        remote_id,
        revision: 0,
        at: 1_767_323_045_000,
        kind: Kind::Said(Content {
            author: Author {
                id: "7".to_owned(),
                handle: "ana@example.org".to_owned(),
                display_name: None,
                profile_url: None,
                reach: None,
                automated: false,
            },
            title: None,
            text,
            spans: Vec::new(),
            attachments: Vec::new(),
            language: None,
            warning: None,
        }),
        thread,
        parent: None,
        visibility: Visibility::Public,
        ours: false,
        context: false,
        url: None,
    }
}

/// Signed with `webhook-secret`, by HMAC-SHA256 over the body.
pub const RECIPE: &str = r#"
name = "scripted"
version = "0.1.0"
world = "channel-plugin"
summary = "A network for tests."
[[secret]]
name = "signing-secret"
meaning = "What signs."
[webhook]
scheme = "hmac-sha256"
secret = "signing-secret"
header = "X-Signature"
"#;

/// The same with the time signed along, for the line `timed`.
pub const TIMED: &str = "template = \"{timestamp}.{body}\"\ntimestamp-header = \"X-Time\"\ntolerance-seconds = 60\n";

/// Opens every record as a line to the one network.
pub struct ToNetwork(pub Arc<Network>);

impl Opener for ToNetwork {
    fn door(&self, record: &ConnectionRecord) -> Result<Door, String> {
        let timed = if record.id.as_str() == "timed" { TIMED } else { "" };
        let manifest = Manifest::parse(&format!("{RECIPE}{timed}")).unwrap();
        Ok(Door {
            recipe: manifest.webhook,
            secrets: Secret::lines("signing-secret", "webhook-secret", &Grants::default()).unwrap(),
            verifier: None,
        })
    }

    fn plugin(&self, record: &ConnectionRecord) -> Result<Opened, String> {
        if record.plugin != "scripted" {
            return Err(format!("there is no plugin `{}`", record.plugin));
        }
        let (network, secret) = (Arc::clone(&self.0), Arc::clone(&self.0));
        Ok(Opened {
            network: self.0.state().name.clone().unwrap_or_else(|| "scripted".to_owned()),
            policy: LineRules {
                max_length: Some(500),
                ..LineRules::default()
            },
            open: Box::new(move || -> Result<Arc<dyn Channel>, Outcome> {
                network.state().opened += 1;
                Ok(Arc::clone(&network) as Arc<dyn Channel>)
            }),
            secrets: Box::new(move || secret.state().secret.clone()),
            version: Box::new(|| 0),
        })
    }
}
