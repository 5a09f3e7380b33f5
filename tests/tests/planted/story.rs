//! What happens on the host, and where it is looked afterwards.

use crate::echo::Echo;
use crate::memory;
use crate::places::{Must, Places};
use crate::stage::{collector, mail, plugins};
use crate::values::{Values, drawn};
use hmac::{Hmac, KeyInit, Mac};
use jackfield_protocol::{Delivery, Visibility};
use jackfield_tests::api::{ApiError, replies};
use jackfield_tests::hook;
use jackfield_tests::host::{BRAND, Folder, Host};
use jackfield_tests::packages::{ADMIN, trusting};
use jackfield_tests::wait::{eventually, seconds};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const MAPPING: &str = r#"
mapping = 1
name = "Echo"

[headers]
authorization = "Basic {secret.token}"

[poll.all]
url = "/feed"
items = "$"
message = "said"

[message.said]
id = "$.id"
at = "$.at"
times = "epoch-s"
thread = "all"
text = "$.text"
visibility = "public"

[message.said.author]
id = "$.by"
name = "$.by"

[publish]
url = "/post"
json = { text = "{text}" }
visibility = "public"
receipt = { id = "$.id" }

[reconcile]
url = "/feed"
items = "$"
message = "said"
"#;

/// Everything, but what the compiler thinks: it is told no secret, and fills a disk.
const LOG: &str = "trace,cranelift_codegen=off,cranelift_frontend=off,wasmtime_internal_cranelift=off,regalloc2=off";

/// Lines of the plugin that shows what it sees, by what it does with it.
const THIEVES: [&str; 6] = [
    "thief",
    "thief-credential",
    "thief-refused",
    "thief-unexpected",
    "thief-panic",
    "thief-spoilt",
];

pub(crate) struct Story {
    pub(crate) values: Values,
    folder: Folder,
    host: Option<Host>,
    echo: Echo,
    url: String,
    mark: Vec<u8>,
    spans: Arc<Mutex<Vec<u8>>>,
}

impl Story {
    /// A host with lines of three plugins, to networks that give back what they get.
    pub(crate) async fn begin() -> Self {
        let values = Values::drawn();
        let echo = Echo::new(&values.control);
        let url = echo.listen().await;
        let (mail, authority) = mail(&echo).await;
        let (collector, spans) = collector().await;
        let mut folder = Folder::new().await;
        trusting(&folder).await;
        hook::bundle(&folder);
        plugins(&folder);
        std::fs::write(folder.path().join("roots.pem"), authority).unwrap();
        folder
            .variables
            .push(("SSL_CERT_FILE", folder.path().join("roots.pem").display().to_string()));
        folder.variables.push(("JACKFIELD_LOG", LOG.to_owned()));
        folder.configure(|config| {
            let more = format!("[metrics]\nlisten = '127.0.0.1:0'\n[telemetry]\notlp = '{collector}'");
            config.extend(more.parse::<toml::Table>().unwrap());
            // Each poll asks for a hundred answers.
            config["limits"]["poll-interval-ms"] = 2_000.into();
        });
        for (file, value) in [
            ("token", &values.token),
            ("odd", &values.odd),
            ("basic", &values.basic),
            ("signing", &values.signing),
            ("verify", &values.verify),
        ] {
            folder.secret(&format!("{file}.secret"), value.as_bytes());
        }
        let mark = drawn(48).into_bytes();
        let disguised = hex::encode(mark.iter().map(|byte| byte ^ 0x5a).collect::<Vec<_>>());
        let story = Self {
            values,
            folder,
            host: None,
            echo,
            url,
            mark,
            spans,
        };
        let url = &story.url;
        for thief in THIEVES {
            let settings = json!({"mode": thief, "url": url, "text": disguised}).to_string();
            let at = format!("private:{url}");
            let secrets = [
                format!("token=file:token.secret@{at}"),
                format!("odd=file:odd.secret@{at}"),
            ];
            story.connect(thief, "hostile", &settings, &[&at], &secrets, &[]).await;
        }
        let settings = json!({"mode": "thief", "host": "localhost", "port": mail, "text": disguised}).to_string();
        let at = format!("private:tls://localhost:{mail}");
        let secrets = [format!("token=file:token.secret@{at}")];
        story.connect("mail", "hostile", &settings, &[&at], &secrets, &[]).await;
        let secrets = [
            "signing-secret=file:signing.secret".to_owned(),
            "verify-token=file:verify.secret".to_owned(),
        ];
        story.connect("hook", "hook", "{}", &[], &secrets, &[]).await;
        std::fs::write(story.folder.path().join("echo.toml"), MAPPING).unwrap();
        let settings = json!({"base": url}).to_string();
        let at = format!("private:{url}");
        let secrets = [format!("token=file:basic.secret@{at}")];
        story
            .connect(
                "mapped",
                "http-json",
                &settings,
                &[&at],
                &secrets,
                &["--mapping", "echo.toml"],
            )
            .await;
        let host = Some(story.folder.start().await);
        Self { host, ..story }
    }

