//! Files and sockets, and the half of `wasi:http` that answers requests: runtimes import them whether they are used or
//! not, so each function is there, and refuses.
//!
//! No folder and no socket exists, so no function that needs one can be reached. The few that would make the first one
//! say no in the standard's own words; all others stop the guest, whoever comes there by whatever way.

use super::{Fault, Input, Output, Pollable};
use crate::{
    BreakKind,
    room::{Room, Stop},
};
use wasmtime::{
    StoreContextMut,
    component::{Component, Linker, ResourceType, Val, types::ComponentItem},
};

/// The version that the open interfaces are linked under; the linker matches any other 0.2 with it.
const LINKED: &str = "0.2.12";

/// What stands behind every handle that nobody can have.
struct Nothing;

/// Interfaces of which nothing is open.
pub(crate) const CLOSED: [&str; 9] = [
    "wasi:filesystem/types",
    "wasi:filesystem/preopens",
    "wasi:sockets/network",
    "wasi:sockets/instance-network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
    "wasi:sockets/ip-name-lookup",
];

/// Resources of an interface that is open otherwise: requests to a guest, which no guest gets.
pub(crate) const CLOSED_RESOURCES: [&str; 3] = ["incoming-request", "outgoing-response", "response-outparam"];

/// Whether `function` of `wasi:http/types` belongs to one of them.
pub(crate) fn is_of_closed_resource(function: &str) -> bool {
    CLOSED_RESOURCES.iter().any(|resource| {
        function.split_once(']').is_some_and(|(_, rest)| {
            rest == *resource || rest.strip_prefix(resource).is_some_and(|rest| rest.starts_with('.'))
        })
    })
}

/// The name without its version, and whether the version is one of 0.2.
pub(crate) fn versionless(import: &str) -> (&str, bool) {
    match import.split_once('@') {
        Some((name, version)) => (name, version.starts_with("0.2.")),
        None => (import, false),
    }
}

/// Puts what `component` imports of the closed interfaces into `linker`.
pub(crate) fn link(
    engine: &wasmtime::Engine,
    component: &Component,
    linker: &mut Linker<Room>,
) -> wasmtime::Result<()> {
    for (import, item) in component.component_type().imports(engine) {
        let (name, _) = versionless(import);
        let closed = CLOSED.contains(&name);
        if !closed && name != "wasi:http/types" {
            continue;
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            continue;
        };
        let mut linker = linker.root();
        let mut linker = linker.instance(&format!("{name}@{LINKED}"))?;
        for (item, found) in instance.exports(engine) {
            match found.ty {
                ComponentItem::Resource(_) if closed || CLOSED_RESOURCES.contains(&item) => {
                    linker.resource(item, behind(item), |_, _| Ok(()))?;
                }
                ComponentItem::ComponentFunc(_) if closed || is_of_closed_resource(item) => {
                    refuse(&mut linker, name, item)?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The closed interfaces name streams and pollables of the open ones again; those must be the same. They are dropped
/// where they are defined.
fn behind(resource: &str) -> ResourceType {
    match resource {
        "error" | "io-error" => ResourceType::host::<Fault>(),
        "input-stream" => ResourceType::host::<Input>(),
        "output-stream" => ResourceType::host::<Output>(),
        "pollable" => ResourceType::host::<Pollable>(),
        _ => ResourceType::host::<Nothing>(),
    }
}

fn refuse(
    linker: &mut wasmtime::component::LinkerInstance<'_, Room>,
    interface: &str,
    function: &str,
) -> wasmtime::Result<()> {
    let step = format!("{interface}.{function} refused");
    let count = move |mut store: StoreContextMut<'_, Room>| -> wasmtime::Result<()> {
        let room = store.data_mut();
        room.count()?;
        room.trail.add(&step);
        Ok(())
    };
    match function {
        "get-directories" => linker.func_new(function, move |store, _, _, results| {
            count(store)?;
            answer(results, Val::List(Vec::new()))
        }),
        "filesystem-error-code" | "network-error-code" => linker.func_new(function, move |store, _, _, results| {
            count(store)?;
            answer(results, Val::Option(None))
        }),
        "create-tcp-socket" | "create-udp-socket" | "resolve-addresses" => {
            linker.func_new(function, move |store, _, _, results| {
                count(store)?;
                let no = Val::Enum("access-denied".to_owned());
                answer(results, Val::Result(Err(Some(Box::new(no)))))
            })
        }
        "instance-network" => linker.func_wrap(function, move |store, ()| {
            count(store)?;
            Ok((wasmtime::component::Resource::<Nothing>::new_own(0),))
        }),
        _ => {
            let detail =
                format!("it called `{interface}` function `{function}`: there are no files and no sockets here");
            linker.func_new(function, move |store, _, _, _| {
                count(store)?;
                let kind = BreakKind::Trap;
                let detail = detail.clone();
                Err(Stop { kind, detail }.into())
            })
        }
    }
}

fn answer(results: &mut [Val], value: Val) -> wasmtime::Result<()> {
    if let Some(slot) = results.first_mut() {
        *slot = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_that_answers_requests_is_told_from_the_half_that_asks() {
        for (function, closed) in [
            ("[method]incoming-request.method", true),
            ("[constructor]outgoing-response", true),
            ("[static]response-outparam.set", true),
            ("[method]incoming-response.status", false),
            ("[method]outgoing-request.method", false),
            ("http-error-code", false),
        ] {
            assert_eq!(is_of_closed_resource(function), closed, "{function}");
        }
        assert_eq!(versionless("wasi:io/poll@0.2.9"), ("wasi:io/poll", true));
        assert_eq!(versionless("wasi:io/poll@0.3.0"), ("wasi:io/poll", false));
    }
}
