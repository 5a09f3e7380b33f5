//! Elements with one type for all of them.
//!
//! Leptos' own builders give every element, attribute and closure a type, and with it a copy of the code that builds,
//! compares and takes it away; this panel then weighed a quarter of a megabyte. Here each is boxed where it is made, so
//! that there is one copy. The reactive graph and the rendering are Leptos' own.

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use leptos::tachys::html::element::custom;
use leptos::tachys::html::event::{Custom, on};
use leptos::tachys::html::property::prop;
use leptos::tachys::html::style::style;
use leptos::tachys::view::iterators::StaticVec;
use wasm_bindgen::JsCast;
use web_sys::Event;

/// An entry of a list: its key, and how to make it.
pub(crate) type Entry = (String, Box<dyn Fn() -> AnyView + Send>);
type Attr = Box<dyn FnMut() -> Option<String> + Send>;
type View = Box<dyn FnMut() -> AnyView + Send>;

/// An element that is being put together.
pub(crate) struct El {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
}

macro_rules! tags {
    ($($tag:ident)*) => {
        $(pub(crate) fn $tag() -> El {
            El::new(stringify!($tag))
        })*
    };
}

tags!(a article aside b bdi code dd del details div dl dt em footer form h2 h3 header i input label li mark option p q section select small span strong summary textarea time ul);

/// A value of an attribute: fixed, or made anew when what it reads changes. None takes the attribute away.
pub(crate) trait IntoAttr {
    fn put(self, name: &'static str) -> AnyAttribute;
}

impl IntoAttr for &'static str {
    fn put(self, name: &'static str) -> AnyAttribute {
        custom_attribute(name, self.to_owned()).into_any_attr()
    }
}

impl IntoAttr for String {
    fn put(self, name: &'static str) -> AnyAttribute {
        custom_attribute(name, self).into_any_attr()
    }
}

impl IntoAttr for Option<String> {
    fn put(self, name: &'static str) -> AnyAttribute {
        custom_attribute(name, self).into_any_attr()
    }
}

impl<F, R> IntoAttr for F
where
    F: FnMut() -> R + Send + 'static,
    R: Into<Said>,
{
    fn put(mut self, name: &'static str) -> AnyAttribute {
        changing(name, Box::new(move || self().into().0))
    }
}

fn changing(name: &'static str, value: Attr) -> AnyAttribute {
    custom_attribute(name, value).into_any_attr()
}

/// What a closure may give for an attribute.
pub(crate) struct Said(Option<String>);

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<Option<String>> for Said {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

impl From<bool> for Said {
    fn from(on: bool) -> Self {
        Self(Some(on.to_string()))
    }
}

/// What may stand inside an element.
pub(crate) trait Kids {
    fn put(self, into: &mut Vec<AnyView>);
}

impl Kids for AnyView {
    fn put(self, into: &mut Vec<AnyView>) {
        into.push(self);
    }
}

impl Kids for El {
    fn put(self, into: &mut Vec<AnyView>) {
        into.push(self.into_any());
    }
}

impl Kids for &'static str {
    fn put(self, into: &mut Vec<AnyView>) {
        into.push(self.to_owned().into_any());
    }
}

impl Kids for String {
    fn put(self, into: &mut Vec<AnyView>) {
        into.push(self.into_any());
    }
}

impl<K: Kids> Kids for Option<K> {
    fn put(self, into: &mut Vec<AnyView>) {
        if let Some(kid) = self {
            kid.put(into);
        }
    }
}

impl<K: Kids> Kids for Vec<K> {
    fn put(self, into: &mut Vec<AnyView>) {
        self.into_iter().for_each(|kid| kid.put(into));
    }
}

impl<F, K> Kids for F
where
    F: FnMut() -> K + Send + 'static,
    K: Kids,
{
    fn put(mut self, into: &mut Vec<AnyView>) {
        into.push(live(Box::new(move || all(self()))));
    }
}

macro_rules! kids {
    ($($kid:ident)*) => {
        impl<$($kid: Kids),*> Kids for ($($kid,)*) {
            #[allow(non_snake_case, reason = "the types lend their names")]
            fn put(self, into: &mut Vec<AnyView>) {
                let ($($kid,)*) = self;
                $($kid.put(into);)*
            }
        }
    };
}

kids!(A B);
kids!(A B C);
kids!(A B C D);
kids!(A B C D E);
kids!(A B C D E F);
kids!(A B C D E F G);

fn live(view: View) -> AnyView {
    view.into_any()
}

/// Some views as one. What may be empty keeps its place by a marker.
pub(crate) fn all(kids: impl Kids) -> AnyView {
    let mut into = Vec::new();
    kids.put(&mut into);
    into.into_any()
}

impl El {
    /// An element of this name.
    pub(crate) fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), children: Vec::new() }
    }

    /// Sets an attribute.
    pub(crate) fn attr(mut self, name: &'static str, value: impl IntoAttr) -> Self {
        self.attributes.push(value.put(name));
        self
    }

    /// Sets the class.
    pub(crate) fn class(self, value: impl IntoAttr) -> Self {
        self.attr("class", value)
    }

    /// Sets a property, which is not the attribute of that name.
    pub(crate) fn prop(mut self, name: &'static str, value: impl Fn() -> String + Send + 'static) -> Self {
        let value: Box<dyn FnMut() -> String + Send> = Box::new(value);
        self.attributes.push(prop(name, value).into_any_attr());
        self
    }

    /// Sets a property of the style through the CSSOM, which a strict policy allows.
    pub(crate) fn style(mut self, name: &'static str, value: impl Fn() -> String + Send + 'static) -> Self {
        let value: Box<dyn FnMut() -> String + Send> = Box::new(value);
        self.attributes.push(style((name, value)).into_any_attr());
        self
    }

    /// Listens on this element itself.
    pub(crate) fn on<E: JsCast + 'static>(mut self, name: &'static str, mut then: impl FnMut(E) + 'static) -> Self {
        let then: Box<dyn FnMut(Event)> = Box::new(move |event| then(event.unchecked_into()));
        self.attributes.push(on(Custom::<Event>::new(name), then).into_any_attr());
        self
    }

    /// Puts something inside.
    pub(crate) fn child(mut self, kids: impl Kids) -> Self {
        kids.put(&mut self.children);
        self
    }

    /// The element as a view.
    pub(crate) fn into_any(self) -> AnyView {
        let children: StaticVec<AnyView> = self.children.into();
        custom(self.tag).child(children).add_any_attr(self.attributes).into_any()
    }
}

/// A list whose entries are made once for each key, and stay while it stays.
pub(crate) fn each(entries: impl Fn() -> Vec<Entry> + Send + Sync + 'static) -> AnyView {
    let entries: Box<dyn Fn() -> Vec<Entry> + Send + Sync> = Box::new(entries);
    let list = ForProps::builder().each(entries).key(|entry: &Entry| entry.0.clone()).children(|entry: Entry| (entry.1)());
    For(list.build()).into_any()
}
