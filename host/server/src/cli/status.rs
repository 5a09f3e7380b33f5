//! `jackfield status`: the page of each line, from the host that runs.

use super::{At, say};
use crate::config::Config;
use crate::lines::Switch;
use crate::lines::status::{CallsStatus, Status};
use crate::tier::TierStatus;
use clap::Args;
use jackfield_protocol::{Millis, Problem};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// The page of a thousand lines is a few megabytes.
const LARGEST: u64 = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    at: At,
    /// This line, in full; every line on a row unless given.
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// The same as JSON, as the admin API gives it.
    #[arg(long)]
    json: bool,
}

impl StatusArgs {
    pub(super) fn run(&self) -> Result<(), String> {
        let mut config = self.at.config()?;
        // Flags and a port of 0 may have taken the host elsewhere than the file says; it has written down where it is.
        if self.at.listen.is_none()
            && crate::serve::runs_beside(&config.database)
            && let Some(address) = crate::serve::address_beside(&config.database)
        {
            config.listen = address;
        }
        let Some(id) = &self.connection else {
            let text = ask(&config, "/admin/v1/connections")?;
            if self.json {
                return say(&text);
            }
            tier(&parse(&ask(&config, "/admin/v1/tier")?)?)?;
            return rows(&parse::<Vec<Status>>(&text)?);
        };
        crate::config::check_name(id).map_err(|why| format!("--connection: {why}"))?;
        let text = ask(&config, &format!("/admin/v1/connections/{id}"))?;
        if self.json {
            return say(&text);
        }
        page(&parse(&text)?, &config)
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        format!("the host answered something this program does not understand ({error}). Are both of one version?")
    })
}

/// Asks the host of this configuration. HTTP/1.0: the answer ends with the connection.
fn ask(config: &Config, path: &str) -> Result<String, String> {
    let Some(token) = &config.admin else {
        return Err(format!(
            "the admin API is off, and this asks it. Write [admin] and token = \"file:admin.token\" into {}, put a token there (openssl rand -base64 32 > admin.token; chmod 600 admin.token), and start the host again",
            config.file.display()
        ));
    };
    let token = token.read_private().map_err(|error| format!("admin.token: {error}"))?;
    let token = String::from_utf8_lossy(token.expose()).into_owned();
    let address = here(config.listen);
    let trouble = |error: std::io::Error| {
        format!(
            "no host answers on {address} ({error}). Is it running? jackfield serve --config {}",
            config.file.display()
        )
    };
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(trouble)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(trouble)?;
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(trouble)?;
    let mut answer = Vec::new();
    stream.take(LARGEST).read_to_end(&mut answer).map_err(trouble)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some("200") {
        return Ok(body.to_owned());
    }
    match serde_json::from_str::<Problem>(body) {
        Ok(problem) => Err(format!("the host on {address} says: {}", problem.message)),
        Err(_) => Err(format!(
            "what answers on {address} is not a host of this version: {}",
            head.lines().next().unwrap_or_default()
        )),
    }
}

/// Who listens everywhere is asked here.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// A line about the process that runs plugins, where there is one.
fn tier(tier: &TierStatus) -> Result<(), String> {
    if tier.form != "process" {
        return Ok(());
    }
    let runs = match tier.pid {
        Some(pid) => format!("process {pid}"),
        None => "not running".to_owned(),
    };
    let ends = match &tier.last_end {
        Some(why) => format!(", ended {} times, the last time because {why}", tier.ends),
        None => String::new(),
    };
    say(&format!(
        "plugins run in a tier of their own: {runs}, started {} times{ends}",
        tier.starts
    ))?;
    tier.not_held
        .iter()
        .try_for_each(|missing| say(&format!("    not held by the kernel: {missing}")))
}

fn rows(all: &[Status]) -> Result<(), String> {
    if all.is_empty() {
        return say("No line yet. `jackfield connection add --help` shows how to add one.");
    }
    for line in all {
        let calls: u64 = line.calls.values().map(|calls| calls.took.count).sum();
        let cause = line
            .condition
            .cause
            .map_or(String::new(), |cause| format!(" ({})", cause.word()));
        say(&format!(
            "{}  {}  {}{cause}  {calls} calls  {} replies on their way  {}",
            line.id,
            line.plugin,
            line.condition.health.word(),
            line.outbox.replies,
            line.lag.map_or("nothing kept yet".to_owned(), |lag| format!(
                "{} behind",
                span(lag.behind_ms)
            ))
        ))?;
        if !line.condition.action.is_empty() {
            say(&format!("    {}", line.condition.action))?;
        }
    }
    Ok(())
}

