//! widget/panel
