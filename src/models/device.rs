//! Which device and number type the networks run on, decided once, and why.
