//! Does a component fit its world? Asked before any instance is made, and answered in words: the function, the place
//! inside its type, what the host has, what the plugin has, and what to do.
//!
//! wasmtime checks the same when it links, and has the last word; its message says that something differs, deep inside
//! a record, without saying where. The host's side is read from the contract's own files, which are compiled in.

use crate::{
    engine::LoadError,
    imports::wasi::closed,
    manifest::{Manifest, World},
    spelling::primitive,
};
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type as Has};
use wit_parser::{Function, Handle, InterfaceId, Resolve, SourceMap, Type, TypeDefKind, WorldItem};

pub(crate) const CONTRACT: [(&str, &str); 5] = [
    ("types.wit", include_str!("../../../plugins/wit/v0.1/types.wit")),
    ("host.wit", include_str!("../../../plugins/wit/v0.1/host.wit")),
    ("channel.wit", include_str!("../../../plugins/wit/v0.1/channel.wit")),
    ("triage.wit", include_str!("../../../plugins/wit/v0.1/triage.wit")),
    ("webhook.wit", include_str!("../../../plugins/wit/v0.1/webhook.wit")),
];

/// The contract that this host offers.
pub(crate) const CONTRACT_NAME: &str = "jackfield:plugin@0.1.0";
/// WASI, as far as it is linked.
const RUNTIMES: (&str, &str) = ("wasi.wit", include_str!("../wit/wasi.wit"));

/// The world of a channel with every optional interface there is.
const WIDEST: &str = "channel-verifying-plugin";

const REBUILD: &str = "build the plugin against the contract `jackfield:plugin@0.1.0`";

/// Checks every import and export of `component` against the manifest's world.
pub(crate) fn check(engine: &wasmtime::Engine, component: &Component, manifest: &Manifest) -> Result<(), LoadError> {
    let no = |what: String| LoadError {
        plugin: manifest.title(),
        what,
    };
    let contract = contract().map_err(no)?;
    let world = contract
        .worlds
        .iter()
        .find(|(_, world)| world.name == manifest.world.name())
        .map(|(_, world)| world)
        .ok_or_else(|| no("the contract has no such world".to_owned()))?;
    let widest = contract
        .worlds
        .iter()
        .find(|(_, wide)| wide.name == WIDEST && manifest.world == World::ChannelPlugin)
        .map_or(world, |(_, wide)| wide);
    let component = component.component_type();

    for (key, item) in &widest.exports {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let name = interface_name(&contract, *id);
        let Some(found) = component.get_export(engine, &name) else {
            if !world.exports.contains_key(key) {
                continue;
            }
            let exports: Vec<_> = component.exports(engine).map(|(name, _)| format!("`{name}`")).collect();
            let exports = if exports.is_empty() {
                "nothing".to_owned()
            } else {
                exports.join(", ")
            };
            return Err(no(format!(
                "it does not export `{name}`, which world `{}` asks for; it exports {exports}. {REBUILD}, or correct `world` in plugin.toml",
                world.name
            )));
        };
        let ComponentItem::ComponentInstance(found) = found.ty else {
            return Err(no(format!("its export `{name}` is no interface; {REBUILD}")));
        };
        for function in functions(&contract, *id) {
            match found.get_export(engine, &function.name).map(|found| found.ty) {
                Some(ComponentItem::ComponentFunc(has)) => {
                    signature(&contract, function, &has)
                        .map_err(|what| no(format!("`{name}` function `{}`: {what}", function.name)))?;
                }
                _ => {
                    return Err(no(format!(
                        "its export `{name}` has no function `{}`; {REBUILD}",
                        function.name
                    )));
                }
            }
        }
    }

    for (name, found) in component.imports(engine) {
        let id = if name.starts_with("wasi:") {
            match runtime(&contract, manifest.world, name).map_err(no)? {
                Some(id) => id,
                None => continue,
            }
        } else {
            let offered = widest.imports.values().find_map(|item| match item {
                WorldItem::Interface { id, .. } if interface_name(&contract, *id) == name => Some(*id),
                _ => None,
            });
            offered.ok_or_else(|| {
                no(format!(
                    "it imports `{name}`, which world `{}` does not offer; {REBUILD}",
                    world.name
                ))
            })?
        };
        let ComponentItem::ComponentInstance(found) = found.ty else {
            return Err(no(format!("its import `{name}` is no interface; {REBUILD}")));
        };
        for (wanted, item) in found.exports(engine) {
            let ComponentItem::ComponentFunc(has) = item.ty else {
                continue;
            };
            if name.starts_with("wasi:") && closed::is_of_closed_resource(wanted) {
                continue;
            }
            let Some(function) = functions(&contract, id).find(|function| function.name == wanted) else {
                return Err(no(format!(
                    "it calls `{name}` function `{wanted}`, which this host does not have; {REBUILD}"
                )));
            };
            signature(&contract, function, &has).map_err(|what| no(format!("`{name}` function `{wanted}`: {what}")))?;
        }
    }
    Ok(())
}

