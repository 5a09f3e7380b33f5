//! Elements for the views.
//!
//! Leptos' builders give every element, attribute and closure a type, and with it a copy of the code that builds, compares
//! and takes it away; this panel made of them weighed 254 KB of brotli, two and a half times its gate. Here an element is
//! made at once, what changes is a [`live`] stretch between two markers or a list by keys ([`each`]), and each of these
//! exists once. What a view reads it follows, as in Leptos: see `jackfield_panel_core::react`.
//!
//! Nothing here goes through `innerHTML` or `style=`: it runs under Trusted Types and a policy without `style-src`.

use crate::sig::{effect_now, hold};
use jackfield_panel_core::react::{Scope, untrack};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, HtmlElement, Node};

/// Views, in order.
#[derive(Default)]
pub(crate) struct View(Vec<Kid>);

enum Kid {
    Node(Node),
    Live(Box<dyn FnMut() -> View>),
    Each(Box<dyn FnMut() -> Vec<Entry>>),
}

/// An entry of a list: its key, and how to make it.
pub(crate) type Entry = (String, Box<dyn FnOnce() -> View>);

/// An element.
#[derive(Clone)]
pub(crate) struct El(Element);

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
    fn put(self, element: &Element, name: &'static str);
}

impl IntoAttr for &'static str {
    fn put(self, element: &Element, name: &'static str) {
        set(element, name, self);
    }
}

impl IntoAttr for String {
    fn put(self, element: &Element, name: &'static str) {
        set(element, name, &self);
    }
}

impl IntoAttr for Option<String> {
    fn put(self, element: &Element, name: &'static str) {
        if let Some(value) = self {
            set(element, name, &value);
        }
    }
}

impl<F, R> IntoAttr for F
where
    F: FnMut() -> R + 'static,
    R: Into<Said>,
{
    fn put(mut self, element: &Element, name: &'static str) {
        changing(element, name, Box::new(move || self().into().0));
    }
}

#[inline(never)]
fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

#[inline(never)]
fn changing(element: &Element, name: &'static str, mut value: Box<dyn FnMut() -> Option<String>>) {
    let (element, mut last) = (element.clone(), None);
    effect_now(Box::new(move || {
        let now = value();
        if now != last {
            match &now {
                Some(text) => set(&element, name, text),
                None => drop(element.remove_attribute(name)),
            }
            last = now;
        }
    }));
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
        Self(Some(if on { "true" } else { "false" }.to_owned()))
    }
}

/// What may stand inside an element.
pub(crate) trait Kids {
    fn put(self, into: &mut View);
}

impl Kids for View {
    fn put(self, into: &mut View) {
        into.0.extend(self.0);
    }
}

impl Kids for El {
    fn put(self, into: &mut View) {
        into.0.push(Kid::Node(self.0.into()));
    }
}

impl Kids for () {
    fn put(self, _: &mut View) {}
}

impl Kids for &'static str {
    fn put(self, into: &mut View) {
        text(into, self);
    }
}

impl Kids for String {
    fn put(self, into: &mut View) {
        text(into, &self);
    }
}

#[inline(never)]
fn text(into: &mut View, text: &str) {
    if let Some(document) = document() {
        into.0.push(Kid::Node(document.create_text_node(text).into()));
    }
}

impl<K: Kids> Kids for Option<K> {
    fn put(self, into: &mut View) {
        if let Some(kid) = self {
            kid.put(into);
        }
    }
}

impl<K: Kids> Kids for Vec<K> {
    fn put(self, into: &mut View) {
        self.into_iter().for_each(|kid| kid.put(into));
    }
}

impl<F, K> Kids for F
where
    F: FnMut() -> K + 'static,
    K: Kids,
{
    fn put(mut self, into: &mut View) {
        into.0.push(Kid::Live(Box::new(move || all(self()))));
    }
}

