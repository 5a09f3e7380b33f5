//! tests/guests/hostile
