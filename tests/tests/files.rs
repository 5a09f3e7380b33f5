//! Files that are not as they should be: a damaged database is refused and left alone, a full disk stops writing and
//! nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test says so out loud

use jackfield_conform::mastodon::{NewAccount, NewPost};
use jackfield_conform::{Config, Standin};
use jackfield_protocol::Command;
use jackfield_tests::api::ApiError;
use jackfield_tests::host::{Folder, Host, free_port};
use jackfield_tests::trials::trial;
use jackfield_tests::wait::{eventually, seconds};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn main() {
    let no_mount = small_disks().err();
    let trials = vec![
        trial(
            "a_damaged_database_is_refused_in_words_and_left_as_it_is",
            None,
            damaged,
        ),
        trial(
            "a_database_that_is_none_is_refused_in_words_and_left_as_it_is",
            None,
            foreign,
        ),
        trial(
            "a_full_disk_refuses_commands_while_reading_goes_on",
            no_mount.as_deref(),
            full,
        ),
    ];
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}

/// A stand-in with one mention that a host of this folder has taken in.
async fn with_one_mention() -> (Standin, Folder, Host, String) {
    let standin = Standin::start(Config {
        people: 0,
        ..Config::default()
    })
    .await
    .expect("a stand-in starts");
    mention(&standin, "@northwind where is my parcel?");
    let folder = Folder::new().await;
    folder.connect("north", &standin.url(), standin.token()).await;
    let host = folder.start().await;
    let conversation = first_row(&host).await;
    (standin, folder, host, conversation)
}

fn mention(standin: &Standin, text: &str) {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let now = u64::try_from(now).expect("it fits");
    standin.with_world(|world| {
        let ana = match world.by_acct("ana") {
            Some(account) => account.id,
            None => world.add_account(
                NewAccount {
                    username: "ana".to_owned(),
                    ..NewAccount::default()
                },
                now,
            ),
        };
        world
            .publish(ana, NewPost::public(text), None, now)
            .expect("it is short");
    });
}

async fn first_row(host: &Host) -> String {
    eventually("the mention to be stored", seconds(60), async || {
        let page = host.api.page("status=all").await?;
        page.items
            .first()
            .map(|row| row.id.0.clone())
            .ok_or_else(|| "the list is empty".to_owned())
    })
    .await
}

fn sum(path: &Path) -> Vec<u8> {
    Sha256::digest(std::fs::read(path).expect("it is there")).to_vec()
}

/// Starts a host that must end by itself; what it said.
async fn refused(folder: &Folder) -> String {
    let mut host = folder.spawn(free_port());
    let status = host.ended().await;
    assert!(!status.success(), "it must not call this a success");
    folder.log()
}

/// `serve` says which file, what is wrong and what to do, and touches nothing.
async fn refuses_and_leaves_alone(folder: &Folder) {
    let database = folder.database();
    let before = sum(&database);
    let said = refused(folder).await;
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("jackfield.db"), "it names the file: {said}");
    assert!(
        last.contains("Restore") || last.contains("restore"),
        "it says what to do: {said}"
    );
    assert_eq!(sum(&database), before, "the file is left as it is");
}

async fn damaged() {
    let (_standin, folder, host, _) = with_one_mention().await;
    assert!(host.stop().await.success(), "a graceful stop is a success");
    let database = folder.database();
    let whole = std::fs::read(&database).expect("it is there");
    // The root of the schema, and every page after it: whatever lies there is no longer a tree of SQLite.
    for from in [100, 4096] {
        let mut bytes = whole.clone();
        bytes[from..].iter_mut().for_each(|byte| *byte ^= 0xA5);
        std::fs::write(&database, &bytes).expect("it can be written");
        refuses_and_leaves_alone(&folder).await;
    }
    // And with the bytes put back all is well: the refusal changed nothing beside the file either.
    std::fs::write(&database, &whole).expect("it can be written");
    let host = folder.start().await;
    first_row(&host).await;
    host.kill().await;
}

