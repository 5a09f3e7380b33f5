//! Seccomp: which system calls there are. A list of what is allowed; everything else is refused with `EPERM`, so that a
//! library which tries something newer falls back, and whoever breaks out gets a "no" and not a second try elsewhere.

use crate::Room;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition as Condition,
    SeccompFilter, SeccompRule as Rule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<libc::c_long, Vec<Rule>>;

/// Puts this thread under the filter of a room. Answers what the kernel does not hold.
pub(crate) fn restrict(room: &Room) -> Result<Vec<String>, String> {
    let bad = |error: seccompiler::BackendError| format!("the filter of system calls cannot be made: {error}");
    let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(vec![format!(
            "no list of system calls is written for {}",
            std::env::consts::ARCH
        )]);
    };
    let refused = |number: libc::c_int| SeccompAction::Errno(number.unsigned_abs());
    // What `clone3` is to do stands in memory that a filter cannot read. Where it is not there, the C library uses
    // `clone`, whose flags are an argument; of two filters the stricter answer counts.
    let absent = Rules::from([(libc::SYS_clone3, Vec::new())]);
    let absent = SeccompFilter::new(absent, SeccompAction::Allow, refused(libc::ENOSYS), arch).map_err(bad)?;
    let allowed = allowed(room).map_err(bad)?;
    let allowed = SeccompFilter::new(allowed, refused(libc::EPERM), SeccompAction::Allow, arch).map_err(bad)?;
    for filter in [absent, allowed] {
        let program: BpfProgram = filter.try_into().map_err(bad)?;
        if let Err(error) = apply_filter(&program) {
            return Ok(vec![format!(
                "seccomp filters are not taken by this kernel or container: {error}"
            )]);
        }
    }
    Ok(Vec::new())
}

fn allowed(room: &Room) -> Result<Rules, seccompiler::BackendError> {
    let mut rules = Rules::new();
    let whole: &[&[libc::c_long]] = match room {
        Room::Compiler { .. } => &[COMMON],
        Room::Tier { .. } => &[COMMON, TIER, OLD_TIER],
    };
    for number in whole.iter().flat_map(|list| list.iter()) {
        rules.insert(*number, Vec::new());
    }
    let one = |argument: u8, op: Op, value: u64| Rule::new(vec![Condition::new(argument, Len::Dword, op, value)?]);
    let of = |number: libc::c_int| u64::from(number.unsigned_abs());
    // Threads, no processes: a child would begin with a copy of everything.
    let thread = of(libc::CLONE_THREAD);
    rules.insert(libc::SYS_clone, vec![one(0, Op::MaskedEq(thread), thread)?]);
    // Signals to itself: how a program aborts.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![one(0, Op::Eq, own)?]);
    // The name of a thread; what a piece of memory is called.
    let names = [of(libc::PR_SET_NAME), 0x5356_4d41];
    rules.insert(
        libc::SYS_prctl,
        names
            .into_iter()
            .map(|name| one(0, Op::Eq, name))
            .collect::<Result<_, _>>()?,
    );
    // Limits are read and not set: no new value is given. A pointer: all 64 bits.
    let unset = Rule::new(vec![Condition::new(2, Len::Qword, Op::Eq, 0)?])?;
    rules.insert(libc::SYS_prlimit64, vec![unset]);
    if matches!(room, Room::Tier { .. }) {
        let mut sockets = Vec::new();
        for family in [libc::AF_INET, libc::AF_INET6] {
            for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM] {
                sockets.push(Rule::new(vec![
                    Condition::new(0, Len::Dword, Op::Eq, of(family))?,
                    // Beside the kind stand flags (close on exec, do not block).
                    Condition::new(1, Len::Dword, Op::MaskedEq(0xf), of(kind))?,
                ])?);
            }
        }
        rules.insert(libc::SYS_socket, sockets);
        // Two ends of nothing: how the runtime wakes itself. It leads nowhere.
        rules.insert(libc::SYS_socketpair, vec![one(0, Op::Eq, of(libc::AF_UNIX))?]);
        let harmless = [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TCGETS];
        rules.insert(
            libc::SYS_ioctl,
            harmless
                .into_iter()
                .map(|request| one(1, Op::Eq, request))
                .collect::<Result<_, _>>()?,
        );
    }
    Ok(rules)
}

/// Memory, threads, time, random numbers, the ends that are open.
const COMMON: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_clone3, // refused as absent by the filter before
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Waiting, reading the few files there are, talking to networks. Not in it: bind, listen, accept.
const TIER: &[libc::c_long] = &[
    libc::SYS_connect,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fcntl,
    libc::SYS_fstatfs,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_getuid,
    libc::SYS_memfd_create, // images of memories that instances share until they write
    libc::SYS_newfstatat,
    libc::SYS_openat, // landlock says what
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_process_madvise, // of itself: another process it cannot name
    libc::SYS_readlinkat,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// What older machines have beside the new.
#[cfg(target_arch = "x86_64")]
const OLD_TIER: &[libc::c_long] = &[
    libc::SYS_access,
    libc::SYS_epoll_wait,
    libc::SYS_getrlimit,
    libc::SYS_lstat,
    libc::SYS_open,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_TIER: &[libc::c_long] = &[libc::SYS_getrlimit];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_has_a_call_that_leads_out_of_it() {
        let out = [
            libc::SYS_accept4,
            libc::SYS_add_key,
            libc::SYS_bind,
            libc::SYS_bpf,
            libc::SYS_chroot,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_finit_module,
            libc::SYS_init_module,
            libc::SYS_io_uring_setup,
            libc::SYS_kexec_load,
            libc::SYS_keyctl,
            libc::SYS_kill,
            libc::SYS_listen,
            libc::SYS_mount,
            libc::SYS_move_mount,
            libc::SYS_open_by_handle_at,
            libc::SYS_open_tree,
            libc::SYS_openat2,
            libc::SYS_perf_event_open,
            libc::SYS_pidfd_getfd,
            libc::SYS_pidfd_open,
            libc::SYS_pivot_root,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_ptrace,
            libc::SYS_request_key,
            libc::SYS_setns,
            libc::SYS_setrlimit,
            libc::SYS_setuid,
            libc::SYS_unshare,
            libc::SYS_userfaultfd,
        ];
        let compiler = Room::Compiler { memory: 0, seconds: 0 };
        let tier = Room::Tier { read: Vec::new() };
        for room in [&compiler, &tier] {
            let rules = allowed(room).unwrap();
            for number in out {
                assert!(!rules.contains_key(&number), "{room:?} has call {number}");
            }
        }
        let compiler = allowed(&compiler).unwrap();
        for number in [
            libc::SYS_openat,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_memfd_create,
        ] {
            assert!(!compiler.contains_key(&number), "the compiler has call {number}");
        }
    }
}