/// The interface of WASI that is linked under this name; none where all of it is there and refuses.
fn runtime(contract: &Resolve, world: World, import: &str) -> Result<Option<InterfaceId>, String> {
    let (name, known) = closed::versionless(import);
    if !known {
        return Err(format!(
            "it imports `{import}`; WASI is offered in its versions 0.2 alone: build the plugin with tools that make those"
        ));
    }
    if closed::CLOSED.contains(&name) {
        return Ok(None);
    }
    if name.starts_with("wasi:http/") && world == World::TriagePlugin {
        return Err(format!(
            "it imports `{import}`, and a `{}` has no network: build it without (componentize-js: \
             `--disable http --disable fetch-event`)",
            world.name()
        ));
    }
    let linked = contract.interfaces.iter().find_map(|(id, _)| {
        let full = interface_name(contract, id);
        (full.starts_with("wasi:") && closed::versionless(&full).0 == name).then_some(id)
    });
    linked.map(Some).ok_or_else(|| {
        format!(
            "it imports `{import}`, which is refused: of WASI a plugin gets io, clocks, random, cli and, in a channel, \
             http/outgoing-handler; files and sockets may be imported and answer no. Build the plugin without it"
        )
    })
}

fn contract() -> Result<Resolve, String> {
    let mut sources = SourceMap::new();
    for (name, text) in CONTRACT {
        sources.push(name.as_ref(), text);
    }
    let mut runtimes = SourceMap::new();
    runtimes.push(RUNTIMES.0.as_ref(), RUNTIMES.1);
    let mut resolve = Resolve::default();
    for sources in [sources, runtimes] {
        let group = sources
            .parse()
            .map_err(|(_, error)| format!("the contract cannot be read: {error}"))?;
        resolve
            .push_group(group)
            .map_err(|error| format!("the contract cannot be read: {error}"))?;
    }
    Ok(resolve)
}

fn interface_name(contract: &Resolve, id: InterfaceId) -> String {
    contract.id_of(id).unwrap_or_default()
}

fn functions(contract: &Resolve, id: InterfaceId) -> impl Iterator<Item = &Function> {
    contract
        .interfaces
        .get(id)
        .into_iter()
        .flat_map(|interface| interface.functions.values())
}

/// The first difference between the host's signature and the plugin's.
fn signature(contract: &Resolve, host: &Function, plugin: &ComponentFunc) -> Result<(), String> {
    let params: Vec<_> = plugin.params().collect();
    let names = |names: Vec<&str>| {
        if names.is_empty() {
            "no parameters".to_owned()
        } else {
            format!("`({})`", names.join(", "))
        }
    };
    let host_names: Vec<&str> = host.params.iter().map(|param| param.name.as_str()).collect();
    let plugin_names: Vec<&str> = params.iter().map(|(name, _)| *name).collect();
    if host_names != plugin_names {
        return Err(format!(
            "the host has {}, the plugin has {}; {REBUILD}",
            names(host_names),
            names(plugin_names)
        ));
    }
    if plugin.async_() {
        return Err(format!(
            "the host has a plain function, the plugin an `async` one; {REBUILD}"
        ));
    }
    for (param, (name, has)) in host.params.iter().zip(&params) {
        same(contract, &param.ty, has, name)?;
    }
    match (&host.result, plugin.results().next()) {
        (None, None) => Ok(()),
        (Some(wants), Some(has)) => same(contract, wants, &has, "its answer"),
        (Some(wants), None) => Err(differs("its answer", &word(contract, wants), "none")),
        (None, Some(has)) => Err(differs("its answer", "none", has_word(&has))),
    }
}

fn differs(place: &str, host: &str, plugin: &str) -> String {
    format!("at {place}, the host has `{host}`, the plugin has `{plugin}`; {REBUILD}")
}

