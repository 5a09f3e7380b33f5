//! Numbers, dates and lengths of time by the browser's own `Intl`: not one byte of tables travels.

use crate::bridge::object;
use jackfield_panel_core::{
    Unit, since,
    words::{Lang, Words},
};
use jackfield_protocol::Millis;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &NumberFormat, value: f64) -> String;

    #[derive(Clone)]
    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, catch, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &DateTimeFormat, value: f64) -> String;
}

/// The formatters of one locale, made once: making one costs more than a hundred uses.
#[derive(Clone)]
pub(crate) struct Intl {
    pub(crate) lang: Lang,
    pub(crate) words: Words,
    number: Option<NumberFormat>,
    compact: Option<NumberFormat>,
    units: [Option<NumberFormat>; 3],
    time: Option<DateTimeFormat>,
    day: Option<DateTimeFormat>,
}

impl Intl {
    /// For a locale. Where the browser does not know it, its language is used.
    pub(crate) fn new(locale: &str, words: (Lang, Words)) -> Self {
        let lang = Lang::of(locale);
        let locale = if NumberFormat::new(locale, &JsValue::UNDEFINED).is_ok() {
            locale
        } else {
            lang.tag()
        };
        let number = |pairs: &[(&str, JsValue)]| NumberFormat::new(locale, &object(pairs)).ok();
        let unit = |name: &str| {
            number(&[
                ("style", "unit".into()),
                ("unit", name.into()),
                ("unitDisplay", "short".into()),
            ])
        };
        let two = JsValue::from("2-digit");
        let time = [("hour", two.clone()), ("minute", two.clone()), ("second", two)];
        let day = [("dateStyle", "medium".into()), ("timeStyle", "short".into())];
        Self {
            // Until the file of another language is there, its texts are in English.
            lang: if lang == words.0 { lang } else { Lang::En },
            words: words.1,
            number: number(&[]),
            compact: number(&[("notation", "compact".into())]),
            units: [unit("minute"), unit("hour"), unit("day")],
            time: DateTimeFormat::new(locale, &object(&time)).ok(),
            day: DateTimeFormat::new(locale, &object(&day)).ok(),
        }
    }

    /// A whole number, `48,112`.
    pub(crate) fn number(&self, value: u64) -> String {
        self.number
            .as_ref()
            .map_or_else(|| value.to_string(), |f| f.format(value as f64))
    }

    /// A number in short, `48K`.
    pub(crate) fn compact(&self, value: u64) -> String {
        self.compact
            .as_ref()
            .map_or_else(|| value.to_string(), |f| f.format(value as f64))
    }

    /// How long since, `41 min`; none for less than a minute.
    pub(crate) fn since(&self, then: Millis, now: Millis) -> Option<String> {
        let (value, unit) = since(then, now)?;
        let [minute, hour, day] = &self.units;
        let format = match unit {
            Unit::Minute => minute,
            Unit::Hour => hour,
            Unit::Day => day,
        };
        Some(
            format
                .as_ref()
                .map_or_else(|| value.to_string(), |f| f.format(value as f64)),
        )
    }

    /// The time of day to the second.
    pub(crate) fn time(&self, at: Millis) -> String {
        self.time.as_ref().map_or_else(String::new, |f| f.format(at as f64))
    }

    /// The day and the time.
    pub(crate) fn day(&self, at: Millis) -> String {
        self.day.as_ref().map_or_else(String::new, |f| f.format(at as f64))
    }
}
