//! What the element does for the panel.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The element, as the shell hands it over.
    #[derive(Clone)]
    pub type Bridge;

    /// Sends a composed, bubbling event from the element. 0 where the page cancelled it; 2 where the page is another
    /// window, whose answer comes as a call of `send` or not at all.
    #[wasm_bindgen(method)]
    pub fn emit(this: &Bridge, name: &str, detail: &JsValue, cancelable: bool) -> u8;

    /// A token, by attribute or by the page's provider; `again` asks for a new one. Empty where there is none.
    #[wasm_bindgen(method, catch)]
    pub async fn token(this: &Bridge, again: bool) -> Result<JsValue, JsValue>;

    /// The texts of a language, as the file has them.
    #[wasm_bindgen(method, catch)]
    pub async fn words(this: &Bridge, lang: &str) -> Result<JsValue, JsValue>;

    /// The value of an attribute or property; null where it is not set.
    #[wasm_bindgen(method)]
    pub fn value(this: &Bridge, name: &str) -> JsValue;
}

impl Bridge {
    /// An attribute as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name).as_string().filter(|text| !text.is_empty())
    }
}

/// A plain object for the detail of an event.
pub(crate) fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in pairs {
        let _ = js_sys::Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
