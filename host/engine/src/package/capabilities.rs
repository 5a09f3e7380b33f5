//! What a plugin may do, in words: from its manifest, and from what its component imports and exports.
//!
//! A component can only do what it imports, so the list is complete whatever the manifest says; the manifest adds where
//! to. Every word here is a line that an operator approves, so two capabilities never share one.

use super::{Package, PackageError, frame};
use crate::{manifest::World, spelling::primitive};
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, WorldItem};

/// What a plugin may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Name and version.
    pub title: String,
    /// The world it is written for.
    pub world: World,
    /// What it may do, a sentence each.
    pub may: BTreeSet<String>,
    /// Functions of the host that it may call, by `interface function`, with their types.
    pub calls: BTreeMap<String, String>,
    /// Functions that it offers to the host.
    pub offers: BTreeMap<String, String>,
}

/// Tables of `plugin.toml` that [`manifest`] puts into words of its own.
const SPOKEN: [&str; 7] = ["name", "version", "world", "summary", "secret", "egress", "stream"];

impl Capabilities {
    pub(super) fn of(package: &Package) -> Result<Self, PackageError> {
        let (calls, offers) = functions(package.component())?;
        let interfaces = |functions: &BTreeMap<String, String>| -> BTreeSet<String> {
            functions
                .keys()
                .filter_map(|key| Some(key.rsplit_once(' ')?.0.to_owned()))
                .collect()
        };
        let mut may: BTreeSet<String> = interfaces(&calls).iter().map(|name| imported(name)).collect();
        if interfaces(&offers).iter().any(|name| bare(name) == "webhook") {
            may.insert("takes webhooks from its network".to_owned());
        }
        may.extend(manifest(package));
        Ok(Self {
            title: package.manifest().title(),
            world: package.manifest().world,
            may,
            calls,
            offers,
        })
    }
}

/// `http` of `jackfield:plugin/http@0.1.0`; an interface of somebody else stays as it is.
fn bare(interface: &str) -> &str {
    let ours = interface.strip_prefix("jackfield:plugin/");
    ours.map_or(interface, |name| name.split('@').next().unwrap_or(name))
}

fn imported(interface: &str) -> String {
    match bare(interface) {
        "http" => "sends HTTP requests, to hosts that you grant".to_owned(),
        "stream" => "opens TLS streams, to hosts that you grant".to_owned(),
        "kv" => "keeps small values of its own between calls".to_owned(),
        "clock" => "reads the time".to_owned(),
        "random" => "asks for random numbers".to_owned(),
        "log" => "writes lines to the host's log".to_owned(),
        name if name.starts_with("wasi:http/") => {
            format!("sends HTTP requests by {name}, to hosts that you grant")
        }
        name => format!("uses {name}"),
    }
}

/// What the manifest asks for. A table that has no words here yet is told as it is written: nothing is left out.
fn manifest(package: &Package) -> Vec<String> {
    let manifest = package.manifest();
    let mut may = Vec::new();
    for secret in &manifest.secrets {
        let need = if secret.required { "needs" } else { "may use" };
        may.push(format!("{need} the secret `{}`: {}", secret.name, secret.meaning));
    }
    for field in &manifest.hosts_from_settings {
        may.push(format!("talks to the host of its setting `{field}`, once you grant it"));
    }
    for field in &manifest.streams_from_settings {
        may.push(format!(
            "opens a stream to the `host:port` of its setting `{field}`, once you grant it as tls://host:port"
        ));
    }
    for host in manifest.hosts.iter().chain(&manifest.streams) {
        may.push(format!("talks to {host}, once you grant it"));
    }
    let table: toml::Table = package.manifest_text().parse().unwrap_or_default();
    for (key, value) in table.iter().filter(|(key, _)| !SPOKEN.contains(&key.as_str())) {
        told(&format!("[{key}]"), value, &mut may);
    }
    may
}

/// `[stream] hosts: imap.example:993`, a line for each value, so that a new one is a new line.
pub(super) fn told(place: &str, value: &toml::Value, may: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .for_each(|(key, value)| told(&format!("{place} {key}"), value, may)),
        toml::Value::Array(values) => values.iter().for_each(|value| told(place, value, may)),
        toml::Value::String(text) => may.push(format!("asks for {place}: {text}")),
        other => may.push(format!("asks for {place}: {other}")),
    }
}

