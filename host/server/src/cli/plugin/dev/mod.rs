//! `jackfield plugin dev`: the plugin runs while it is written.
//!
//! One process: the stand-in of the network, the whole host with one line to it, and the view of what the plugin does. A
//! saved file means a new component, put in the place of the old one while the host runs; one that does not build or
//! does not fit leaves the old one at work.

mod conform;
mod network;
mod stage;
mod text;
mod view;
mod watch;

use super::build::size;
use crate::cli::say;
use clap::Args;
use jackfield_build::{Captured, Project, build};
use jackfield_engine::trace::{Event, Recorder};
use stage::{Stage, Wish};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use text::Paint;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use view::View;
use watch::Seen;

/// How often the files are looked at: what is saved is at work before one has looked up.
const LOOK: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
pub(in crate::cli) struct Dev {
    /// The folder of the plugin, or one inside it.
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// Where the page is served, on 127.0.0.1; another port is taken where this one is in use.
    #[arg(long, default_value_t = 7080)]
    port: u16,
    /// Mean seconds between two people of the stand-in who begin to write; 0: nobody does.
    #[arg(long, value_name = "SECONDS", default_value_t = 6.0)]
    pace: f64,
}

/// Hands the trace to the view.
struct Tell(UnboundedSender<Event>);

impl Recorder for Tell {
    fn record(&self, event: Event) {
        // The view is gone when the command ends.
        let _ = self.0.send(event);
    }
}

impl Dev {
    pub(super) fn run(&self) -> Result<(), String> {
        let project = Project::find(&self.dir).map_err(|problem| problem.to_string())?;
        log_of_the_host();
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("no runtime: {error}"))?;
        let done = runtime.block_on(async {
            let end = End::at_a_signal()?;
            Box::pin(self.work(&project, &end)).await
        });
        // A compiler that was told to end is given the moment it takes.
        runtime.shutdown_timeout(Duration::from_secs(5));
        done
    }

    async fn work(&self, project: &Project, end: &End) -> Result<(), String> {
        let paint = Paint::of_terminal();
        let mut seen = Seen::now(project);
        while let Err(why) = made(project, end).await {
            if end.soon.is_cancelled() {
                return Ok(());
            }
            say(&paint.bad(&why))?;
            say("Waiting for a change.")?;
            let Some((now, _)) = changed(project, &seen, end).await else {
                return Ok(());
            };
            seen = now;
        }
        let (tell, events) = unbounded_channel();
        let wish = Wish {
            port: self.port,
            pace: self.pace,
            recorder: Arc::new(Tell(tell)),
        };
        say("> starting a host for it")?;
        let mut stage = Box::pin(Stage::start(project, wish)).await?;
        let followed = async {
            welcome(project, &stage, paint)?;
            follow(project, &mut stage, events, seen, paint, end).await
        };
        let followed = Box::pin(followed).await;
        say("\nstopping")?;
        stage.stop().await;
        followed
    }
}

fn welcome(project: &Project, stage: &Stage, paint: Paint) -> Result<(), String> {
    say(&format!("\n  {} runs. {}", project.name, stage.can()))?;
    if let Some(network) = stage.network() {
        say(&format!("  Its network, a stand-in:     {network}"))?;
    }
    say(&format!(
        "  The panel with its messages: {}",
        paint.strong(&stage.page())
    ))?;
    say("  Save a file and the new plugin takes over. Ctrl-C ends everything.\n")
}

/// Shows what happens, and swaps the plugin when a file changed, until the end.
async fn follow(
    project: &Project,
    stage: &mut Stage,
    mut events: UnboundedReceiver<Event>,
    mut seen: Seen,
    paint: Paint,
    end: &End,
) -> Result<(), String> {
    let mut view = View::new(paint);
    let began = Instant::now();
    let ms = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut tick = tokio::time::interval(LOOK);
    loop {
        let lines = tokio::select! {
            () = end.soon.cancelled() => return Ok(()),
            Some(event) = events.recv() => view.event(&event, ms(), &time_of_day()),
            _ = tick.tick() => {
                let now = Seen::now(project);
                let files = seen.changed(&now, &project.folder);
                if files.is_empty() {
                    view.tick(ms())
                } else {
                    seen = now;
                    say(&paint.strong(&format!("> {} changed", listed(&files))))?;
                    swap(project, stage, paint, end).await?;
                    Vec::new()
                }
            }
        };
        for line in lines {
            say(&line)?;
        }
    }
}

