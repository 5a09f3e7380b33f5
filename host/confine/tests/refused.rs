//! A process that has gone into a room and then behaves as somebody would who broke out of the sandbox: every attempt is
//! refused by the kernel, each by its own name, and what the room is for still works. This program starts itself again to
//! be that process, so it has a `main` of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fall
#![allow(missing_docs, clippy::print_stdout, clippy::type_complexity)] // what it prints is what it found

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("break-out") => linux::break_out(&words[2..]),
        Some("compiler") => linux::compiler(&words[2]),
        _ => return linux::tests(),
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use jackfield_confine::{Bounds, Ended, Room, available, descriptors, enter, run, start};
    use libtest_mimic::{Arguments, Failed, Trial};
    use rustix::process::{Signal, getppid, kill_process};
    use std::collections::BTreeMap;
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitCode};
    use std::time::{Duration, Instant};

    const BOUNDS: Bounds = Bounds {
        time: Duration::from_secs(60),
        answer: 1 << 16,
    };

    /// What is tried, and how it ended.
    fn attempt<T>(name: &str, tried: io::Result<T>) {
        match tried {
            Ok(_) => println!("{name}: done"),
            Err(error) => println!("{name}: {}", error.raw_os_error().unwrap_or(-1)),
        }
    }

    /// In the room of the tier: `database`, `socket`, abstract name, port, a file that may be read.
    pub(super) fn break_out(words: &[String]) {
        let [database, socket, name, port, allowed] = words else {
            panic!("{words:?}")
        };
        let parent = getppid().unwrap();
        let of_parent = |file: &str| PathBuf::from(format!("/proc/{}/{file}", parent.as_raw_nonzero()));
        let leaked = descriptors();
        println!(
            "descriptors: {}",
            if leaked.is_empty() {
                "done".to_owned()
            } else {
                leaked.join(", ")
            }
        );
        println!(
            "environment: {}",
            std::env::vars_os()
                .filter(|(name, _)| name != "SSL_CERT_FILE" && name != "SSL_CERT_DIR")
                .count()
        );
        let held = enter(&Room::Tier {
            read: vec![PathBuf::from(allowed), PathBuf::from("/etc/hosts")],
        })
        .unwrap();
        println!("held: {:?}", held.missing);

        attempt("read-database", File::open(database));
        attempt("write-beside", File::create(Path::new(database).with_extension("new")));
        attempt(
            "rename-database",
            std::fs::rename(database, Path::new(database).with_extension("gone")),
        );
        attempt("remove-database", std::fs::remove_file(database));
        attempt("link-out", symlink(database, "/tmp/jackfield-link"));
        attempt("list-folder", std::fs::read_dir(Path::new(database).parent().unwrap()));
        attempt("environ-of-parent", File::open(of_parent("environ")));
        attempt("memory-of-parent", File::open(of_parent("mem")));
        attempt("descriptors-of-parent", std::fs::read_dir(of_parent("fd")));
        attempt("start-program", Command::new("/bin/true").status());
        attempt::<()>("exec", Err(Command::new("/bin/true").exec()));
        attempt("named-socket", UnixStream::connect(socket));
        attempt(
            "abstract-socket",
            SocketAddr::from_abstract_name(name).and_then(|address| UnixStream::connect_addr(&address)),
        );
        attempt("listen", TcpListener::bind("127.0.0.1:0"));
        attempt("bind-udp", UdpSocket::bind("127.0.0.1:0"));
        attempt("signal-parent", kill_process(parent, Signal::USR1).map_err(Into::into));
        attempt(
            "watch-parent",
            rustix::process::pidfd_open(parent, rustix::process::PidfdFlags::empty()).map_err(Into::into),
        );
        attempt("own-group", rustix::process::setsid().map_err(Into::into));
        attempt(
            "raise-limits",
            rustix::process::setrlimit(
                rustix::process::Resource::Core,
                rustix::process::Rlimit {
                    current: Some(1 << 20),
                    maximum: Some(1 << 20),
                },
            )
            .map_err(Into::into),
        );
        attempt(
            "become-dumpable",
            rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable).map_err(Into::into),
        );
        attempt(
            "die-with-parent",
            rustix::process::set_parent_process_death_signal(None::<Signal>).map_err(Into::into),
        );

        // What it is for.
        let connected = TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap()));
        attempt("connect", connected);
        attempt(
            "resolve",
            ("localhost", 80).to_socket_addrs().map(|mut all| all.next().unwrap()),
        );
        attempt("read-allowed", std::fs::read(allowed));
        attempt(
            "thread",
            std::thread::Builder::new()
                .spawn(|| 1)
                .map(|thread| thread.join().unwrap()),
        );
    }

    /// In the room of the compiler.
    pub(super) fn compiler(what: &str) {
        let held = enter(&Room::Compiler {
            memory: 1 << 30,
            seconds: 2,
        })
        .unwrap();
        assert!(held.whole(), "{:?}", held.missing);
        match what {
            "echo" => {
                let mut text = String::new();
                io::stdin().read_to_string(&mut text).unwrap();
                for (name, tried) in [
                    ("file", File::open("/etc/hosts").err()),
                    ("socket", UdpSocket::bind("127.0.0.1:0").err()),
                    ("program", Command::new("/bin/true").status().err()),
                ] {
                    assert_eq!(tried.unwrap().raw_os_error(), Some(1), "{name}");
                }
                let twice = std::thread::spawn(move || text.repeat(2)).join().unwrap();
                io::stdout().write_all(twice.as_bytes()).unwrap();
            }
            "memory" => {
                let mut all = Vec::new();
                loop {
                    all.push(vec![1_u8; 64 << 20]);
                }
            }
            "processor" => {
                let mut n = 0_u64;
                loop {
                    n = std::hint::black_box(n.wrapping_add(1));
                }
            }
            "sleep" => std::thread::sleep(Duration::from_secs(600)),
            "flood" => while io::stdout().write_all(&[7; 4096]).is_ok() {},
            _ => panic!("{what}"),
        }
    }

    fn me() -> PathBuf {
        PathBuf::from("/proc/self/exe")
    }

    fn compiled(what: &str, input: &[u8], time: Duration) -> Result<Vec<u8>, Ended> {
        run(
            &me(),
            &[OsStr::new("compiler"), OsStr::new(what)],
            input,
            Bounds { time, answer: 1 << 16 },
        )
    }

    fn a_process_that_breaks_out_is_refused_everything_by_name() -> Result<(), Failed> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("jackfield.db");
        std::fs::write(&database, "the key is in it")?;
        let allowed = folder.path().join("resolv.conf");
        std::fs::write(&allowed, "nameserver 127.0.0.1")?;
        let socket = folder.path().join("agent.sock");
        let _named = UnixListener::bind(&socket)?;
        let name = format!("jackfield-test-{}", std::process::id());
        let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        let network = TcpListener::bind("127.0.0.1:0")?;
        let port = network.local_addr()?.port().to_string();
        // A descriptor that somebody left open for us: as a supervisor does.
        let left = File::open(&database)?;
        rustix::io::fcntl_setfd(&left, rustix::io::FdFlags::empty())?;

        let words = [
            "break-out".as_ref(),
            database.as_os_str(),
            socket.as_os_str(),
            OsStr::new(&name),
            OsStr::new(&port),
            allowed.as_os_str(),
        ];
        let told = run(&me(), &words, b"", BOUNDS).map_err(|ended| format!("{ended:?}"))?;
        let told = String::from_utf8(told)?;
        let told: BTreeMap<&str, &str> = told.lines().filter_map(|line| line.split_once(": ")).collect();
        let expected = [
            ("descriptors", "done"),
            ("environment", "0"),
            ("held", "[]"),
            // 13: landlock knows the call and not the file. 1: seccomp does not know the call.
            ("read-database", "13"),
            ("write-beside", "13"),
            ("rename-database", "1"),
            ("remove-database", "1"),
            ("link-out", "1"),
            ("list-folder", "13"),
            ("environ-of-parent", "13"),
            ("memory-of-parent", "13"),
            ("descriptors-of-parent", "13"),
            ("start-program", "1"),
            ("exec", "1"),
            ("named-socket", "1"),
            ("abstract-socket", "1"),
            ("listen", "1"),
            ("bind-udp", "1"),
            ("signal-parent", "1"),
            ("watch-parent", "1"),
            ("own-group", "1"),
            ("raise-limits", "1"),
            ("become-dumpable", "1"),
            ("die-with-parent", "1"),
            ("connect", "done"),
            ("resolve", "done"),
            ("read-allowed", "done"),
            ("thread", "done"),
        ];
        for (name, ended) in expected {
            assert_eq!(told.get(name), Some(&ended), "{name}: {told:#?}");
        }
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        assert_eq!(std::fs::read_to_string(&database)?, "the key is in it");
        Ok(())
    }

    fn a_compiler_answers_and_can_do_nothing_else() -> Result<(), Failed> {
        let answer = compiled("echo", b"abc", BOUNDS.time).map_err(|ended| format!("{ended:?}"))?;
        assert_eq!(answer, b"abcabc");
        Ok(())
    }

    fn who_takes_too_much_of_anything_is_stopped_and_the_end_says_of_what() -> Result<(), Failed> {
        let begun = Instant::now();
        assert!(matches!(
            compiled("sleep", b"", Duration::from_millis(300)),
            Err(Ended::TooLong)
        ));
        assert!(matches!(compiled("flood", b"", BOUNDS.time), Err(Ended::TooMuch)));
        match compiled("memory", b"", BOUNDS.time) {
            Err(Ended::Badly(_, words)) => assert!(words.contains("memory allocation"), "{words}"),
            other => panic!("{other:?}"),
        }
        match compiled("processor", b"", BOUNDS.time) {
            Err(Ended::Badly(status, _)) => assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9)),
            other => panic!("{other:?}"),
        }
        assert!(begun.elapsed() < BOUNDS.time, "none of them was waited for");
        Ok(())
    }

    fn a_room_is_entered_by_a_thread_and_not_by_those_that_ask_about_it() -> Result<(), Failed> {
        assert!(available().whole(), "{:?}", available().missing);
        File::open("/etc/hosts")?;
        TcpListener::bind("127.0.0.1:0")?;
        Ok(())
    }

    fn a_link_is_the_only_descriptor_of_who_goes_on() -> Result<(), Failed> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut child = start(
            Path::new("/bin/cat"),
            &[OsStr::new("/proc/self/environ")],
            theirs.into(),
        )?;
        assert!(child.wait()?.success());
        drop(ours);
        Ok(())
    }

    pub(super) fn tests() -> ExitCode {
        let trials: [(&str, fn() -> Result<(), Failed>); 5] = [
            (
                "a_process_that_breaks_out_is_refused_everything_by_name",
                a_process_that_breaks_out_is_refused_everything_by_name,
            ),
            (
                "a_compiler_answers_and_can_do_nothing_else",
                a_compiler_answers_and_can_do_nothing_else,
            ),
            (
                "who_takes_too_much_of_anything_is_stopped_and_the_end_says_of_what",
                who_takes_too_much_of_anything_is_stopped_and_the_end_says_of_what,
            ),
            (
                "a_room_is_entered_by_a_thread_and_not_by_those_that_ask_about_it",
                a_room_is_entered_by_a_thread_and_not_by_those_that_ask_about_it,
            ),
            (
                "a_link_is_the_only_descriptor_of_who_goes_on",
                a_link_is_the_only_descriptor_of_who_goes_on,
            ),
        ];
        let held = available();
        let trials = trials
            .into_iter()
            .map(|(name, test)| Trial::test(name, test).with_ignored_flag(!held.whole()));
        let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
        conclusion.exit_code()
    }
}
