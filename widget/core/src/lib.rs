//! widget/core