    async fn connect(
        &self,
        id: &str,
        plugin: &str,
        settings: &str,
        grants: &[&str],
        secrets: &[String],
        more: &[&str],
    ) {
        let mut add = vec![
            "connection",
            "add",
            id,
            "--plugin",
            plugin,
            "--workspace",
            "demo",
            "--brand",
            BRAND,
        ];
        add.extend(["--settings", settings]);
        grants.iter().for_each(|grant| add.extend(["--grant", grant]));
        secrets.iter().for_each(|secret| add.extend(["--secret", secret]));
        add.extend(more);
        self.folder.cli_ok(&add).await;
    }

    fn host(&self) -> &Host {
        self.host.as_ref().expect("it runs")
    }

    /// Everything that is to go wrong, and what goes well.
    pub(crate) async fn happens(&self) {
        let begun = Instant::now();
        self.webhooks().await;
        let page = async |id: &str| -> Result<Value, String> {
            let page = self.operator(&format!("/admin/v1/connections/{id}")).await;
            serde_json::from_slice(&page).map_err(|error| error.to_string())
        };
        for (id, health) in [
            ("thief", "healthy"),
            ("mail", "healthy"),
            ("mapped", "healthy"),
            ("thief-credential", "credential-needed"),
            ("thief-refused", "degraded"),
            ("thief-unexpected", "degraded"),
            ("thief-panic", "degraded"),
            ("hook", "healthy"),
        ] {
            eventually(&format!("{id} to be {health}"), seconds(60), async || {
                let page = page(id).await?;
                let called = page["calls"]["poll"]["took"]["count"].as_u64() >= Some(1);
                match page["condition"]["health"] == health && called {
                    true => Ok(()),
                    false => Err(page["condition"].to_string()),
                }
            })
            .await;
            eprintln!("{id}: {:?}", begun.elapsed());
        }
        self.refused_reply().await;
        let poison = async || self.folder.cli_ok(&["connection", "poison", "list"]).await;
        eventually(
            "a bad request and bad events to be set aside",
            seconds(60),
            async || {
                let said = poison().await;
                match said.contains("a webhook of") && said.contains("from a poll of") {
                    true => Ok(()),
                    false => Err(said),
                }
            },
        )
        .await;
        // What was planted did go out: each of the networks saw it.
        let seen = self.echo.seen.lock().unwrap().join("\n");
        for value in [&self.values.token, &self.values.odd, &self.values.basic] {
            assert!(seen.contains(value.as_str()), "a secret never left the host");
        }
        assert!(seen.contains("LOGIN "), "nobody spoke to the stream");
    }

