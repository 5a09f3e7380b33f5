//! plugins/conform