/// Walks both types together. `place` is the way to here: `its answer.ok.events[].remote-id`.
fn same(contract: &Resolve, wants: &Type, has: &Has, place: &str) -> Result<(), String> {
    let other = || Err(differs(place, &word(contract, wants), has_word(has)));
    let inner = |wants: &Option<Type>, has: Option<Has>, place: String| match (wants, has) {
        (None, None) => Ok(()),
        (Some(wants), Some(has)) => same(contract, wants, &has, &place),
        (Some(wants), None) => Err(differs(&place, &word(contract, wants), "nothing")),
        (None, Some(has)) => Err(differs(&place, "nothing", has_word(&has))),
    };
    let Type::Id(id) = wants else {
        return if word(contract, wants) == has_word(has) {
            Ok(())
        } else {
            other()
        };
    };
    let Some(definition) = contract.types.get(*id) else {
        return other();
    };
    match (&definition.kind, has) {
        (TypeDefKind::Type(alias), _) => same(contract, alias, has, place),
        (TypeDefKind::List(wants), Has::List(has)) => same(contract, wants, &has.ty(), &format!("{place}[]")),
        (TypeDefKind::Option(wants), Has::Option(has)) => same(contract, wants, &has.ty(), place),
        (TypeDefKind::Result(wants), Has::Result(has)) => {
            inner(&wants.ok, has.ok(), format!("{place}.ok"))?;
            inner(&wants.err, has.err(), format!("{place}.err"))
        }
        (TypeDefKind::Tuple(wants), Has::Tuple(has)) => {
            let types: Vec<_> = has.types().collect();
            if wants.types.len() != types.len() {
                return Err(differs(
                    place,
                    &format!("tuple of {}", wants.types.len()),
                    &format!("tuple of {}", types.len()),
                ));
            }
            wants
                .types
                .iter()
                .zip(&types)
                .enumerate()
                .try_for_each(|(index, (wants, has))| same(contract, wants, has, &format!("{place}.{index}")))
        }
        (TypeDefKind::Record(wants), Has::Record(has)) => {
            let fields: Vec<_> = has.fields().collect();
            let host: Vec<_> = wants.fields.iter().map(|field| field.name.as_str()).collect();
            let plugin: Vec<_> = fields.iter().map(|field| field.name).collect();
            listed("record", place, &host, &plugin)?;
            wants
                .fields
                .iter()
                .zip(&fields)
                .try_for_each(|(wants, has)| same(contract, &wants.ty, &has.ty, &format!("{place}.{}", wants.name)))
        }
        (TypeDefKind::Variant(wants), Has::Variant(has)) => {
            let cases: Vec<_> = has.cases().collect();
            let host: Vec<_> = wants.cases.iter().map(|case| case.name.as_str()).collect();
            let plugin: Vec<_> = cases.iter().map(|case| case.name).collect();
            listed("variant", place, &host, &plugin)?;
            wants
                .cases
                .iter()
                .zip(cases)
                .try_for_each(|(wants, has)| inner(&wants.ty, has.ty, format!("{place}.{}", wants.name)))
        }
        (TypeDefKind::Enum(wants), Has::Enum(has)) => {
            let host: Vec<_> = wants.cases.iter().map(|case| case.name.as_str()).collect();
            listed("enum", place, &host, &has.names().collect::<Vec<_>>())
        }
        // Which resource it is, the linker checks by identity.
        (TypeDefKind::Handle(Handle::Own(_)), Has::Own(_))
        | (TypeDefKind::Handle(Handle::Borrow(_)), Has::Borrow(_)) => Ok(()),
        _ => other(),
    }
}

/// The names of fields or cases, in order; the message shows those that only one side has.
fn listed(kind: &str, place: &str, host: &[&str], plugin: &[&str]) -> Result<(), String> {
    if host == plugin {
        return Ok(());
    }
    let only = |a: &[&str], b: &[&str]| {
        a.iter()
            .filter(|name| !b.contains(name))
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (host_only, plugin_only) = (only(host, plugin), only(plugin, host));
    if host_only.is_empty() && plugin_only.is_empty() {
        return Err(format!("at {place}, the same {kind} in another order; {REBUILD}"));
    }
    let shown = |names: String| {
        if names.is_empty() {
            "nothing more".to_owned()
        } else {
            names
        }
    };
    Err(differs(
        place,
        &format!("{kind} with {}", shown(host_only)),
        &format!("{kind} with {}", shown(plugin_only)),
    ))
}

fn word(contract: &Resolve, wants: &Type) -> String {
    let name = match wants {
        Type::Id(id) => match contract.types.get(*id).map(|definition| &definition.kind) {
            Some(TypeDefKind::Type(alias)) => return word(contract, alias),
            Some(kind) => kind.as_str(),
            None => "unknown",
        },
        plain => primitive(plain),
    };
    name.to_owned()
}

fn has_word(has: &Has) -> &'static str {
    match has {
        Has::Bool => "bool",
        Has::U8 => "u8",
        Has::U16 => "u16",
        Has::U32 => "u32",
        Has::U64 => "u64",
        Has::S8 => "s8",
        Has::S16 => "s16",
        Has::S32 => "s32",
        Has::S64 => "s64",
        Has::Float32 => "f32",
        Has::Float64 => "f64",
        Has::Char => "char",
        Has::String => "string",
        Has::List(_) => "list",
        Has::Map(_) => "map",
        Has::Record(_) => "record",
        Has::Tuple(_) => "tuple",
        Has::Variant(_) => "variant",
        Has::Enum(_) => "enum",
        Has::Option(_) => "option",
        Has::Result(_) => "result",
        Has::Flags(_) => "flags",
        Has::Own(_) => "own",
        Has::Borrow(_) => "borrow",
        Has::Future(_) => "future",
        Has::Stream(_) => "stream",
        Has::ErrorContext => "error-context",
        Has::FixedLengthList(_) => "fixed-length list",
    }
}
