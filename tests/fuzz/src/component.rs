//! Components: what they ask for, told without compiling them; and the small ones loaded as a host would.

use jackfield_engine::bindings::Level;
use jackfield_engine::package::Package;
use jackfield_engine::{Engine, EngineConfig, Limits, LogSink, Manifest, SystemClock, SystemRandom};
use std::sync::{Arc, OnceLock};

const CHANNEL: &str = "name = \"drawn\"\nversion = \"0.1.0\"\nworld = \"channel-plugin\"\nsummary = \"Drawn.\"\n";
const TRIAGE: &str = "name = \"drawn\"\nversion = \"0.1.0\"\nworld = \"triage-plugin\"\nsummary = \"Drawn.\"\n";

/// Larger ones take the compiler a second each; what it does with code is wasmtime's own to fuzz.
const SMALL: usize = 64 << 10;

pub fn inspect(data: &[u8]) {
    // A file that has parts of a package loses them: the component stays.
    let Ok(package) = Package::new(data, CHANNEL, None) else {
        return;
    };
    assert_eq!(
        Package::read(&package.bytes())
            .expect("what was packed can be read")
            .component(),
        package.component()
    );
    told(&package);
}

/// Capabilities, or a refusal. The decoder below may panic: that is caught there and told as a fault of the file, and
/// must not look like a crash to libFuzzer, whose hook would end the process before anybody can catch anything.
pub(crate) fn told(package: &Package) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let told = package.capabilities();
    std::panic::set_hook(hook);
    if let Ok(told) = told {
        for line in &told.may {
            assert!(!line.chars().any(char::is_control), "an operator approves {line:?}");
        }
    }
}

struct Silent;
impl LogSink for Silent {
    fn line(&self, _: &str, _: Level, _: &str) {}
}

fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let made = || {
        Engine::new(EngineConfig {
            cache: None,
            instances: 2,
            max_memory: Limits::channel().memory.max(Limits::triage().memory),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            log: Arc::new(Silent),
            extra_roots: Vec::new(),
        })
        .expect("an engine of two instances")
    };
    ENGINE.get_or_init(made).clone()
}

pub fn load(data: &[u8]) {
    if data.len() > SMALL {
        return;
    }
    let manifest = |text: &str| Manifest::parse(text).expect("it is ours");
    let outcomes = [
        engine().load_channel(data, manifest(CHANNEL)).map(|_| ()),
        engine().load_triage(data, manifest(TRIAGE)).map(|_| ()),
    ];
    for outcome in outcomes {
        match outcome {
            Ok(()) => {
                let package = Package::new(data, CHANNEL, None).expect("what a host loads can be packed");
                assert!(package.capabilities().is_ok(), "what a host loads can be inspected");
            }
            Err(error) => {
                assert!(!error.what.is_empty() && error.what.len() < 1 << 20);
                assert_eq!(error.plugin, "drawn 0.1.0");
            }
        }
    }
}
