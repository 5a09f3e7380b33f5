//! Two versions of the contract, item by item: what was added, taken away or changed, and whether a plugin that was
//! built against the older one still works with a host that has the newer one.
//!
//! Types cross the wall by their whole shape: a record with one more field is another type to a component that exists,
//! in either direction. So inside a type nothing may change; beside it, much may be added.

use std::collections::BTreeSet;
use std::fmt;

use wit_parser::{
    Function, Handle, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeOwner, WorldItem, WorldKey,
};

/// One package of a resolve.
#[derive(Clone, Copy)]
pub(crate) struct Contract<'a> {
    pub(crate) resolve: &'a Resolve,
    pub(crate) package: PackageId,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// `interface http, record request`.
    place: String,
    /// What the older one has.
    was: Option<String>,
    /// What the newer one has.
    is: Option<String>,
    /// What to do, where plugins that exist would break.
    pub(crate) repair: Option<&'static str>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(f, "`{was}` became `{is}`")?,
            (Some(was), None) => write!(f, "`{was}` is gone")?,
            (None, Some(is)) => write!(f, "`{is}` is new")?,
            (None, None) => write!(f, "its order is another one")?,
        }
        match self.repair {
            Some(repair) => write!(f, "; {repair}"),
            None => Ok(()),
        }
    }
}

const INSIDE: &str = "a released type never changes: put it into a new record or variant, used by a new function, or into a \
                      new version folder";
const GONE: &str = "plugins that exist use it: leave it, or begin a new version folder";
const SIGNATURE: &str = "put the new form into a function of another name, or into a new version folder";
const ASKED: &str =
    "plugins that exist do not have it: put it into an interface of its own, exported by a world of its own";

/// All differences from `old` to `new`.
pub(crate) fn changes(old: Contract<'_>, new: Contract<'_>) -> Vec<Change> {
    let mut found = Changes(Vec::new());
    let exported = old.exported();
    for (name, was) in old.interfaces() {
        match new.interfaces().find(|(other, _)| *other == name) {
            Some((_, is)) => found.interface(old, was, new, is, name, exported.contains(name)),
            None => found.gone("contract".to_owned(), format!("interface {name}")),
        }
    }
    for (name, _) in new.interfaces() {
        if !old.interfaces().any(|(other, _)| other == name) {
            found.added("contract".to_owned(), format!("interface {name}"), None);
        }
    }
    found.worlds(old, new);
    found.0
}

struct Changes(Vec<Change>);

/// A part of a type with a name: a field, a case, a flag.
type Part = (String, String);

impl Changes {
    fn add(&mut self, place: String, was: Option<String>, is: Option<String>, repair: Option<&'static str>) {
        self.0.push(Change { place, was, is, repair });
    }

    fn gone(&mut self, place: String, was: String) {
        self.add(place, Some(was), None, Some(GONE));
    }

    fn added(&mut self, place: String, is: String, repair: Option<&'static str>) {
        self.add(place, None, Some(is), repair);
    }

    fn interface(
        &mut self,
        old: Contract<'_>,
        was: InterfaceId,
        new: Contract<'_>,
        is: InterfaceId,
        name: &str,
        exported: bool,
    ) {
        let place = format!("interface {name}");
        let (Some(was), Some(is)) = (old.resolve.interfaces.get(was), new.resolve.interfaces.get(is)) else {
            return;
        };
        for (name, function) in &was.functions {
            let then = old.signature(function);
            match is.functions.get(name).map(|function| new.signature(function)) {
                None => self.gone(place.clone(), format!("{name}: {then}")),
                Some(now) if now != then => {
                    let spelt = |text: &str| Some(format!("{name}: {text}"));
                    self.add(place.clone(), spelt(&then), spelt(&now), Some(SIGNATURE));
                }
                Some(_) => {}
            }
        }
        for (name, function) in is
            .functions
            .iter()
            .filter(|(name, _)| !was.functions.contains_key(*name))
        {
            // The host has what its own version has; a plugin has what its author's version had.
            let repair = exported.then_some(ASKED);
            self.added(place.clone(), format!("{name}: {}", new.signature(function)), repair);
        }
        for (name, then) in &was.types {
            let then = old.resolve.types.get(*then).map(|found| &found.kind);
            let now = is
                .types
                .get(name)
                .and_then(|id| new.resolve.types.get(*id))
                .map(|found| &found.kind);
            match (then, now) {
                (Some(then), Some(now)) => self.kind(old, then, new, now, &place, name),
                (Some(then), None) => self.gone(place.clone(), format!("{} {name}", then.as_str())),
                (None, _) => {}
            }
        }
        for name in is.types.keys().filter(|name| !was.types.contains_key(*name)) {
            self.added(place.clone(), format!("type {name}"), None);
        }
    }