    async fn webhooks(&self) {
        let values = &self.values;
        let words = format!("{} {} {}", values.control, values.signing, values.verify);
        let base = &self.host().api.base;
        let send = async |body: String, signature: String| {
            let request = jackfield_tests::http()
                .post(format!("{base}/hooks/hook?again={}", values.signing))
                .header("x-hook-signature", signature)
                .header("x-words", &words)
                .body(body);
            request.send().await.unwrap().status().as_u16()
        };
        let signed = |body: &str| {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(values.signing.as_bytes()).unwrap();
            mac.update(body.as_bytes());
            format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
        };
        let hexed = hex::encode(&values.signing);
        let text = format!("{words} {hexed} {}", hex::encode(&values.control));
        let good = json!({"messages": [{"id": "1", "thread": "t", "from": words, "text": text, "at": 1}]}).to_string();
        let bad = json!({"trap": true, "messages": [{"id": "2", "thread": "t", "from": "ana", "text": text, "at": 1}]});
        let odd = format!("{{\"no JSON\": {text}");
        for body in [good, bad.to_string(), odd] {
            assert_eq!(send(body.clone(), signed(&body)).await, 200);
            assert_eq!(
                send(body, values.signing.clone()).await,
                404,
                "not even the secret is a signature"
            );
        }
        let challenge = format!("{base}/hooks/hook?hub.mode=subscribe&hub.challenge=7&hub.verify_token=");
        for (token, status) in [(values.verify.replace(' ', "+"), 200), (values.signing.clone(), 404)] {
            let answer = jackfield_tests::http()
                .get(format!("{challenge}{token}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), status);
        }
    }

    /// An agent answers on a network that refuses, with everything it knows.
    async fn refused_reply(&self) {
        let api = &self.host().api;
        let id = eventually("a conversation of the mapped line", seconds(60), async || {
            let rows = api.all("status=all").await?;
            for row in rows {
                let view = api.conversation(row.id.as_str()).await?;
                if view.summary.connection.as_str() == "mapped" {
                    return Ok(row.id.0);
                }
            }
            Err("none yet".to_owned())
        })
        .await;
        loop {
            match api
                .reply(
                    &id,
                    "reply",
                    &format!("Hello {}", self.values.control),
                    Visibility::Public,
                )
                .await
            {
                Ok(_) => break,
                Err(ApiError::Refused(409, problem)) if problem.code == "busy" => {}
                Err(other) => panic!("{other}"),
            }
        }
        eventually("the reply to be refused", seconds(60), async || {
            let view = api.conversation(&id).await?;
            let reply = replies(&view.items).next().ok_or("no reply")?;
            match &reply.delivery {
                Delivery::Failed { .. } => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// What an operator is told at an address.
    async fn operator(&self, path: &str) -> Vec<u8> {
        let request = jackfield_tests::http()
            .get(format!("{}{path}", self.host().api.base))
            .bearer_auth(ADMIN);
        request.send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    /// The memory of guests, while their calls come and go.
    pub(crate) fn guests(&self, places: &mut Places) {
        // A guest whose call has just begun has its settings, and the mark in them, and no answer yet: the word is
        // asked of most of them, the secrets' absence of all.
        let (mut guests, mut with_word, begun) = (0, 0, Instant::now());
        while with_word < 6 && begun.elapsed() < Duration::from_secs(30) {
            for memory in memory::of_guests(self.host().pid(), &self.mark) {
                guests += 1;
                with_word += usize::from(places.look("the memory of a guest", &memory, Must::Nothing));
            }
        }
        eprintln!("{guests} memories of guests, the word in {with_word}");
        assert!(
            with_word >= 6,
            "the word was in {with_word} of {guests}: nothing was tried there"
        );
    }

    /// What agents and operators read from a host.
    pub(crate) async fn shown(&self, places: &mut Places) {
        let api = &self.host().api;
        let agent = async |path: &str| {
            let answer = api.request(Method::GET, path).send().await.unwrap();
            (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
        };
        for row in api.all("status=all").await.unwrap() {
            let (status, view) = agent(&format!("/api/v1/conversations/{}", row.id.0)).await;
            assert_eq!(status, 200);
            places.look("a conversation", &view, Must::Nothing);
        }
        for path in ["/api/v1/conversations?status=all&limit=200", "/api/v1/connections"] {
            let (status, body) = agent(path).await;
            assert_eq!(status, 200, "{path}");
            places.look(path, &body, Must::Word);
        }
        let search = format!("/api/v1/search?q={}&limit=50", self.values.control);
        places.look("what a search finds", &agent(&search).await.1, Must::Word);
        for id in THIEVES.iter().chain(&["mail", "hook", "mapped"]) {
            let page = self.operator(&format!("/admin/v1/connections/{id}")).await;
            places.look(&format!("the page of {id}"), &page, Must::Say("\"calls\""));
        }
        for (path, must) in [
            ("/admin/v1/connections", Must::Say("thief-panic")),
            ("/admin/v1/grants", Must::Say("thief-panic")),
            ("/admin/v1/plugins", Must::Say("hostile")),
            ("/metrics", Must::Say("connection=\"thief-panic\"")),
            ("/readyz", Must::Say("storage")),
            ("/hooks/hook", Must::Say("Nothing was taken")),
        ] {
            places.look(path, &self.operator(path).await, must);
        }
    }

    /// What the commands of an operator print.
    pub(crate) async fn commands(&self, places: &mut Places) {
        let at = self.host().api.base.trim_start_matches("http://").to_owned();
        self.folder.configure(|config| {
            config.insert("listen".to_owned(), at.into());
        });
        let run = async |arguments: &[&str]| {
            let output = self.folder.cli(arguments).await;
            [output.stdout, output.stderr].concat()
        };
        for (arguments, must) in [
            (&["status"][..], Must::Say("thief-panic")),
            (&["status", "--connection", "thief-panic"], Must::Say("last break")),
            (
                &["status", "--connection", "thief-refused", "--json"],
                Must::Say("thief-refused"),
            ),
            (&["connection", "list"], Must::Say("thief-panic")),
            (&["connection", "poison", "list"], Must::Word),
            (&["connection", "check", "thief"], Must::Word),
            (&["connection", "check", "mapped"], Must::Nothing),
            (&["plugin", "grants"], Must::Say("thief-panic")),
            (&["doctor"], Must::Say("thief")),
        ] {
            places.look(
                &format!("`jackfield {}`", arguments.join(" ")),
                &run(arguments).await,
                must,
            );
        }
    }

    /// The host stops, so that everything is written.
    pub(crate) async fn ends(mut self) -> Self {
        assert!(self.host.take().unwrap().stop().await.success());
        self
    }

    /// A fixture that is recorded from the same networks, and a breakdown that is played again.
    pub(crate) async fn recorded(&self, places: &mut Places) {
        let plugins = self.folder.path().join("bundle/plugins");
        let settings = json!({"mode": "thief", "url": self.url, "text": ""}).to_string();
        let folder = plugins.join("hostile").display().to_string();
        let record = [
            "plugin",
            "record",
            &folder,
            "--against",
            &self.url,
            "--settings",
            &settings,
            "--secret",
            "token=file:token.secret",
            "--secret",
            "odd=file:odd.secret",
            "--polls",
            "1",
            "--out",
            "hostile.trace",
        ];
        let output = self.folder.cli(&record).await;
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        places.look("what `plugin record` prints", &said, Must::Word);
        let traces = self.folder.path().join("cache/traces");
        let trace = traces.join("thief-panic.trace").display().to_string();
        let output = self
            .folder
            .cli(&["plugin", "replay", &trace, "--plugin", &folder])
            .await;
        let said = [output.stdout, output.stderr].concat();
        assert!(!said.is_empty(), "it says how it went");
        places.look("what `plugin replay` prints", &said, Must::Nothing);
    }

    /// Everything that is on the disk, but for the files with the secrets themselves.
    pub(crate) fn kept(&self, places: &mut Places) {
        for cell in jackfield_store::dump(&self.folder.database()).unwrap() {
            places.look(&format!("{}.{}", cell.table, cell.column), &cell.bytes, Must::Nothing);
        }
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if !name.ends_with(".secret") && !name.ends_with(".wasm") && !name.ends_with(".cwasm") {
                    let must = match name.as_str() {
                        "jackfield.db" | "host.log" | "thief-panic.trace" | "hostile.trace" => Must::Word,
                        _ => Must::Nothing,
                    };
                    places.look(&name, &std::fs::read(&path).unwrap(), must);
                }
            }
        }
        assert!(places.has_word("entry.text") && places.has_word("log.body") && places.has_word("kv.value"));
        assert!(places.has_word("raw.body") && places.has_word("raw.reason") && places.has_word("progress.cursor"));
    }

    /// What was told to a collector.
    pub(crate) fn told(&self, places: &mut Places) {
        let spans = self.spans.lock().unwrap().clone();
        places.look("spans", &spans, Must::Say("thief-panic"));
    }
}