macro_rules! kids {
    ($($kid:ident)*) => {
        impl<$($kid: Kids),*> Kids for ($($kid,)*) {
            #[allow(non_snake_case, reason = "the types lend their names")]
            fn put(self, into: &mut View) {
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

/// Some views as one.
pub(crate) fn all(kids: impl Kids) -> View {
    let mut into = View::default();
    kids.put(&mut into);
    into
}

/// A list whose entries are made once for each key, and stay while it stays.
pub(crate) fn each(entries: impl FnMut() -> Vec<Entry> + 'static) -> View {
    View(vec![Kid::Each(Box::new(entries))])
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

impl El {
    /// An element of this name.
    #[inline(never)]
    pub(crate) fn new(tag: &str) -> Self {
        let made = document().and_then(|document| document.create_element(tag).ok());
        Self(made.unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into()))
    }

    /// Sets an attribute.
    pub(crate) fn attr(self, name: &'static str, value: impl IntoAttr) -> Self {
        value.put(&self.0, name);
        self
    }

    /// Sets the class.
    pub(crate) fn class(self, value: impl IntoAttr) -> Self {
        self.attr("class", value)
    }

    /// Sets a property, which is not the attribute of that name. One that has the value is left alone: setting the value
    /// of a field moves the caret.
    pub(crate) fn prop(self, name: &'static str, value: impl Fn() -> String + 'static) -> Self {
        let element = self.0.clone();
        effect_now(Box::new(move || {
            let (name, value) = (JsValue::from(name), JsValue::from(value()));
            if js_sys::Reflect::get(&element, &name).ok().as_ref() != Some(&value) {
                let _ = js_sys::Reflect::set(&element, &name, &value);
            }
        }));
        self
    }

    /// Sets a property of the style through the CSSOM, which a strict policy allows.
    pub(crate) fn style(self, name: &'static str, value: impl Fn() -> String + 'static) -> Self {
        let element: HtmlElement = self.0.clone().unchecked_into();
        effect_now(Box::new(move || drop(element.style().set_property(name, &value()))));
        self
    }

    /// Listens on this element itself, until the owner that is current now is cleaned up.
    pub(crate) fn on<E: JsCast + 'static>(self, name: &str, mut then: impl FnMut(E) + 'static) -> Self {
        listen(&self.0, name, Box::new(move |event| then(event.unchecked_into())));
        self
    }

    /// Puts something inside.
    pub(crate) fn child(self, kids: impl Kids) -> Self {
        let mut into = View::default();
        kids.put(&mut into);
        hang(&self.0, into);
        self
    }

    /// The element as a view.
    pub(crate) fn into_any(self) -> View {
        View(vec![Kid::Node(self.0.into())])
    }
}

/// What stands in the field that an event comes from.
#[inline(never)]
pub(crate) fn value_of(event: &Event) -> String {
    let target = event.current_target().map(JsValue::from).unwrap_or_default();
    js_sys::Reflect::get(&target, &"value".into())
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

#[inline(never)]
fn listen(element: &Element, name: &str, then: Box<dyn FnMut(Event)>) {
    let listener = Listener {
        element: element.clone(),
        name: name.to_owned(),
        then: Closure::wrap(then),
    };
    let _ = element.add_event_listener_with_callback(name, listener.then.as_ref().unchecked_ref());
    hold(Rc::new(listener));
}

/// Takes itself off: an event that is under way may still meet an element that is gone.
struct Listener {
    element: Element,
    name: String,
    then: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .element
            .remove_event_listener_with_callback(&self.name, self.then.as_ref().unchecked_ref());
    }
}

/// Puts views into a node.
#[inline(never)]
pub(crate) fn hang(parent: &Node, view: View) {
    for kid in view.0 {
        match kid {
            Kid::Node(node) => drop(parent.append_child(&node)),
            Kid::Live(view) => live(parent, view),
            Kid::Each(entries) => keyed(parent, entries),
        }
    }
}

/// Two markers at the end of a node. They find their own parent later: what stands between them may be moved.
fn markers(parent: &Node) -> Option<(Document, Node, Node)> {
    let document = document()?;
    let (start, end): (Node, Node) = (document.create_comment("").into(), document.create_comment("").into());
    parent.append_child(&start).ok()?;
    parent.append_child(&end).ok()?;
    Some((document, start, end))
}

/// A stretch that is made anew when something changes that it reads.
#[inline(never)]
fn live(parent: &Node, mut view: Box<dyn FnMut() -> View>) {
    let Some((document, start, end)) = markers(parent) else {
        return;
    };
    effect_now(Box::new(move || {
        let view = view();
        let Some(parent) = end.parent_node() else { return };
        while let Some(old) = start.next_sibling().filter(|node| !end.is_same_node(Some(node))) {
            let _ = parent.remove_child(&old);
        }
        if !view.0.is_empty() {
            let fresh = document.create_document_fragment();
            hang(&fresh, view);
            let _ = parent.insert_before(&fresh, Some(&end));
        }
    }));
}

/// An entry that is in the page.
struct Placed {
    key: String,
    nodes: Vec<Node>,
    scope: Scope,
}

impl Drop for Placed {
    fn drop(&mut self) {
        self.scope.clean();
    }
}

#[inline(never)]
fn keyed(parent: &Node, mut entries: Box<dyn FnMut() -> Vec<Entry>>) {
    let Some((document, _, end)) = markers(parent) else {
        return;
    };
    let mut placed: Vec<Placed> = Vec::new();
    effect_now(Box::new(move || {
        let entries = entries();
        let mut old = core::mem::take(&mut placed);
        for (key, make) in entries {
            let known = old.iter().position(|one| one.key == key).map(|at| old.remove(at));
            placed.push(known.unwrap_or_else(|| {
                let scope = Scope::default();
                let fresh = document.create_document_fragment();
                untrack(|| scope.enter(|| hang(&fresh, make())));
                let mut nodes = Vec::new();
                while let Some(node) = fresh.first_child() {
                    let _ = fresh.remove_child(&node);
                    nodes.push(node);
                }
                Placed { key, nodes, scope }
            }));
        }
        let Some(parent) = end.parent_node() else { return };
        for gone in old {
            gone.nodes.iter().for_each(|node| drop(parent.remove_child(node)));
        }
        // From the end, moving only what stands elsewhere: a node that is moved loses its focus.
        let mut next = end.clone();
        for node in placed.iter().rev().flat_map(|one| one.nodes.iter().rev()) {
            if !node.next_sibling().is_some_and(|after| after.is_same_node(Some(&next))) {
                let _ = parent.insert_before(node, Some(&next));
            }
            next.clone_from(node);
        }
    }));
}