fn page(line: &Status, config: &Config) -> Result<(), String> {
    let cause = line
        .condition
        .cause
        .map_or(String::new(), |cause| format!(", {}", cause.word()));
    say(&format!(
        "{}  {} on {} ({}/{})",
        line.id, line.plugin, line.network, line.workspace, line.brand
    ))?;
    say(&format!(
        "state      {}{cause}, since {}",
        line.condition.health.word(),
        time(line.condition.since)
    ))?;
    if let Some(switch) = line.breaker {
        let words = match switch {
            Switch::Closed => "closed: calls go through",
            Switch::Open => "open: no call goes through",
            Switch::HalfOpen => "half open: the next call is a probe",
        };
        let next = line
            .condition
            .next_try
            .map_or(String::new(), |at| format!(", next try {}", time(at)));
        say(&format!("breaker    {words}{next}"))?;
    }
    if !line.condition.action.is_empty() {
        say(&format!("           {}", line.condition.action))?;
    }
    for (function, calls) in &line.calls {
        say(&calls_row(function, calls))?;
    }
    say(&format!(
        "turns      waited p50 {} ms, p99 {} ms",
        line.waited.p50_ms, line.waited.p99_ms
    ))?;
    let totals = &line.totals;
    say(&format!(
        "used       {} ms processor, {} requests, {} bytes in, {} bytes out, {} MiB memory at most",
        totals.cpu_ms,
        totals.requests,
        totals.bytes_in,
        totals.bytes_out,
        totals.memory >> 20
    ))?;
    for budget in &line.budgets {
        let share = budget.used.saturating_mul(100) / budget.limit.max(1);
        let refused = if budget.refused == 0 {
            String::new()
        } else {
            format!(", waited for {} times", budget.refused)
        };
        say(&format!(
            "budget     {} of {} {} per {} ({share} %{refused})",
            budget.used,
            budget.limit,
            budget.unit.word(),
            budget.period
        ))?;
    }
    match line.lag {
        Some(lag) => say(&format!(
            "lag        {}{}; newest item {}, kept {}",
            span(lag.behind_ms),
            if lag.more { " and more is waiting" } else { "" },
            time(lag.newest_at),
            time(lag.kept_at)
        ))?,
        None => say("lag        nothing kept since the host started")?,
    }
    let oldest = line
        .outbox
        .oldest_at
        .map_or(String::new(), |at| format!(", the oldest asked for {}", time(at)));
    say(&format!(
        "outbox     {} replies on their way{oldest}",
        line.outbox.replies
    ))?;
    if let Some(oldest) = line.intake.oldest_at {
        say(&format!(
            "intake     {} webhooks not ingested yet, the oldest of {}",
            line.intake.waiting,
            time(oldest)
        ))?;
    }
    for grant in &line.grants {
        let used = match grant.last {
            Some(at) => format!("used {} times, the last {}", grant.times, time(at)),
            None => "never used: does it need this?".to_owned(),
        };
        say(&format!("grant      {}  {used}", grant.grant))?;
    }
    for turn in &line.turns {
        let cause = turn.cause.map_or(String::new(), |cause| format!(" ({})", cause.word()));
        say(&format!("history    {}  {}{cause}", time(turn.at), turn.health.word()))?;
    }
    let Some(broke) = &line.last_break else {
        return Ok(());
    };
    say(&format!(
        "last break {}  {} in `{}` of {}: {}",
        time(broke.at),
        broke.kind,
        broke.function,
        broke.plugin,
        broke.detail
    ))?;
    for (word, steps) in [("host call", &broke.host_calls), ("in", &broke.stack)] {
        for step in steps.iter().rev().take(8).rev() {
            say(&format!("           {word} {step}"))?;
        }
    }
    if let Some(trace) = &broke.trace {
        say(&format!(
            "           again: jackfield plugin replay {trace} --config {}",
            config.file.display()
        ))?;
    }
    Ok(())
}

fn calls_row(function: &str, calls: &CallsStatus) -> String {
    let ended: Vec<_> = calls.ended.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let took = &calls.took;
    format!(
        "{function:<10} {} calls, p50 {} ms, p99 {} ms, most {} ms: {}",
        took.count,
        took.p50_ms,
        took.p99_ms,
        took.most_ms,
        ended.join(", ")
    )
}

fn time(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(
        |_| at.to_string(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

fn span(ms: Millis) -> String {
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}