    /// Two definitions of one name.
    fn kind(
        &mut self,
        old: Contract<'_>,
        then: &TypeDefKind,
        new: Contract<'_>,
        now: &TypeDefKind,
        place: &str,
        name: &str,
    ) {
        let place = format!("{place}, {} {name}", then.as_str());
        let (Some(was), Some(is)) = (old.parts(then), new.parts(now)) else {
            let (was, is) = (old.spelt(then), new.spelt(now));
            if was != is {
                self.add(place, Some(was), Some(is), Some(INSIDE));
            }
            return;
        };
        if then.as_str() != now.as_str() {
            let of = |kind: &TypeDefKind| Some(kind.as_str().to_owned());
            return self.add(place, of(then), of(now), Some(INSIDE));
        }
        let before = self.0.len();
        let in_list = |list: &[Part], name: &str| list.iter().find(|(other, _)| other == name).cloned();
        for (name, text) in &was {
            let now = in_list(&is, name).map(|(_, text)| text);
            if now.as_ref() != Some(text) {
                self.add(place.clone(), Some(text.clone()), now, Some(INSIDE));
            }
        }
        for (_, text) in is.iter().filter(|(name, _)| in_list(&was, name).is_none()) {
            self.added(place.clone(), text.clone(), Some(INSIDE));
        }
        if self.0.len() == before && was != is {
            self.add(place, None, None, Some(INSIDE));
        }
    }

    fn worlds(&mut self, old: Contract<'_>, new: Contract<'_>) {
        for (name, then) in old.worlds() {
            let Some((_, now)) = new.worlds().find(|(other, _)| *other == name) else {
                self.gone("contract".to_owned(), format!("world {name}"));
                continue;
            };
            let place = format!("world {name}");
            for (word, then, now) in [
                ("import", &then.imports, &now.imports),
                ("export", &then.exports, &now.exports),
            ] {
                let then: BTreeSet<String> = then.iter().map(|(key, item)| old.item(key, item)).collect();
                let now: BTreeSet<String> = now.iter().map(|(key, item)| new.item(key, item)).collect();
                for gone in then.difference(&now) {
                    self.gone(place.clone(), format!("{word} {gone}"));
                }
                for is in now.difference(&then) {
                    self.added(
                        place.clone(),
                        format!("{word} {is}"),
                        (word == "export").then_some(ASKED),
                    );
                }
            }
        }
        for (name, _) in new
            .worlds()
            .filter(|(name, _)| !old.worlds().any(|(other, _)| other == *name))
        {
            self.added("contract".to_owned(), format!("world {name}"), None);
        }
    }
}

impl<'a> Contract<'a> {
    fn interfaces(self) -> impl Iterator<Item = (&'a str, InterfaceId)> {
        let package = self.resolve.packages.get(self.package);
        let all = package.into_iter().flat_map(|package| &package.interfaces);
        all.map(|(name, id)| (name.as_str(), *id))
    }

    fn worlds(self) -> impl Iterator<Item = (&'a str, &'a wit_parser::World)> {
        let package = self.resolve.packages.get(self.package);
        let all = package.into_iter().flat_map(|package| &package.worlds);
        all.filter_map(move |(name, id)| Some((name.as_str(), self.resolve.worlds.get(*id)?)))
    }

    /// Interfaces that some world asks a plugin for.
    fn exported(self) -> BTreeSet<String> {
        let all = self.worlds().flat_map(|(_, world)| &world.exports);
        all.map(|(key, item)| self.item(key, item)).collect()
    }

