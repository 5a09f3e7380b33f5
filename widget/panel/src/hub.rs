//! One connection for all panels of a page that work for the same agent of the same brand on the same server: one
//! stream, one outbox, one token. Panels join and leave; with the last one the stream is closed.

use crate::desk;
use crate::net::{self, NetError, later, new_id, now, random};
use crate::panel::Panel;
use crate::{bridge::object, drafts};
use jackfield_panel_core::{Answer, Change, Feed, FeedInput, FeedOutput, Outbox, Parser, Pending, wire};
use jackfield_protocol::{
    Command, CommandDone, CommandId, CommandRequest, ConnectionView, ConversationId, FeedEntry, FeedMessage, Me,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// A token is renewed this long before it ends: longer than any clock of an embedder is wrong, one hopes.
const RENEW_BEFORE_MS: i64 = 60_000;
/// How often the words for waiting times are made anew.
const CLOCK_MS: u32 = 20_000;

thread_local! {
    static HUBS: RefCell<Vec<Rc<Hub>>> = const { RefCell::new(Vec::new()) };
}

/// The connection.
pub(crate) struct Hub {
    pub(crate) server: String,
    /// Names the drafts of this agent.
    pub(crate) place: String,
    pub(crate) me: RefCell<Me>,
    feed: RefCell<Feed>,
    outbox: RefCell<Outbox>,
    panels: RefCell<Vec<Panel>>,
    token: RefCell<String>,
    stream: RefCell<Option<AbortController>>,
    generation: Cell<u32>,
}

impl Hub {
    /// The hub of an agent, made where there is none; the panel is told of everything from here on.
    pub(crate) fn join(panel: Panel, server: String, me: Me, token: String) -> Rc<Self> {
        let place = drafts::place([&server, me.workspace.as_str(), me.brand.as_str(), me.agent.as_str()]);
        let known = HUBS.with_borrow(|hubs| hubs.iter().find(|hub| hub.place == place).cloned());
        let hub = known.unwrap_or_else(|| {
            let hub = Rc::new(Self {
                server,
                place,
                me: RefCell::new(me.clone()),
                feed: RefCell::default(),
                outbox: RefCell::default(),
                panels: RefCell::default(),
                token: RefCell::default(),
                stream: RefCell::default(),
                generation: Cell::new(0),
            });
            HUBS.with_borrow_mut(|hubs| hubs.push(hub.clone()));
            hub.tick();
            hub
        });
        hub.token.replace(token);
        hub.panels.borrow_mut().push(panel);
        hub.plan_renewal(me.expires_at);
        hub.me.replace(me);
        hub.tell_phase();
        panel.pending(hub.outbox.borrow().pending());
        hub
    }

    /// A panel leaves.
    pub(crate) fn leave(self: &Rc<Self>, panel: Panel) {
        self.panels.borrow_mut().retain(|other| other.id != panel.id);
        if self.panels.borrow().is_empty() {
            self.step(FeedInput::Close);
            HUBS.with_borrow_mut(|hubs| hubs.retain(|hub| !Rc::ptr_eq(hub, self)));
        }
    }

    /// Every hub of this page.
    pub(crate) fn all() -> Vec<Rc<Self>> {
        HUBS.with_borrow(Clone::clone)
    }

    pub(crate) fn each(&self, mut tell: impl FnMut(Panel)) {
        let panels: Vec<Panel> = self.panels.borrow().clone();
        panels.into_iter().for_each(&mut tell);
    }

    fn tick(self: &Rc<Self>) {
        let hub = Rc::downgrade(self);
        later(CLOCK_MS, move || {
            let Some(hub) = hub.upgrade().filter(|hub| !hub.panels.borrow().is_empty()) else {
                return;
            };
            hub.each(|panel| panel.set_now(now()));
            hub.step(FeedInput::Tick);
            hub.tick();
        });
    }

    fn tell_phase(&self) {
        let phase = self.feed.borrow().phase();
        self.each(|panel| panel.set_phase(phase));
    }

    /// A list was read that includes everything up to `n`: the stream begins there, if it has not begun.
    pub(crate) fn begin(self: &Rc<Self>, n: Option<u64>) {
        if let Some(n) = n {
            self.feed.borrow_mut().seed(n);
        }
        self.step(FeedInput::Start);
    }

    /// Tells the feed what happened and does what it says.
    pub(crate) fn step(self: &Rc<Self>, input: FeedInput) {
        let outputs = self.feed.borrow_mut().step(input, now(), random());

        for output in outputs {
            match output {
                FeedOutput::Open { after } => self.open(after),
                FeedOutput::Shut => self.shut(),
                FeedOutput::Wake(ms) => {
                    let hub = self.clone();
                    later(ms, move || hub.step(FeedInput::Tick));
                }
                FeedOutput::Renew => self.renew_later(),
                FeedOutput::Deliver(entry) => self.each(|panel| panel.entry(&entry)),
                FeedOutput::Line(line) => self.line(&line),
                FeedOutput::Resync => self.each(Panel::reload),
            }
        }

        self.tell_phase();
    }

    fn line(&self, line: &ConnectionView) {
        {
            let mut me = self.me.borrow_mut();
            match me.connections.iter_mut().find(|known| known.id == line.id) {
                Some(known) => known.clone_from(line),
                None => me.connections.push(line.clone()),
            }
        }
        self.each(|panel| panel.line(line));
    }

    fn shut(&self) {
        self.generation.set(self.generation.get() + 1);
        if let Some(stream) = self.stream.take() {
            stream.abort();
        }
    }

    fn open(self: &Rc<Self>, after: Option<u64>) {
        self.shut();
        let generation = self.generation.get();
        let Ok(abort) = AbortController::new() else { return };
        let signal = abort.signal();
        self.stream.replace(Some(abort));
        let query = after.map_or_else(String::new, |n| format!("?after={n}"));
        let url = format!("{}/api/v1/feed{query}", self.server);
        let (hub, token) = (self.clone(), self.token.borrow().clone());
        spawn_local(async move {
            let end = hub.listen(&url, &token, &signal, generation).await;
            if hub.generation.get() == generation {
                hub.step(end);
            }
        });
    }

    async fn listen(
        self: &Rc<Self>,
        url: &str,
        token: &str,
        signal: &web_sys::AbortSignal,
        generation: u32,
    ) -> FeedInput {
        let Ok(response) = net::request("GET", url, token, None, Some(signal)).await else {
            return FeedInput::Ended;
        };
        if response.status() == 401 {
            return FeedInput::Unauthorized;
        }
        let Some(body) = response.body().filter(|_| response.ok()) else {
            return FeedInput::Ended;
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut parser = Parser::default();
        while self.generation.get() == generation {
            let Ok(chunk) = JsFuture::from(reader.read()).await else {
                break;
            };
            let value = js_sys::Reflect::get(&chunk, &"value".into()).unwrap_or_default();
            let Ok(bytes) = value.dyn_into::<js_sys::Uint8Array>() else {
                break;
            };
            if self.generation.get() != generation {
                break;
            }
            self.step(FeedInput::Heard);
            let Ok(events) = parser.push(&bytes.to_vec()) else {
                break;
            };
            for event in events {
                desk::event(self, &event.data);
                // What a newer server says and this version does not know is not an error of the stream.
                if let Ok(message) = wire::read::<FeedMessage>(&event.data) {
                    self.step(FeedInput::Message(message));
                }
            }
        }
        // Where the stream broke, cancelling it breaks too; that is no news.
        let _ = JsFuture::from(reader.cancel()).await;
        FeedInput::Ended
    }

    /// Asks the server; a token that has ended is renewed once on the way.
    #[inline(never)]
    pub(crate) fn ask(self: &Rc<Self>, method: &'static str, path: &str, body: Option<String>) -> net::Soon<String> {
        let url = format!("{}/api/v1/{path}", self.server);
        let hub = self.clone();
        Box::pin(async move {
            let mut renewed = false;
            loop {
                let token = hub.token.borrow().clone();
                let answer = net::text(method, &url, &token, body.as_deref()).await;
                match answer {
                    Err(NetError::Unauthorized(_)) if !renewed && hub.renew().await => renewed = true,
                    answer => return answer,
                }
            }
        })
    }

    fn plan_renewal(self: &Rc<Self>, expires_at: i64) {
        let ms = (expires_at - RENEW_BEFORE_MS - now()).clamp(1000, 3_600_000) as u32;
        let hub = Rc::downgrade(self);
        later(ms, move || {
            let Some(hub) = hub.upgrade().filter(|hub| !hub.panels.borrow().is_empty()) else {
                return;
            };
            if hub.me.borrow().expires_at - now() <= RENEW_BEFORE_MS + 1000 {
                spawn_local(async move {
                    hub.renew().await;
                });
            }
        });
    }

    fn renew_later(self: &Rc<Self>) {
        let hub = self.clone();
        spawn_local(async move {
            if !hub.renew().await {
                hub.step(FeedInput::NoToken);
            }
        });
    }

    /// Asks the panels' pages for a new token; says whether there is one.
    #[inline(never)]
    fn renew(self: &Rc<Self>) -> core::pin::Pin<Box<dyn Future<Output = bool>>> {
        let hub = self.clone();
        Box::pin(async move { hub.renewed().await })
    }

    async fn renewed(self: &Rc<Self>) -> bool {
        let old = self.token.borrow().clone();
        let panels: Vec<Panel> = self.panels.borrow().clone();
        for panel in panels {
            let Some(bridge) = panel.bridge() else { continue };
            bridge.emit("token-expired", &object(&[]), false);
            let token = bridge
                .token(true)
                .await
                .ok()
                .and_then(|t| t.as_string())
                .filter(|t| !t.is_empty() && *t != old);
            if let Some(token) = token {
                self.new_token(token).await;
                return true;
            }
        }
        false
    }

    /// A new token is there.
    pub(crate) async fn new_token(self: &Rc<Self>, token: String) {
        self.token.replace(token.clone());
        let url = format!("{}/api/v1/me", self.server);
        let answer = net::text("GET", &url, &token, None).await;
        if let Ok(me) = answer.and_then(|text| net::read::<Me>(&text)) {
            self.plan_renewal(me.expires_at);
            self.me.borrow_mut().expires_at = me.expires_at;
        }
        self.step(FeedInput::TokenReady);
        self.outbox.borrow_mut().hurry();
        self.send_due();
    }

    /// The browser has a network again, or has lost it.
    pub(crate) fn network(self: &Rc<Self>, there: bool) {
        self.step(if there { FeedInput::Online } else { FeedInput::Offline });
        if there {
            self.outbox.borrow_mut().hurry();
            self.send_due();
        }
    }

    /// The page is shown again, or is hidden: what is open and in sight counts as seen.
    pub(crate) fn looked_at(&self) {
        self.each(crate::talk::seen);
    }

    /// Sends a command; gives its id.
    pub(crate) fn submit(self: &Rc<Self>, conversation: ConversationId, command: Command) -> CommandId {
        let request = CommandRequest {
            id: new_id().into(),
            command,
        };
        if matches!(request.command, Command::Reply { .. } | Command::Note { .. }) {
            drafts::keep_command(&self.place, &conversation, &request);
        }
        self.submit_request(conversation, request.clone());
        request.id
    }

    /// Sends commands again that were on their way when the page went; the server knows them by their ids.
    pub(crate) fn resume(self: &Rc<Self>) {
        for (conversation, request) in drafts::commands(&self.place) {
            self.submit_request(conversation, request);
        }
    }

    fn submit_request(self: &Rc<Self>, conversation: ConversationId, request: CommandRequest) {
        let fresh = self.outbox.borrow_mut().submit(conversation.clone(), request.clone());
        if fresh {
            self.tell_pending();
            self.send(conversation, request);
        }
    }

    fn tell_pending(&self) {
        let outbox = self.outbox.borrow();
        self.each(|panel| panel.pending(outbox.pending()));
    }

    fn send_due(self: &Rc<Self>) {
        let due = self.outbox.borrow_mut().due(now());
        for pending in due {
            self.send(pending.conversation, pending.request);
        }
        self.tell_pending();
    }

    fn send(self: &Rc<Self>, conversation: ConversationId, request: CommandRequest) {
        let hub = self.clone();
        spawn_local(async move {
            let (to, body) = desk::route(&request, wire::write(&request));
            let path = format!("conversations/{}/{to}", net::encode(conversation.as_str()));
            let answer = hub.ask("POST", &path, Some(body)).await;
            let answer = match answer {
                Ok(text) => {
                    desk::done(&hub, &text);
                    if let Ok(done) = net::read::<CommandDone>(&text) {
                        // A change like the feed's, of no number.
                        let CommandDone {
                            conversation,
                            summary,
                            items,
                        } = done;
                        let done: Change = FeedEntry {
                            n: 0,
                            conversation,
                            summary,
                            items,
                        }
                        .into();
                        hub.each(|panel| panel.done(&done));
                    }
                    Answer::Done
                }
                Err(NetError::Refused(problem)) => Answer::Refused(problem),
                Err(NetError::Later(seconds)) => Answer::Later(seconds.map(|s| s.saturating_mul(1000))),
                Err(_) => Answer::Later(None),
            };
            if answer == Answer::Done {
                drafts::forget_command(&hub.place, request.id.as_str());
            }
            let refused = match &answer {
                Answer::Refused(problem) => Some(problem.clone()),
                _ => None,
            };
            let wait = hub.outbox.borrow_mut().answer(&request.id, answer, now(), random());
            if let Some(ms) = wait {
                let hub = hub.clone();
                later(ms.saturating_add(1), move || hub.send_due());
            }
            hub.tell_pending();
            if let Some(problem) = refused {
                hub.each(|panel| panel.refused(&conversation, &request, &problem));
            }
        });
    }

    /// Takes a refused command away; its words go back to the box of the panel that asked.
    pub(crate) fn take_back(&self, id: &CommandId) -> Option<Pending> {
        let pending = self.outbox.borrow_mut().drop_refused(id)?;
        drafts::forget_command(&self.place, id.as_str());
        self.tell_pending();
        Some(pending)
    }
}