/// Builds and swaps; what went wrong is said, and the old plugin works on.
async fn swap(project: &Project, stage: &mut Stage, paint: Paint, end: &End) -> Result<(), String> {
    let swapped = match made(project, end).await {
        Ok(()) => stage.swap().await,
        Err(why) => Err(why),
    };
    match swapped {
        Ok(news) => {
            for line in news {
                say(&format!("    {line}"))?;
            }
            say("> swapped; calls under way end on the old one")
        }
        Err(_) if end.soon.is_cancelled() => Ok(()),
        Err(why) => {
            say(&paint.bad(&why))?;
            say("> the plugin from before works on")
        }
    }
}

/// Builds the component, on a thread that may wait.
async fn made(project: &Project, end: &End) -> Result<(), String> {
    let (project, ending) = (project.clone(), Arc::clone(&end.compilers));
    let building = tokio::task::spawn_blocking(move || {
        let mut steps = Captured::new(|line| {
            let _ = say(&format!("> {line}"));
        })
        .until(ending);
        build(&project, &mut steps)
    });
    let built = building
        .await
        .map_err(|error| format!("the build broke off: {error}"))?;
    let built = built.map_err(|problem| problem.to_string())?;
    if built.fresh {
        let took = built.took.as_secs_f64();
        say(&format!("> plugin.wasm: {}, in {took:.1} s", size(built.bytes)))?;
    }
    Ok(())
}

/// The files after the next change, with the names of those that differ; none at the end.
async fn changed(project: &Project, seen: &Seen, end: &End) -> Option<(Seen, Vec<String>)> {
    loop {
        tokio::select! {
            () = end.soon.cancelled() => return None,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = Seen::now(project);
        let files = seen.changed(&now, &project.folder);
        if !files.is_empty() {
            return Some((now, files));
        }
    }
}

/// The end of the command, and of the compilers it started.
struct End {
    soon: CancellationToken,
    compilers: Arc<AtomicBool>,
}

impl End {
    /// With Ctrl-C or SIGTERM, from now on.
    fn at_a_signal() -> Result<Self, String> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut term = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut int = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let (soon, compilers) = (CancellationToken::new(), Arc::new(AtomicBool::new(false)));
        let told = (soon.clone(), Arc::clone(&compilers));
        tokio::spawn(async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            told.1.store(true, Ordering::Relaxed);
            told.0.cancel();
        });
        Ok(Self { soon, compilers })
    }
}

/// Names of files: all of a few, the number of many.
fn listed(files: &[String]) -> String {
    match files {
        [] => String::new(),
        [one, two, three, rest @ ..] if !rest.is_empty() => format!("{one}, {two}, {three} and {} more", rest.len()),
        some => some.join(", "),
    }
}

/// By the clock of the network and of the log: UTC.
fn time_of_day() -> String {
    jiff::Timestamp::now().strftime("%H:%M:%S").to_string()
}

/// What the host itself has to say that an author should see; `JACKFIELD_LOG` shows more.
fn log_of_the_host() {
    let filter = EnvFilter::try_from_env("JACKFIELD_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .without_time()
        .with_writer(std::io::stderr)
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_counted() {
        let names = |n: usize| (0..n).map(|n| format!("f{n}")).collect::<Vec<_>>();
        assert_eq!(listed(&names(3)), "f0, f1, f2");
        assert_eq!(listed(&names(6)), "f0, f1, f2 and 3 more");
    }
}