    fn item(self, key: &WorldKey, item: &WorldItem) -> String {
        match item {
            WorldItem::Interface { id, .. } => self.named(*id),
            WorldItem::Function(function) => {
                format!("{}: {}", self.resolve.name_world_key(key), self.signature(function))
            }
            WorldItem::Type { .. } => format!("type {}", self.resolve.name_world_key(key)),
        }
    }

    /// An interface without its package's version, which differs by design.
    fn named(self, id: InterfaceId) -> String {
        let interface = self.resolve.interfaces.get(id);
        let name = interface.and_then(|interface| interface.name.clone());
        let elsewhere = interface.is_some_and(|interface| interface.package != Some(self.package));
        match name {
            Some(name) if !elsewhere => name,
            _ => self.resolve.id_of(id).unwrap_or_default(),
        }
    }

    fn signature(self, function: &Function) -> String {
        let params = function
            .params
            .iter()
            .map(|param| format!("{}: {}", param.name, self.ty(&param.ty)));
        let params: Vec<String> = params.collect();
        let result = function.result.as_ref().map(|ty| format!(" -> {}", self.ty(ty)));
        let waits = if function.kind.is_async() { "async " } else { "" };
        format!("{waits}func({}){}", params.join(", "), result.unwrap_or_default())
    }

    /// A type that has a name is spelt by it, with its interface: its own shape is compared where it is defined.
    fn ty(self, ty: &Type) -> String {
        let Type::Id(id) = ty else {
            return primitive(ty).to_owned();
        };
        let Some(definition) = self.resolve.types.get(*id) else {
            return "unknown".to_owned();
        };
        match (&definition.kind, &definition.name, definition.owner) {
            (TypeDefKind::Type(alias), ..) => self.ty(alias),
            (_, Some(name), TypeOwner::Interface(owner)) => format!("{}.{name}", self.named(owner)),
            (kind, ..) => self.spelt(kind),
        }
    }

    fn spelt(self, kind: &TypeDefKind) -> String {
        let some = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| self.ty(ty));
        match kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::List(ty) => format!("list<{}>", self.ty(ty)),
            TypeDefKind::FixedLengthList(ty, length) => format!("list<{}, {length}>", self.ty(ty)),
            TypeDefKind::Map(key, value) => format!("map<{}, {}>", self.ty(key), self.ty(value)),
            TypeDefKind::Option(ty) => format!("option<{}>", self.ty(ty)),
            TypeDefKind::Result(result) => format!("result<{}, {}>", some(&result.ok), some(&result.err)),
            TypeDefKind::Future(ty) => format!("future<{}>", some(ty)),
            TypeDefKind::Stream(ty) => format!("stream<{}>", some(ty)),
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            TypeDefKind::Handle(Handle::Own(id)) => self.ty(&Type::Id(*id)),
            TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", self.ty(&Type::Id(*id))),
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) | TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => {
                let parts = self.parts(kind).unwrap_or_default();
                let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
                format!("{} {{ {} }}", kind.as_str(), parts.join(", "))
            }
            TypeDefKind::Resource | TypeDefKind::Unknown => kind.as_str().to_owned(),
        }
    }

    /// Fields, cases or flags in their order; none of a type that has none.
    fn parts(self, kind: &TypeDefKind) -> Option<Vec<Part>> {
        let plain = |name: &String| (name.clone(), name.clone());
        Some(match kind {
            TypeDefKind::Record(record) => {
                let spelt = |field: &wit_parser::Field| format!("{}: {}", field.name, self.ty(&field.ty));
                record
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), spelt(field)))
                    .collect()
            }
            TypeDefKind::Variant(variant) => {
                let spelt = |case: &wit_parser::Case| match &case.ty {
                    Some(ty) => format!("{}({})", case.name, self.ty(ty)),
                    None => case.name.clone(),
                };
                variant
                    .cases
                    .iter()
                    .map(|case| (case.name.clone(), spelt(case)))
                    .collect()
            }
            TypeDefKind::Enum(choice) => choice.cases.iter().map(|case| plain(&case.name)).collect(),
            TypeDefKind::Flags(flags) => flags.flags.iter().map(|flag| plain(&flag.name)).collect(),
            _ => return None,
        })
    }
}

fn primitive(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(_) => "type",
    }
}
