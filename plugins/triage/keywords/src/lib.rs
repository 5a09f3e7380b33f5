//! plugins/triage/keywords