async fn foreign() {
    let folder = Folder::new().await;
    std::fs::write(
        folder.database(),
        b"This is a letter and no database, and long enough to be read as one.\n".repeat(100),
    )
    .expect("it can be written");
    for name in ["jackfield.db-wal", "jackfield.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    refuses_and_leaves_alone(&folder).await;
}

/// A disk of its own needs a mount, and a mount needs a namespace of one's own: not every machine gives that.
fn small_disks() -> Result<(), String> {
    let tried = std::process::Command::new("unshare")
        .args(["-rm", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /tmp"])
        .stdin(Stdio::null())
        .output();
    match tried {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "`unshare -rm` with a tmpfs is not allowed here: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("`unshare` (util-linux) is not here: {error}")),
    }
}

async fn full() {
    let (standin, folder, host, conversation) = with_one_mention().await;
    assert!(host.stop().await.success(), "a graceful stop is a success");
    // From here on the database lives on a disk of 8 MiB that only the host can see.
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).expect("the folder can be written");
    folder.configure(|config| {
        config.insert("database".to_owned(), "disk/jackfield.db".into());
    });
    let mut host = folder.spawn_on_a_small_disk(free_port(), &disk, "8m");
    assert!(host.ready().await, "it starts there");
    let inside = PathBuf::from(format!("/proc/{}/root{}", host.pid(), disk.display()));
    let ballast = inside.join("ballast");

    // Fill it up to the last block.
    let mut file = std::fs::File::create(&ballast).expect("there is room");
    let block = vec![0_u8; 4096];
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
    drop(file);

    let note = |n: usize| Command::Note {
        text: format!("note {n} {}", "x".repeat(5_000)),
    };
    let mut kept = Vec::new();
    let mut refusal = None;
    for n in 0..2_000 {
        match host.api.command(&conversation, &format!("note-{n}"), note(n)).await {
            Ok(_) => kept.push(n),
            Err(ApiError::Refused(status, problem)) => {
                refusal = Some((status, problem, n));
                break;
            }
            Err(other) => panic!("note {n}: {other}"),
        }
    }
    let (status, problem, n) = refusal.expect("a full disk must be noticed");
    assert_eq!(
        (status, problem.code.as_str()),
        (507, "storage-full"),
        "{}",
        problem.message
    );
    assert!(problem.message.contains("full"), "{}", problem.message);

    // Reading goes on, and nothing of the refused command is there.
    let view = host.api.conversation(&conversation).await.expect("reading goes on");
    let notes = view
        .items
        .iter()
        .filter(|item| matches!(item.kind, jackfield_protocol::ItemKind::Note(_)))
        .count();
    assert_eq!(notes, kept.len());
    mention(&standin, "@northwind and while your disk is full?");
    // With room again the same command is done, the line catches up, and the log is whole.
    std::fs::remove_file(&ballast).expect("the ballast can go");
    eventually("the command to be taken once there is room", seconds(60), async || {
        Ok(host.api.command(&conversation, &format!("note-{n}"), note(n)).await?)
    })
    .await;
    eventually("the line to catch up", seconds(60), async || {
        let rows = host.api.all("status=all").await?;
        if rows.len() == 2 {
            Ok(())
        } else {
            Err(format!("{} rows", rows.len()))
        }
    })
    .await;
    let config = folder.config().display().to_string();
    std::fs::copy(inside.join("jackfield.db-wal"), folder.path().join("copy.db-wal")).expect("the log is readable");
    std::fs::copy(inside.join("jackfield.db"), folder.path().join("copy.db")).expect("the database is readable");
    host.kill().await;
    let copy = folder.path().join("copy.db").display().to_string();
    folder
        .cli_ok(&["log", "verify", "--config", &config, "--database", &copy])
        .await;
    folder
        .cli_ok(&["log", "rebuild", "--config", &config, "--database", &copy])
        .await;
}