type Functions = BTreeMap<String, String>;

/// Imported and exported functions with their types. The decoder is not ours and the component may be anybody's: if it
/// panics, that is an error of the file like any other.
fn functions(component: &[u8]) -> Result<(Functions, Functions), PackageError> {
    let no = |what: String| PackageError::Contract(what);
    frame::whole(component)?;
    let decoded = std::panic::catch_unwind(|| decode(component));
    let decoded = decoded.map_err(|_| no("its types make no sense".to_owned()))?;
    let (resolve, world) = match decoded.map_err(|error| no(format!("{error:#}")))? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => return Err(no("it holds a contract and no code".to_owned())),
    };
    let world = resolve
        .worlds
        .get(world)
        .ok_or_else(|| no("it has no world".to_owned()))?;
    let mut sides = [Functions::new(), Functions::new()];
    for (side, items) in sides.iter_mut().zip([&world.imports, &world.exports]) {
        for (key, item) in items {
            match item {
                WorldItem::Interface { id, .. } => {
                    let name = resolve.name_world_key(key);
                    let functions = resolve.interfaces.get(*id).map(|interface| &interface.functions);
                    for function in functions.into_iter().flat_map(|functions| functions.values()) {
                        side.insert(format!("{name} {}", function.name), signature(&resolve, function));
                    }
                    // An interface of types alone gives nothing to call.
                }
                WorldItem::Function(function) => {
                    side.insert(format!("world {}", function.name), signature(&resolve, function));
                }
                WorldItem::Type { .. } => {}
            }
        }
    }
    let [imports, exports] = sides;
    Ok((imports, exports))
}

fn signature(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|param| format!("{}: {}", param.name, spelled(resolve, &param.ty, 0)))
        .collect();
    let result = function
        .result
        .as_ref()
        .map(|ty| format!(" -> {}", spelled(resolve, ty, 0)))
        .unwrap_or_default();
    format!("func({}){result}", params.join(", "))
}

/// Types of a component nest no deeper than wasmparser lets them (100); this is far below what anybody reads.
const DEEP: usize = 64;

/// A type with everything inside it: two spellings are equal only where the types are.
fn spelled(resolve: &Resolve, ty: &Type, depth: usize) -> String {
    if depth > DEEP {
        return "...".to_owned();
    }
    let inner = |ty: &Type| spelled(resolve, ty, depth + 1);
    let some = |ty: &Option<Type>| ty.as_ref().map_or("_".to_owned(), |ty| spelled(resolve, ty, depth + 1));
    let Type::Id(id) = ty else {
        return primitive(ty).to_owned();
    };
    let Some(definition) = resolve.types.get(*id) else {
        return "unknown".to_owned();
    };
    let list = |parts: Vec<String>| parts.join(", ");
    match &definition.kind {
        TypeDefKind::Type(alias) => spelled(resolve, alias, depth),
        TypeDefKind::List(ty) => format!("list<{}>", inner(ty)),
        TypeDefKind::Option(ty) => format!("option<{}>", inner(ty)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", some(&result.ok), some(&result.err)),
        TypeDefKind::Tuple(tuple) => format!("tuple<{}>", list(tuple.types.iter().map(inner).collect())),
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|f| format!("{}: {}", f.name, inner(&f.ty)));
            format!("record {{ {} }}", list(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| match &case.ty {
                Some(ty) => format!("{}({})", case.name, inner(ty)),
                None => case.name.clone(),
            });
            format!("variant {{ {} }}", list(cases.collect()))
        }
        TypeDefKind::Enum(choice) => {
            format!(
                "enum {{ {} }}",
                list(choice.cases.iter().map(|c| c.name.clone()).collect())
            )
        }
        TypeDefKind::Flags(flags) => {
            format!(
                "flags {{ {} }}",
                list(flags.flags.iter().map(|f| f.name.clone()).collect())
            )
        }
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
            let name = resolve.types.get(*id).and_then(|of| of.name.clone());
            format!("{} {}", definition.kind.as_str(), name.unwrap_or_default())
        }
        other => format!("{} {}", other.as_str(), definition.name.clone().unwrap_or_default()),
    }
}
