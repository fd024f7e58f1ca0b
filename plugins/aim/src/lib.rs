//! Latitude AIM fixed-width records between a US creditor and its agencies.
